"""An urn into which fresh human draws come."""

from __future__ import annotations

import numpy as np
import pytest

from evals.theory.fresh_share import FreshShare, expected_variance
from evals.theory.urn import expected_heterozygosity


def test_the_first_generations_by_hand() -> None:
    # n = 4, a = 1/2: V1 = (1/2 + 1/2) / 4 = 1/4; V2 = (1/2 + 1/2 * 3/4) / 4 + 1/4 * 1/4 = 7/32 + 2/32
    assert expected_variance(4, 0.5, 2) == pytest.approx([0, 1 / 4, 9 / 32])


def test_all_human_draws_are_one_sample_and_none_are_a_wright_fisher_chain() -> None:
    assert expected_variance(10, 1.0, 3) == pytest.approx([0, 0.1, 0.1, 0.1])
    (replaced, _) = FreshShare(2, 0.0, 8, 0.0).curves(5)["student/known_truth/heterozygosity"]
    assert replaced[1:] == pytest.approx(expected_heterozygosity(np.array([0.5, 0.5]), 8, 5, "replace"))


@pytest.mark.parametrize(("share", "n_eff"), [(0.05, 98), (0.1, 191), (0.5, 750)])
def test_the_fixed_point_is_the_published_one_but_for_a_share_of_order_one_over_n(share: float, n_eff: float) -> None:
    # O10 at n = 1000: as if n_eff draws were human; drawing exactly a n from the truth varies a little less.
    assert 1 / expected_variance(1000, share, 400)[-1] == pytest.approx(n_eff, rel=0.01)


def test_what_cannot_be_is_refused() -> None:
    for draws, share, fits in ((0, 0.5, 1), (10, 1.5, 1), (10, 0.5, -1)):
        with pytest.raises(ValueError, match="want a share in"):
            expected_variance(draws, share, fits)
