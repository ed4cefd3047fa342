"""Drawing from mixtures of Gaussians, and their moments."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from loops.errors import ConfigError
from loops.key import Key
from loops.model import Sampling
from loops.models.mixture import OpenMixture
from loops.models.world import save_world
from loops.samples import Samples
from loops.student import Student

KEY = Key.root(0).fold("draw", 1)
PLAIN = Sampling(8, 0, 1.0, 0, 1.0, 1.0, "static", 8)
WEIGHTS = np.array([[0.25, 0.75], [1.0, 0.0]])
MEANS = np.array([[[0.0, 0.0], [4.0, 8.0]], [[1.0, 1.0], [9.0, 9.0]]])
OWN = np.array([[np.eye(2), np.diag([4.0, 0.0])], [np.eye(2), np.eye(2)]])


def _prompts(replicas: list[int]) -> Samples:
    return Samples.of_vectors(np.zeros((len(replicas), 1)), np.array(replicas))


def _opened(covariances: np.ndarray = OWN) -> OpenMixture:
    return OpenMixture("two", np.array([2, 5]), WEIGHTS, MEANS, covariances)


def test_moments_by_hand() -> None:
    # Mean 3/4 (4, 8) = (3, 6); between 3/16 (4, 8)^2 = 3, 6, 12; within (1 + 3 * 4) / 4 and 1 / 4.
    parameters = _opened().parameters()
    assert parameters["mean"] == pytest.approx(np.array([[3, 6], [1, 1]]))
    assert parameters["covariance"][0] == pytest.approx(np.array([[3 + 13 / 4, 6], [6, 12 + 1 / 4]]))
    assert parameters["covariance"][1] == pytest.approx(np.eye(2))
    shared = _opened(np.array([[np.eye(2)], [2 * np.eye(2)]])).parameters()
    assert shared["covariance"][0] == pytest.approx(np.array([[4, 6], [6, 13]]))


@pytest.mark.parametrize("covariances", [OWN, np.array([[np.diag([2.0, 0.5])], [np.eye(2)]])])
def test_draws_have_the_moments_of_the_whole_and_of_each_component(covariances: np.ndarray) -> None:
    opened = _opened(covariances)
    value = opened.sample(_prompts([2] * 40_000), 0, PLAIN, KEY, 3, "2").values()
    mean, covariance = (opened.parameters()[name][0] for name in ("mean", "covariance"))
    spread = np.sqrt(np.diag(covariance))
    assert np.abs((value.mean(axis=0) - mean) / spread).max() < 4 / 200
    assert np.abs((np.cov(value.T) - covariance) / np.outer(spread, spread)).max() < 4 * np.sqrt(2) / 200
    near = value[np.abs(value[:, 1] - 8) < 3]  # the second component alone, from which the first is 8 away
    assert len(near) / 40_000 == pytest.approx(0.75, abs=4 * 0.0022 + 0.001)
    assert near[:, 0].var() == pytest.approx(covariances[0, -1, 0, 0], rel=0.05)


def test_a_component_of_no_weight_is_never_drawn() -> None:
    assert _opened().sample(_prompts([5] * 2000), 0, PLAIN, KEY, 1, "0").values().max() < 7


def test_a_replica_alone_is_drawn_from_as_among_others_in_any_order() -> None:
    both = _opened().sample(_prompts([5, 2] * 20), 0, PLAIN, KEY, 1, "0")
    alone = OpenMixture("two", np.array([5]), WEIGHTS[1:], MEANS[1:], OWN[1:])
    assert np.array_equal(both.ids()[::2], alone.sample(_prompts([5] * 20), 0, PLAIN, KEY, 1, "0").ids())


def test_what_has_no_components_or_no_tokens_is_refused(tmp_path: Path) -> None:
    save_world(tmp_path, {"replicas": np.arange(2)})
    with pytest.raises(ConfigError, match=r"the base of two has seen no rows, so no density\. Use generation_0=train"):
        OpenMixture.load("two", Student("", tmp_path, {}))
    with pytest.raises(ConfigError, match=r"generator\.temperature: got 0\.5, but student=two has no tokens"):
        _opened().sample(_prompts([2]), 0, Sampling(8, 0, 0.5, 0, 1.0, 1.0, "static", 8), KEY, 1, "0")
    with pytest.raises(TypeError, match="metrics read `parameters`"):
        _opened().log_probs(_prompts([2]), 1, 1)
