"""The spectrum is the same by either matrix, and holds no noise."""

from __future__ import annotations

import numpy as np
import pytest

from evals.spectrum import spectrum

ROWS = np.random.default_rng(0).normal(size=(30, 7))


def test_values_by_hand() -> None:
    # rows' rows / 2 of (1, 1) and (1, -1) is the identity; of (2, 0) and (0, 0) it is diag(2, 0)
    assert spectrum(np.array([[1.0, 1.0], [1.0, -1.0]])) == pytest.approx([1, 1])
    assert spectrum(np.array([[2.0, 0.0], [0.0, 0.0]])) == pytest.approx([0, 2])


def test_many_rows_and_many_dimensions_give_the_squared_singular_values() -> None:
    for rows in (ROWS, ROWS.T):
        expected = np.sort(np.linalg.svd(rows, compute_uv=False) ** 2 / len(rows))
        assert spectrum(rows) == pytest.approx(expected)


def test_a_direction_that_no_row_has_is_exactly_0() -> None:
    flat = ROWS @ np.diag([1, 1, 1, 0, 0, 0, 0]) @ np.linalg.qr(ROWS[:7])[0]  # three directions, turned
    assert np.count_nonzero(spectrum(flat)) == 3
