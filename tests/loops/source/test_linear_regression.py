"""A world of labelled rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from loops.errors import ConfigError
from loops.key import Key
from loops.run import component
from loops.source.linear_regression import LinearRegression, labelled

KEY = Key.root(0).fold("data")


def _world(**settings: Any) -> LinearRegression:
    made: LinearRegression = component("source/linear_regression", **settings)
    return made


def test_true_weights_have_length_one() -> None:
    assert _world(features=4).truth()["weights"].tolist() == [0.5] * 4


def test_a_label_is_on_the_line_where_there_is_no_noise() -> None:
    # (1, 2) . (3, -1) = 1
    rows = labelled(np.array([[1.0, 2.0]]), np.array([3.0, -1.0]), 0.0, np.random.default_rng(0))
    assert rows.tolist() == [[1, 2, 1]]


def test_features_are_standard_normal_and_labels_lie_around_the_line() -> None:
    value = _world(features=2, draws=100, noise=0.5, replicas=100).draw("train", KEY).values()
    x, off = value[:, :2], value[:, 2] - value[:, :2].sum(axis=1) / np.sqrt(2)
    # 10,000 rows: a variance of 1 has sd sqrt(2 / 10,000), one of 1/4 a quarter of it.
    assert np.abs(x.T @ x / 10_000 - np.eye(2)).max() < 4 * 0.0142
    assert off.var() == pytest.approx(0.25, abs=4 * 0.25 * 0.0142)
    assert np.abs(off @ x / 10_000).max() < 4 * 0.5 / 100


def test_a_replica_alone_is_drawn_as_among_others() -> None:
    several = _world(replicas=6).draw("train", KEY)
    alone = _world(replicas=[4]).draw("train", KEY)
    assert np.array_equal(several.ids()[several.numbers("replica") == 4], alone.ids())
    assert several.digest != _world(replicas=6).draw("reference", KEY).digest


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"features": 0}, "want features >= 1, draws >= 1 and noise >= 0"),
        ({"draws": 0}, "want features >= 1, draws >= 1 and noise >= 0"),
        ({"noise": -1.0}, "want features >= 1, draws >= 1 and noise >= 0"),
        ({"replicas": 0}, "replicas: got 0, want 1 or more"),
    ],
)
def test_a_world_that_makes_no_sense_is_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        _world(**settings)
