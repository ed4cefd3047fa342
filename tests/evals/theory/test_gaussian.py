"""What theory expects of Gaussian chains; O1 to O5 and O12 name the oracles of the design's reference."""

from __future__ import annotations

import math

import numpy as np
import pytest

from evals.theory.gaussian import GaussianChain, expected_log_variance, expected_moments

K = np.arange(1, 101)


def test_two_fits_by_hand() -> None:
    # n = 2, ddof 0: variance 1/2 then 1/4; the mean gathers 1/2, then half of 1/2.
    moments = expected_moments(2, 2, "replace")
    assert moments.variance == pytest.approx([1 / 2, 1 / 4])
    assert moments.mean_error == pytest.approx([1 / 2, 3 / 4])


@pytest.mark.parametrize("n", [10, 32, 100])
def test_o1_replace_and_o4_accumulate_are_products_and_lose_nothing_in_all(n: int) -> None:
    for regime, product in {"replace": (1 - 1 / n) ** K, "accumulate": np.cumprod(1 - 1 / (n * K**2))}.items():
        moments = expected_moments(n, 100, regime)  # type: ignore[arg-type]
        assert moments.variance == pytest.approx(product)
        assert moments.variance + moments.mean_error == pytest.approx(np.ones(100))


def test_o4_the_limit_of_accumulating_is_a_sine() -> None:
    # At n = 10 and t = 100: .8443; at n = 32: .9497; the limit at n = 100: .9836.
    assert expected_moments(10, 100, "accumulate").variance[-1] == pytest.approx(0.8443, abs=5e-5)
    assert expected_moments(32, 100, "accumulate").variance[-1] == pytest.approx(0.9497, abs=5e-5)
    root = math.pi / math.sqrt(100)
    assert expected_moments(100, 20_000, "accumulate").variance[-1] == pytest.approx(math.sin(root) / root, abs=1e-5)


def test_o3_without_bias_the_variance_stays_and_the_mean_walks() -> None:
    moments = expected_moments(10, 100, "replace", ddof=1)
    assert moments.variance == pytest.approx(np.ones(100))
    assert moments.mean_error == pytest.approx(K / 10)


def test_o12_sampling_bias_from_the_truth() -> None:
    # n = 100, t = 10: lambda .9 gives .349 and .0586, lambda .5 gives .0010 and .0100.
    for bias, variance, error in [(0.9, 0.349, 0.0586), (0.5, 0.0010, 0.0100)]:
        moments = expected_moments(100, 10, "replace", ddof=1, temperature=bias, human=False)
        assert moments.variance == pytest.approx(bias ** np.arange(1, 11))
        assert moments.variance[-1] == pytest.approx(variance, abs=5e-4)
        assert moments.mean_error[-1] == pytest.approx(error, abs=5e-5)
        assert moments.mean_error[-1] == pytest.approx(sum(bias ** (k + 1) / 100 for k in range(10)))


def test_a_human_sample_is_drawn_without_the_temperature() -> None:
    assert expected_moments(4, 3, "replace", 1, 0.5).variance == pytest.approx([1, 0.5, 0.25])


def test_human_rows_alone_are_one_fit() -> None:
    moments = expected_moments(4, 3, "human_only")
    assert moments.variance == pytest.approx([3 / 4] * 3)
    assert moments.mean_error == pytest.approx([1 / 4] * 3)


def _subsampled(n: int, fits: int, chains: int) -> tuple[np.ndarray, np.ndarray]:
    """Simulate the regime with arrays alone: mean square and variance of the last fit, (chains,)."""
    rng = np.random.default_rng(0)
    pool = rng.standard_normal((chains, n))
    mean, variance = pool.mean(axis=1), pool.var(axis=1)
    for _ in range(fits - 1):
        batch = mean[:, None] + np.sqrt(variance)[:, None] * rng.standard_normal((chains, n))
        pool = np.concatenate([pool, batch], axis=1)
        taken = rng.permuted(pool, axis=1)[:, :n]
        mean, variance = taken.mean(axis=1), taken.var(axis=1)
    return mean**2, variance


