"""Worlds in the plane."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from loops.errors import ConfigError
from loops.key import Key
from loops.run import component
from loops.source.shapes import SHAPES, Shapes

KEY = Key.root(0).fold("data")


def _shapes(**settings: Any) -> Shapes:
    made: Shapes = component("source/shapes", **settings)
    return made


@pytest.mark.parametrize("name", ["moons", "circles"])
def test_the_curves_are_those_of_scikit_learn(name: str) -> None:
    datasets = pytest.importorskip("sklearn.datasets")
    theirs, which = {"moons": datasets.make_moons, "circles": datasets.make_circles}[name](200, shuffle=False)
    even = np.linspace(0, 1, 100, endpoint=name == "moons")
    for branch, curve in enumerate(SHAPES[name]):
        assert np.stack(curve(even), axis=1) == pytest.approx(theirs[which == branch])


def test_the_roll_is_that_of_scikit_learn_without_its_height() -> None:
    datasets = pytest.importorskip("sklearn.datasets")
    points, angle = datasets.make_swiss_roll(100, random_state=0)
    (curve,) = SHAPES["swiss_roll"]
    place = (angle / (1.5 * np.pi) - 1) / 2
    assert np.stack(curve(place), axis=1) == pytest.approx(points[:, [0, 2]])


def test_true_moments_by_hand() -> None:
    # Moons: means (0, 2/pi) and (1, 1/2 - 2/pi). Circles: half of 1/2 (1 + .64) and the noise. Blobs: 25/2 and it.
    assert _shapes(shape="moons").truth()["mean"] == pytest.approx([0.5, 0.25])
    assert _shapes(shape="circles", noise=0.5).truth()["covariance"] == pytest.approx(np.diag([0.66, 0.66]))
    assert _shapes(shape="blobs", noise=1.0).truth()["covariance"] == pytest.approx(np.diag([13.5, 13.5]))


def test_blobs_have_their_centres_as_modes_and_curves_have_none() -> None:
    # At distance 5, 120 degrees apart: (5, 0) and (-2.5, +-4.3301).
    modes = _shapes(shape="blobs").truth()["modes"]
    assert modes == pytest.approx(np.array([[5, 0], [-2.5, 4.3301], [-2.5, -4.3301]]), abs=1e-4)
    assert "modes" not in _shapes(shape="moons").truth()


@pytest.mark.parametrize("shape", list(SHAPES))
def test_draws_have_the_moments_of_the_truth(shape: str) -> None:
    world = _shapes(shape=shape, draws=200, replicas=50)
    value, truth = world.draw("train", KEY).values(), world.truth()
    spread = np.sqrt(np.diag(truth["covariance"]))
    # 10,000 independent rows: a mean has sd spread / 100; a covariance, of bounded numbers, about as much of spread^2.
    assert np.abs((value.mean(axis=0) - truth["mean"]) / spread).max() < 0.04
    assert np.abs((np.cov(value.T) - truth["covariance"]) / np.outer(spread, spread)).max() < 4 * 0.0142


def test_the_reference_has_a_size_of_its_own() -> None:
    world = _shapes(draws=7, held_out=11, replicas=2)
    assert len(world.draw("train", KEY)) == 14
    assert len(world.draw("reference", KEY)) == 22


def test_a_replica_alone_is_drawn_as_among_others() -> None:
    several, alone = (_shapes(draws=20, replicas=r).draw("train", KEY) for r in (6, [4]))
    assert np.array_equal(several.ids()[several.numbers("replica") == 4], alone.ids())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"shape": "star"}, "input should be 'blobs', 'moons', 'circles' or 'swiss_roll'"),
        ({"noise": 0.0}, "want draws >= 1, held_out >= 1 and noise > 0"),
        ({"held_out": 0}, "want draws >= 1, held_out >= 1 and noise > 0"),
        ({"replicas": 0}, "want 1 or more"),
    ],
)
def test_a_world_that_makes_no_sense_is_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        _shapes(**settings)
