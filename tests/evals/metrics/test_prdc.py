"""Precision, recall, density and coverage by hand, as the reference package has them, and what they do not see."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import evals.embeddings
from evals.metrics.prdc import PRDC, prdc

REFERENCE = np.array([[0.0], [1.0], [2.0], [10.0]])
VIEW = np.array([[0.5], [1.5], [5.0]])


def test_value_by_hand() -> None:
    # k = 1: human radii 1, 1, 1, 8; the view's 1, 1, 3.5.
    # .5 lies in the balls of 0 and 1, 1.5 in those of 1 and 2, 5 in that of 10: all three are inside, 5 balls in all.
    # 0, 1 and 2 lie in balls of the view, 10 is 5 away from 5. All human balls hold something.
    expected = {"precision": 1.0, "recall": 3 / 4, "density": 5 / 3, "coverage": 1.0}
    assert prdc(VIEW, REFERENCE, 1) == expected
    assert PRDC(k=1).measure(VIEW, SimpleNamespace(reference=REFERENCE)) == expected


def test_a_text_on_the_rim_lies_outside() -> None:
    # Balls of radius 1 around 0 and 1; the view is at -1 and 2, 1 away from the nearer one.
    assert prdc([[-1.0], [2.0]], [[0.0], [1.0]], 1) == {
        "precision": 0.0,
        "recall": 1.0,  # the view's balls are 3 wide
        "density": 0.0,
        "coverage": 0.0,
    }


def test_extremes_are_all_for_the_same_texts_and_nothing_for_others_far_away() -> None:
    rows = np.random.default_rng(0).normal(size=(50, 8))
    same, far = prdc(rows, rows, 5), prdc(rows + 100, rows, 5)
    assert [same[name] for name in ("precision", "recall", "coverage")] == [1, 1, 1]
    assert set(far.values()) == {0.0}


@pytest.mark.parametrize("k", [1, 3, 5])
def test_agrees_with_the_reference_package(embedded: Any, k: int) -> None:
    assert prdc(embedded.view, embedded.reference, k) == pytest.approx(embedded.values["prdc"][str(k)], rel=1e-12)


def test_order_of_texts_does_not_matter(embedded: Any) -> None:
    assert prdc(embedded.view[::-1], embedded.reference[::-1], 5) == prdc(embedded.view, embedded.reference, 5)


def test_blocks_change_nothing(embedded: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = prdc(embedded.view, embedded.reference, 5)
    monkeypatch.setattr(evals.embeddings, "_CELLS", 5_000)
    assert prdc(embedded.view, embedded.reference, 5) == whole


def test_only_recall_sees_variance_collapse() -> None:
    rng = np.random.default_rng(1)
    reference, fresh = rng.normal(size=(2, 600, 32))
    sound, shrunk = prdc(fresh, reference, 5), prdc(0.7 * fresh, reference, 5)
    assert shrunk["recall"] < 0.3 < 0.6 < sound["recall"]
    assert shrunk["coverage"] > sound["coverage"]
    assert shrunk["precision"] > sound["precision"]
    assert shrunk["density"] > 3 * sound["density"]


def test_copies_of_one_text_recall_nothing() -> None:
    # Their balls have no width. Rounding between copies, 1e-8 of their length, would give them one.
    reference = np.random.default_rng(2).normal(size=(60, 300))
    found = prdc(np.tile(reference[7], (60, 1)), reference, 5)
    assert found["recall"] == 0
    assert found["precision"] == 1


def test_too_few_texts_for_a_ball_are_an_error_with_the_numbers() -> None:
    with pytest.raises(ValueError, match=r"the view has 3 texts and the reference 4; a ball of k = 3 neighbours takes"):
        prdc(VIEW, REFERENCE, 3)
    with pytest.raises(ValueError, match=r"prdc: got 0 texts, want 1 or more"):
        prdc(VIEW[:0], REFERENCE, 1)


def test_impossible_neighbours_are_refused_when_the_component_is_made() -> None:
    with pytest.raises(ValueError, match=r"prdc: k is 0, want 1 or more"):
        PRDC(k=0)
    with pytest.raises(ValueError, match=r"prdc: k is 0, want 1 or more"):
        prdc(VIEW, REFERENCE, 0)