def test_o5_the_subsample_follows_the_recursion_between_the_others() -> None:
    fits = 8
    simulated = _subsampled(5, fits, 20_000)
    expected = expected_moments(5, fits, "subsample")
    for values, law in zip(simulated, expected, strict=True):
        assert abs(values.mean() - law[-1]) < 4 * values.std() / np.sqrt(len(values))
    others = (expected_moments(5, fits, regime).variance for regime in ("replace", "accumulate"))  # type: ignore[arg-type]
    low, high = others
    assert (low[1:] < expected.variance[1:]).all()
    assert (expected.variance[1:] < high[1:]).all()


def test_a_subsample_of_the_human_sample_alone_is_all_of_it() -> None:
    assert expected_moments(5, 1, "subsample").variance == pytest.approx([4 / 5])


def test_kernels_add_their_width_to_every_fit() -> None:
    # n = 2, h = 1: 1/2 + 1, then (3/2) / 2 + 1.
    assert expected_moments(2, 2, "replace", bandwidth=1.0).variance == pytest.approx([3 / 2, 7 / 4])


def test_o2_the_log_variance_falls_at_its_own_rate() -> None:
    # n = 32 and 50 fits: .0400 with ddof 0, .196 with ddof 1.
    assert np.exp(expected_log_variance(32, 1, 50)[-1]) == pytest.approx(0.0400, abs=5e-5)
    assert np.exp(expected_log_variance(32, 1, 50, ddof=1)[-1]) == pytest.approx(0.196, abs=5e-4)


def test_the_log_variance_of_two_dimensions_by_hand() -> None:
    # n = 4: (psi(3/2) + psi(1)) / 2 + ln(2/4), with psi(3/2) = .03649 and psi(1) = -.57722.
    expected = (0.0364899740 - 0.5772156649) / 2 - math.log(2)
    assert expected_log_variance(4, 2, 2) == pytest.approx([expected, 2 * expected])
    cold = expected_log_variance(4, 2, 2, temperature=0.5)
    assert cold == pytest.approx([expected, 2 * expected - math.log(2)])


def test_curves_begin_with_the_first_fit_or_with_the_truth() -> None:
    fitted = GaussianChain(3, 10, 0, 1.0, "replace", "train").curves(2)
    assert fitted["student/gaussian_moments/variance"][0] == pytest.approx([0.9, 0.81, 0.729])
    assert fitted["student/gaussian_moments/variance"][1] == "(1 - 1/n)^k"
    assert fitted["student/gaussian_moments/mean_error"][0] == pytest.approx([0.3, 0.57, 0.813])
    given = GaussianChain(1, 10, 0, 1.0, "replace", "base").curves(2)
    assert given["student/gaussian_moments/variance"][0] == pytest.approx([1, 0.9, 0.81])
    assert given["student/gaussian_moments/mean_error"][0] == pytest.approx([0, 0.1, 0.19])
    assert given["student/gaussian_moments/log_variance"][0][0] == 0
    assert GaussianChain(1, 10, 0, 1.0, "replace", "base").curves(0)["student/gaussian_moments/variance"][
        0
    ].tolist() == [1]


def test_only_replace_has_a_law_for_the_log_and_only_with_more_rows_than_dimensions() -> None:
    name = "student/gaussian_moments/log_variance"
    assert name in GaussianChain(3, 4, 0, 1.0, "replace", "train").curves(1)
    assert name not in GaussianChain(3, 3, 0, 1.0, "replace", "train").curves(1)
    assert name not in GaussianChain(1, 10, 0, 1.0, "accumulate", "train").curves(1)


def test_what_has_no_law_is_refused() -> None:
    with pytest.raises(ValueError, match=r"got 1 draws, 1 fits, ddof 0 and temperature 1\.0, want 2 or more draws"):
        expected_moments(1, 1, "replace")
    with pytest.raises(ValueError, match="got 5 draws, 0 fits"):
        expected_moments(5, 0, "replace")
    with pytest.raises(ValueError, match="temperature 0, want"):
        expected_log_variance(5, 1, 1, temperature=0)
    with pytest.raises(ValueError, match="there is a law for replace, not for accumulate"):
        expected_moments(5, 1, "accumulate", human=False)
    with pytest.raises(ValueError, match="3 rows in 3 dimensions; the covariance is singular"):
        expected_log_variance(3, 3, 1)
