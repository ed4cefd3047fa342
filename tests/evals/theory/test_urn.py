"""What theory expects of closed-form worlds; O6, O7 and O9 name the exact oracles of the design's reference."""

from __future__ import annotations

import math

import numpy as np
import pytest

from evals.theory.urn import WrightFisher, expected_heterozygosity, survival

HALF = np.array([0.5, 0.5])
FITS = [1, 2, 5, 10, 20, 50]
# Zipf over 1,000 types, 1,000 draws: types alive and true mass lost at FITS.
O7 = {
    1.0: ([333.7, 247.6, 150.6, 96.5, 58.9, 29.0], [0.209, 0.264, 0.353, 0.429, 0.512, 0.626]),
    1.5: ([118.3, 89.6, 57.9, 39.7, 26.5, 15.0], [0.071, 0.087, 0.116, 0.147, 0.187, 0.257]),
    2.0: ([42.6, 33.9, 23.7, 17.6, 12.7, 8.1], [0.021, 0.027, 0.039, 0.052, 0.071, 0.110]),
}


def test_heterozygosity_of_two_draws_halves_at_every_resampling() -> None:
    # H = 1/2; two draws differ with chance 1/2 and then q is (1/2, 1/2), else fixed: E H = 1/4, 1/8, 1/16.
    assert expected_heterozygosity(HALF, 2, 3, "replace") == pytest.approx([1 / 4, 1 / 8, 1 / 16])


def test_the_pool_loses_less_at_each_resampling() -> None:
    # 1/2 * (1 - 1/2) * (1 - 1/8) * (1 - 1/18)
    assert expected_heterozygosity(HALF, 2, 3, "accumulate") == pytest.approx([1 / 4, 7 / 32, 119 / 576])


def test_human_text_alone_loses_once() -> None:
    assert expected_heterozygosity(HALF, 2, 3, "human_only") == pytest.approx([1 / 4] * 3)


def test_o6_a_hundred_resamplings_of_ten_types() -> None:
    uniform = np.full(10, 0.1)
    # .9 * .99^100 = .329, which is .366 of .9
    assert expected_heterozygosity(uniform, 100, 100, "replace")[-1] / 0.9 == pytest.approx(0.366, abs=5e-4)


def test_o9_the_limit_of_accumulating_is_a_sine() -> None:
    # prod (1 - 1/(n i^2)) -> sin(pi / sqrt n) / (pi / sqrt n); at t = 100 and n = 10 it is .8443.
    factor = expected_heterozygosity(HALF, 10, 20_000, "accumulate") / 0.5
    root = math.pi / math.sqrt(10)
    assert factor[-1] == pytest.approx(math.sin(root) / root, abs=1e-5)
    assert factor[99] == pytest.approx(0.8443, abs=5e-5)


def test_the_chance_to_be_alive_follows_the_binomial_chain() -> None:
    # n = 2, p = 1/2: counts 0, 1, 2 with chance 1/4, 1/2, 1/4. From 1 to 0 with chance 1/4, so 3/4, 5/8, 9/16.
    assert survival(HALF, 2, 3, "replace")[:, 0] == pytest.approx([3 / 4, 5 / 8, 9 / 16])


@pytest.mark.parametrize("regime", ["accumulate", "human_only"])
def test_no_seen_type_is_lost_where_human_text_stays(regime: str) -> None:
    alive = survival(np.array([0.9, 0.1]), 5, 4, regime)  # type: ignore[arg-type]
    assert alive == pytest.approx(np.tile([1 - 0.1**5, 1 - 0.9**5], (4, 1)))


@pytest.mark.parametrize("exponent", [1.0, 1.5, 2.0])
def test_o7_types_alive_and_mass_lost_of_a_zipf_urn(exponent: float) -> None:
    curves = WrightFisher(1000, exponent, 1000, "replace").curves(49)
    types, mass = O7[exponent]
    places = np.array(FITS) - 1
    assert curves["student/known_truth/types"][0][places] == pytest.approx(types, abs=0.051)
    # The table says .039 where the chain gives .03847.
    assert curves["student/known_truth/missing_mass"][0][places] == pytest.approx(mass, abs=0.00055)


def test_generation_g_is_fit_g_plus_1() -> None:
    curves = WrightFisher(2, 0.0, 2, "replace").curves(2)
    assert curves["student/known_truth/heterozygosity"][0] == pytest.approx([1 / 4, 1 / 8, 1 / 16])
    assert curves["student/known_truth/types"][0] == pytest.approx([3 / 2, 5 / 4, 9 / 8])
    assert curves["student/known_truth/missing_mass"][0] == pytest.approx([1 / 4, 3 / 8, 7 / 16])


def test_each_curve_names_its_law() -> None:
    laws = {
        regime: WrightFisher(2, 0.0, 2, regime).curves(1)["student/known_truth/heterozygosity"][1]  # type: ignore[arg-type]
        for regime in ("replace", "accumulate", "human_only")
    }
    assert laws["replace"] == "H (1 - 1/n)^k"
    assert laws["accumulate"] == "H prod (1 - 1/(n i^2))"
    assert len(set(laws.values())) == 3


@pytest.mark.parametrize(("n", "fits"), [(0, 1), (1, 0)])
def test_nothing_is_expected_of_nothing(n: int, fits: int) -> None:
    message = f"got {n} draws and {fits} fits, want 1 or more of each"
    with pytest.raises(ValueError, match=message):
        expected_heterozygosity(HALF, n, fits, "replace")
    with pytest.raises(ValueError, match=message):
        survival(HALF, n, fits, "replace")
