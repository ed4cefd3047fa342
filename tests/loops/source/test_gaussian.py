"""A world of normal draws."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from loops.errors import ConfigError
from loops.key import Key
from loops.run import component
from loops.source.gaussian import Gaussian, sigma_points

KEY = Key.root(0).fold("data")


def _gaussian(**settings: Any) -> Gaussian:
    made: Gaussian = component("source/gaussian", **settings)
    return made


def test_the_truth_is_the_standard_normal() -> None:
    truth = _gaussian(dimensions=2).truth()
    assert truth["mean"].tolist() == [0, 0]
    assert truth["covariance"].tolist() == [[1, 0], [0, 1]]


def test_draws_have_the_mean_and_covariance_of_the_truth() -> None:
    values = _gaussian(dimensions=2, draws=50, replicas=200).draw("train", KEY).values()
    # 10,000 rows: a mean has sd .01, a product of two numbers too.
    assert np.abs(values.mean(axis=0)).max() < 0.04
    assert np.abs(values.T @ values / 10_000 - np.eye(2)).max() < 4 * 0.0142


def test_a_replica_alone_is_drawn_as_among_others() -> None:
    several = _gaussian(dimensions=3, draws=7, replicas=6).draw("train", KEY)
    alone = _gaussian(dimensions=3, draws=7, replicas=[4]).draw("train", KEY)
    assert np.array_equal(several.ids()[several.numbers("replica") == 4], alone.ids())


def test_splits_and_keys_give_other_draws() -> None:
    world = _gaussian(replicas=2)
    draws = [world.draw("train", KEY), world.draw("reference", KEY), world.draw("train", KEY.fold(1))]
    assert len({each.values().tobytes() for each in draws}) == 3
    assert world.draw("train", KEY).digest == draws[0].digest


def test_points_by_hand() -> None:
    # d = 2, mean (1, 2), root diag(3, 1): mean +- sqrt 2 (3, 0) and mean +- sqrt 2 (0, 1), a quarter each.
    points, weight = sigma_points(np.array([[1.0, 2.0]]), np.array([np.diag([3.0, 1.0])]))
    r = np.sqrt(2)
    assert points == pytest.approx(np.array([[1 + 3 * r, 2], [1, 2 + r], [1 - 3 * r, 2], [1, 2 - r]]))
    assert weight.tolist() == [0.25] * 4


def test_infinitely_many_draws_have_exactly_the_moments_of_the_truth() -> None:
    rows = _gaussian(dimensions=3, draws=None, replicas=2).draw("train", KEY)
    mine = rows.numbers("replica") == 1
    value, weight = rows.values()[mine], rows.numbers("weight")[mine]
    assert weight.sum() == pytest.approx(1)
    assert weight @ value == pytest.approx(np.zeros(3))
    assert (weight * value.T) @ value == pytest.approx(np.eye(3))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"dimensions": 0}, "dimensions: got 0, want at least 1"),
        ({"draws": 0}, "draws: got 0, want at least 1"),
        ({"replicas": 0}, "replicas: got 0, want 1 or more"),
    ],
)
def test_a_world_that_makes_no_sense_is_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        _gaussian(**settings)
