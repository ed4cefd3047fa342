"""Mean pairwise cosine by hand, at its extremes, and beside the package that counts a text with itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.metrics.pairwise import cosine_distances

from evals.metrics.pairwise_cosine import PairwiseCosine, pairwise_cosine


def test_value_by_hand() -> None:
    # Pairs of (1, 0), (2, 0), (0, 1): cosines 1, 0, 0.
    rows = np.array([[1.0, 0.0], [2.0, 0.0], [0.0, 1.0]])
    assert pairwise_cosine(rows) == pytest.approx(1 / 3)
    assert PairwiseCosine().measure(rows, None) == pytest.approx({"value": 1 / 3})


def test_extremes_are_one_for_copies_and_minus_one_over_n_minus_1() -> None:
    assert pairwise_cosine(np.tile([0.3, 0.4], (50, 1))) == pytest.approx(1)
    assert pairwise_cosine(np.eye(10)) == pytest.approx(0, abs=1e-15)
    corners = np.eye(5) - 1 / 5  # of a simplex around 0: as far apart as 5 texts can be
    assert pairwise_cosine(corners) == pytest.approx(-1 / 4)


def test_remote_clique_of_the_package_is_n_minus_1_over_n_of_ours(embedded: Any) -> None:
    # `diversity.remote_clique` is the mean of scikit-learn's whole matrix of distances, the zeros of its diagonal too.
    n = len(embedded.view)
    assert np.mean(cosine_distances(embedded.view)) == pytest.approx((n - 1) / n * (1 - pairwise_cosine(embedded.view)))


def test_order_and_lengths_do_not_matter(embedded: Any) -> None:
    assert pairwise_cosine(7 * embedded.view[::-1]) == pytest.approx(pairwise_cosine(embedded.view))


def test_too_little_and_rows_without_direction_are_errors() -> None:
    with pytest.raises(ValueError, match=r"pairwise_cosine: got 0 texts, want 2 or more"):
        pairwise_cosine(np.zeros((0, 3)))
    with pytest.raises(ValueError, match=r"pairwise_cosine: 1 of 2 rows are zeros"):
        pairwise_cosine([[0.0, 0.0], [1.0, 0.0]])
