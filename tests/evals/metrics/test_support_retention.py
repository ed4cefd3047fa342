"""Which correct answers of student 0 are retained, and which are new."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from evals.graded import Graded
from evals.metrics.support_retention import SupportRetention, support_retention


def _prompt(name: int, *answers: int) -> Graded:
    """Answers above 0 are correct, and draws are filled up to three with wrong ones."""
    answer = np.array([*answers, *[-1] * (3 - len(answers))])
    return Graded(name, answer > 0, answer, None)


def _by_name(*prompts: Graded) -> dict[object, Graded]:
    return {each.prompt: each for each in prompts}


BEFORE = _by_name(_prompt(0, 1, 2, 2), _prompt(1, 5))
NOW = [_prompt(0, 2, 3), _prompt(1, 5, 5, 5)]


def test_answers_count_once_for_their_prompt() -> None:
    # Before: (0, 1), (0, 2), (1, 5). Now: (0, 2), (0, 3), (1, 5). Two are in both.
    assert support_retention(NOW, BEFORE) == pytest.approx({"retention": 2 / 3, "discovery": 1 / 3})


def test_an_answer_is_another_one_for_another_prompt() -> None:
    found = support_retention([_prompt(0, 5), _prompt(1, 1)], _by_name(_prompt(0, 1), _prompt(1, 5)))
    assert found == {"retention": 0, "discovery": 1}


def test_the_same_support_is_retained_and_adds_nothing() -> None:
    assert support_retention(list(BEFORE.values()), BEFORE) == {"retention": 1, "discovery": 0}


def test_order_does_not_matter_and_prompts_left_out_do_not_count() -> None:
    given = SimpleNamespace(student_0_graded=BEFORE)
    assert SupportRetention().measure(NOW[::-1], given) == SupportRetention().measure(NOW, given)
    assert support_retention(NOW[1:], BEFORE) == {"retention": 1, "discovery": 0}


def test_nothing_to_compare_is_refused() -> None:
    with pytest.raises(ValueError, match="support_retention: got no prompts"):
        support_retention([], BEFORE)
    with pytest.raises(ValueError, match="student 0 gives 2 correct answers and this one 0, want 1 or more of each"):
        support_retention([_prompt(0)], BEFORE)
    with pytest.raises(ValueError, match="support_retention: prompt 7 has 3 draws, and 0 by student 0"):
        support_retention([_prompt(7, 1)], BEFORE)
