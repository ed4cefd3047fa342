"""A world of two classes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from loops.errors import ConfigError
from loops.key import Key
from loops.run import component
from loops.source.linear_classifier import LinearClassifier

KEY = Key.root(0).fold("data")


def _world(**settings: Any) -> LinearClassifier:
    made: LinearClassifier = component("source/linear_classifier", **settings)
    return made


def test_the_truth_is_half_the_distance_and_which_label_is_correct() -> None:
    truth = _world(features=4, separation=3.0).truth()
    assert truth["class_mean"].tolist() == [1.5] * 4
    assert truth["correct"].tolist() == [[True, False], [False, True]]


def test_classes_lie_around_their_means_and_human_labels_name_them() -> None:
    value = _world(features=2, separation=1.0, draws=100, replicas=100).draw("train", KEY).values()
    classes, x, label = value[:, 0], value[:, 1:3], value[:, 3]
    assert set(classes) == {0.0, 1.0}
    assert np.array_equal(classes, label)
    # 10,000 rows: a share of 1/2 has sd .005, a mean .01.
    assert classes.mean() == pytest.approx(0.5, abs=0.02)
    turned = x * (2 * classes - 1)[:, None]
    assert turned.mean(axis=0) == pytest.approx([0.5**0.5] * 2, abs=0.04)
    assert turned.var(axis=0) == pytest.approx([1, 1], abs=4 * 0.0142)


def test_a_replica_alone_is_drawn_as_among_others() -> None:
    several = _world(draws=20, replicas=6).draw("train", KEY)
    alone = _world(draws=20, replicas=[4]).draw("train", KEY)
    assert np.array_equal(several.ids()[several.numbers("replica") == 4], alone.ids())
    assert several.digest != _world(draws=20, replicas=6).draw("reference", KEY).digest


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"features": 0}, "want features >= 1, draws >= 1 and separation > 0"),
        ({"draws": 0}, "want features >= 1, draws >= 1 and separation > 0"),
        ({"separation": 0.0}, "want features >= 1, draws >= 1 and separation > 0"),
        ({"replicas": []}, "want 1 or more"),
    ],
)
def test_a_world_that_makes_no_sense_is_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        _world(**settings)
