"""Checks and distances of rows: what is refused, and equal rows that lie at one point."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import cdist

import evals.embeddings
from evals.embeddings import blocks, checked, checked_pair, squared_distances, unit_rows

ROWS = np.random.default_rng(0).normal(size=(40, 96))


def test_distances_are_those_of_scipy() -> None:
    assert squared_distances(ROWS[:30], ROWS[25:]) == pytest.approx(cdist(ROWS[:30], ROWS[25:]) ** 2)


def test_equal_rows_lie_at_one_point_and_others_do_not() -> None:
    turned = np.linalg.qr(np.random.default_rng(1).normal(size=(96, 96)))[0]
    copies = np.concatenate([ROWS, ROWS, ROWS + 1e-4]) @ turned
    distances = squared_distances(copies, copies)
    same = np.tile(np.eye(40, dtype=bool), (2, 2))
    assert np.array_equal(distances[:80, :80] == 0, same)
    assert np.diag(distances[:40, 80:]) == pytest.approx(96 * 1e-8, rel=1e-3)


def test_blocks_follow_one_another_and_are_small(monkeypatch: pytest.MonkeyPatch) -> None:
    assert list(blocks(3, 5)) == [slice(0, 3)]
    monkeypatch.setattr(evals.embeddings, "_CELLS", 10)
    assert list(blocks(5, 5)) == [slice(0, 2), slice(2, 4), slice(4, 5)]
    assert list(blocks(2, 50)) == [slice(0, 1), slice(1, 2)]


def test_unit_rows_by_hand() -> None:
    assert unit_rows("here", np.array([[3.0, 4.0], [0.0, 2.0]])) == pytest.approx(np.array([[0.6, 0.8], [0.0, 1.0]]))


def test_rows_without_direction_are_refused_with_their_number() -> None:
    with pytest.raises(ValueError, match=r"here: 1 of 2 rows are zeros.*the embedder knows no token"):
        unit_rows("here", np.array([[3.0, 4.0], [0.0, 0.0]]))


def test_single_precision_is_read_in_double() -> None:
    assert checked("here", ROWS.astype(np.float32), least=1).dtype == np.float64


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (np.zeros(5), r"here: got embeddings of shape \(5,\), want \(n_texts, dimensions\)"),
        (np.zeros((5, 0)), r"got embeddings of shape \(5, 0\)"),
        (np.zeros((1, 3)), "here: got 1 texts, want 2 or more. Embed more texts"),
        (np.array([[1.0, np.nan], [0.0, 1.0]]), "here: 1 of 2 rows hold a number that is not finite"),
    ],
)
def test_what_are_no_rows_is_refused(rows: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        checked("here", rows, least=2)


def test_both_sides_are_checked_and_lie_in_one_space() -> None:
    with pytest.raises(ValueError, match="here: reference: got 0 texts, want 1 or more"):
        checked_pair("here", ROWS, ROWS[:0], least=1)
    with pytest.raises(ValueError, match=r"the view has 96 dimensions and the reference 95\. Embed both with one"):
        checked_pair("here", ROWS, ROWS[:, :95], least=1)
