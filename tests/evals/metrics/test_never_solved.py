"""Prompts of which no draw is correct."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from evals.graded import Graded
from evals.metrics.never_solved import NeverSolved, never_solved


def _prompts(*n_correct: int) -> list[Graded]:
    return [Graded(i, np.arange(2) < c, np.arange(2), None) for i, c in enumerate(n_correct)]


def _before(*n_correct: int) -> dict[object, Graded]:
    return {each.prompt: each for each in _prompts(*n_correct)}


def test_prompts_are_unsolved_lost_and_gained() -> None:
    # Now solved: 1, 3. Before: 0, 1, 4. Lost: 0 and 4 of 5, gained: 3.
    found = never_solved(_prompts(0, 2, 0, 1, 0), _before(1, 1, 0, 0, 2))
    assert found == pytest.approx({"share": 3 / 5, "lost": 2 / 5, "gained": 1 / 5})


def test_the_extremes() -> None:
    assert never_solved(_prompts(2, 1), _before(1, 1)) == {"share": 0, "lost": 0, "gained": 0}
    assert never_solved(_prompts(0, 0), _before(1, 2)) == {"share": 1, "lost": 1, "gained": 0}


def test_order_does_not_matter_and_prompts_are_paired_by_name() -> None:
    now, before = _prompts(0, 2, 0, 1), _before(1, 1, 0, 0)
    given = SimpleNamespace(student_0_graded=before)
    assert NeverSolved().measure(now[::-1], given) == NeverSolved().measure(now, given)
    assert never_solved(now[:2], before)["lost"] == pytest.approx(1 / 2)


def test_nothing_to_compare_is_refused() -> None:
    with pytest.raises(ValueError, match="never_solved: got no prompts, want 1 or more"):
        never_solved([], _before(1))
    with pytest.raises(ValueError, match="never_solved: prompt 1 has 2 draws, and 0 by student 0"):
        never_solved(_prompts(1, 1), _before(1))
