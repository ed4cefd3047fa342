"""The graded draws of a prompt."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from evals.graded import Graded, check_draws, kept_of, of_student_0

YES_NO = np.array([True, False, True])


def _graded(prompt: object = "p", draws: int = 3, kept: Any = None) -> Graded:
    return Graded(prompt, YES_NO[:draws], np.arange(draws), kept)  # type: ignore[arg-type]


def test_counts_draws_and_names_correct_answers_once() -> None:
    graded = Graded("p", np.array([True, False, True, True]), np.array([5, 5, 7, 7]), None)
    assert (graded.n_draws, graded.n_correct) == (4, 3)
    assert graded.correct_answers() == {5, 7}


@pytest.mark.parametrize(
    ("correct", "answer", "kept", "message"),
    [
        ([], [], None, r"prompt 'p' has columns of shapes \[\(0,\), \(0,\)\], want \(draws,\) for each, 1 or more"),
        ([True], [1, 2], None, r"shapes \[\(1,\), \(2,\)\]"),
        ([True], [1], [1.0, 1.0], r"shapes \[\(1,\), \(1,\), \(2,\)\]"),
        ([[True]], [1], None, r"shapes \[\(1, 1\), \(1,\)\]"),
        ([True, False], [1, 2], [1.0, -0.5], r"prompt 'p' has a weight of -0\.5, want 0 or more"),
        ([True], [1], [np.nan], r"prompt 'p' has a weight of nan"),
    ],
)
def test_columns_that_do_not_fit_are_refused(correct: Any, answer: Any, kept: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Graded("p", np.array(correct, bool), np.array(answer), None if kept is None else np.array(kept))


def test_kept_weights_are_asked_of_every_prompt() -> None:
    assert kept_of("m", [_graded(kept=np.ones(3))])[0].tolist() == [1, 1, 1]
    with pytest.raises(ValueError, match="m: filters judged the draws of 1 of 2 prompts, want all of 1 or more"):
        kept_of("m", [_graded(kept=np.ones(3)), _graded()])
    with pytest.raises(ValueError, match="judged the draws of 0 of 0 prompts"):
        kept_of("m", [])


def test_student_0_is_asked_for_as_many_draws_of_each_prompt() -> None:
    before = {"a": _graded("a"), "b": _graded("b", 2)}
    assert of_student_0("m", [_graded("a")], before) == [before["a"]]
    with pytest.raises(ValueError, match="m: prompt 'b' has 3 draws, and 2 by student 0; only equal numbers compare"):
        of_student_0("m", [_graded("b")], before)
    with pytest.raises(ValueError, match="prompt 'c' has 3 draws, and 0 by student 0"):
        of_student_0("m", [_graded("c")], before)
    with pytest.raises(ValueError, match="m: got no prompts, want 1 or more"):
        of_student_0("m", [], before)


@pytest.mark.parametrize("k", [(), (0,), (2, 2)])
def test_numbers_of_draws_are_positive_and_different(k: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"k: got \[.*\], want 1 or more different numbers of draws, each at least 1"):
        check_draws("k", k)
