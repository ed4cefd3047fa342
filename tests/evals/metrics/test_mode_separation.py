"""Valleys between modes: by hand, at the extremes, and with every mode that runs into another or dies."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from scipy import stats  # type: ignore[import-untyped, unused-ignore]

from evals.metrics.mode_separation import ModeSeparation, mode_separation

TWO = np.array([[0.0], [2.0]])
HALF = np.array([0.5, 0.5])


def of(sd: float, modes: Any = TWO, weights: Any = HALF, means: Any = TWO) -> float:
    """Mixtures of normals that all have one width."""
    return mode_separation(np.array(modes), np.array(weights), np.array(means), np.full((1, 1, 1), sd**2))


def test_values_by_hand() -> None:
    # Up to 1 / sqrt(2 pi sd^2) and the weight of 1/2: sd 1/2 gives the modes 1 + exp(-8) and the middle 2 exp(-2).
    assert of(0.5) == pytest.approx(1 - 2 * math.exp(-2) / (1 + math.exp(-8)))
    # With sd .7 the modes have 1 + exp(-4 / .98) = 1.01688, the middle 2 exp(-1 / .98) = .72089.
    assert of(0.7) == pytest.approx(1 - 0.72089 / 1.01688, abs=1e-4)


def test_the_mean_over_pairs_is_taken() -> None:
    # Kernels at 0 and 2 of width 1/2, and a third true mode at 100 that the student has not: only one of three pairs.
    expected = (1 - 2 * math.exp(-2) / (1 + math.exp(-8))) / 3
    assert of(0.5, modes=[[0.0], [2.0], [100.0]]) == pytest.approx(expected)


def test_far_modes_are_whole_and_those_that_ran_together_or_died_are_gone() -> None:
    assert of(0.01) == pytest.approx(1)
    assert of(1.0) == 0, "two normals at two standard deviations have one mode"
    assert of(0.5, means=[[1.0], [1.0]]) == 0, "both run together in the middle"
    assert of(0.01, weights=[1.0, 0.0]) == 0, "one is gone"


def test_wider_components_are_less_apart() -> None:
    depths = [of(sd) for sd in (0.3, 0.5, 0.7, 0.9)]
    assert depths == sorted(depths, reverse=True)


def test_the_valley_is_the_lowest_density_on_the_line_and_not_that_of_its_middle() -> None:
    # Of unequal weight the valley is off the middle; scipy's density at the 19 places says where.
    weights, places = np.array([0.9, 0.1]), np.linspace(0, 2, 21)
    density = sum(w * stats.norm(m, 0.4).pdf(places) for w, m in zip(weights, (0.0, 2.0), strict=True))
    assert of(0.4, weights=weights) == pytest.approx(1 - density.min() / density[-1])
    assert of(0.4, weights=weights) > 1 - density[10] / density[-1]


def test_order_of_modes_and_components_does_not_matter() -> None:
    modes, weights = np.array([[0.0], [2.0], [5.0]]), np.array([0.2, 0.3, 0.5])
    assert of(0.8, modes[::-1], weights[::-1], modes[::-1]) == pytest.approx(of(0.8, modes, weights, modes))


@dataclass(frozen=True)
class Given:
    """What the metric needs."""

    truth: dict[str, np.ndarray]
    parameters: dict[str, np.ndarray]


def test_each_replica_has_its_own_and_a_world_without_modes_is_refused() -> None:
    widths = np.array([[[[0.25]]], [[[1.0]]]])
    parameters = {"weights": np.tile(HALF, (2, 1)), "means": np.tile(TWO, (2, 1, 1)), "covariances": widths}
    values = ModeSeparation().exact(Given({"modes": TWO}, parameters))["value"]
    assert values == pytest.approx([1 - 2 * math.exp(-2) / (1 + math.exp(-8)), 0])
    with pytest.raises(ValueError, match="mode_separation: got mean, want 'modes' among them"):
        ModeSeparation().exact(Given({"mean": TWO}, parameters))


@pytest.mark.parametrize("modes", [[[0.0]], [[0.0, 1.0], [2.0, 1.0]]])
def test_too_few_modes_or_of_another_length_are_refused(modes: list[list[float]]) -> None:
    with pytest.raises(ValueError, match=r"got modes of shape .* want 2 modes or more of the length of a mean"):
        of(0.5, modes=modes)
