"""Draws that give an answer."""

from __future__ import annotations

import numpy as np
import pytest

from evals.graded import NO_ANSWER, Graded
from evals.metrics.answered import Answered, answered


def _prompt(name: int, *answers: int) -> Graded:
    return Graded(name, np.zeros(len(answers), bool), np.array(answers), None)


PROMPTS = [_prompt(0, 7, NO_ANSWER, 7, 0), _prompt(1, NO_ANSWER, 3)]


def test_prompts_count_alike_however_many_draws_they_have() -> None:
    # 3 of 4 and 1 of 2.
    assert answered(PROMPTS) == pytest.approx((3 / 4 + 1 / 2) / 2)
    assert answered(PROMPTS[::-1]) == answered(PROMPTS)
    assert Answered().measure(PROMPTS, None) == {"value": answered(PROMPTS)}


def test_the_extremes() -> None:
    assert answered([_prompt(0, 1, 1), _prompt(1, 0)]) == 1
    assert answered([_prompt(0, NO_ANSWER, NO_ANSWER)]) == 0


def test_no_prompts_are_refused() -> None:
    with pytest.raises(ValueError, match=r"answered: got no prompts, want 1 or more\."):
        answered([])
