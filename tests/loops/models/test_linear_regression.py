"""Least squares for each replica."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from loops.errors import ConfigError, StageError
from loops.given import Given
from loops.key import Key
from loops.model import Sampling, TrainCall
from loops.models.linear_regression import LinearRegression, OpenLinearRegression
from loops.runtime import Runtime
from loops.samples import Samples
from loops.student import Student

RUNTIME = Runtime(1, "cpu", "float32", "sdpa")
KEY = Key.root(0).fold("draw", 1)
TRUTH = {"weights": np.array([0.6, 0.8])}


def _sampling(temperature: float = 1.0) -> Sampling:
    return Sampling(8, 0, temperature, 0, 1.0, 1.0, "static", 8)


def _rows(values: list[list[float]], replicas: list[int]) -> Samples:
    return Samples.of_vectors(np.array(values, float), np.array(replicas))


def _base(folder: Path, error: float = 0.0) -> Student:
    folder.mkdir()
    given = Given({"truth": TRUTH, "human": _rows([[0, 0, 0], [0, 0, 0]], [5, 2])})
    return Student(LinearRegression(2, 1.0, error).base(folder, given, KEY, RUNTIME), folder, {})


def _fitted(tmp_path: Path, corpus: Samples, weight: np.ndarray) -> np.ndarray:
    start, folder, model = _base(tmp_path / "base"), tmp_path / "fitted", LinearRegression(2, 1.0, 0.0)
    folder.mkdir()
    call = TrainCall(start, model, corpus, weight, "none", folder, folder, RUNTIME, lambda *_: None)
    return model.open(Student(model.fit(call, KEY), folder, {}), RUNTIME).parameters()["weights"]


def test_the_base_is_the_truth_or_off_it_by_a_known_distance(tmp_path: Path) -> None:
    for error, expected in {0.0: [0.6, 0.8], 2.0: [2.6, 0.8]}.items():
        opened = LinearRegression(2, 1.0, error).open(_base(tmp_path / str(error), error), RUNTIME)
        assert opened.parameters()["weights"].tolist() == [expected] * 2
        assert opened.replicas.tolist() == [2, 5]


def test_fitting_is_least_squares_in_each_replica(tmp_path: Path) -> None:
    # Replica 2 goes through all points with (1, 2); replica 5: labels 1, 3 of x = (1, 0) and 4 of (0, 2).
    corpus = _rows([[1, 0, 1], [1, 0, 1], [0, 1, 2], [1, 0, 3], [1, 1, 3], [0, 2, 4]], [2, 5, 2, 5, 2, 5])
    assert _fitted(tmp_path, corpus, np.ones(6)) == pytest.approx(np.array([[1, 2], [2, 2]]))


def test_weights_count_rows(tmp_path: Path) -> None:
    corpus = _rows([[1, 0, 1], [1, 0, 4], [0, 1, 0], [1, 0, 0], [0, 1, 0]], [2, 2, 2, 5, 5])
    assert _fitted(tmp_path, corpus, np.array([2.0, 1, 1, 1, 1]))[0] == pytest.approx([2, 0])


def test_fewer_rows_than_features_have_the_weights_of_least_norm(tmp_path: Path) -> None:
    assert _fitted(tmp_path, _rows([[1, 1, 2], [3, 4, 25]], [2, 5]), np.ones(2)) == pytest.approx(
        np.array([[1, 1], [3, 4]])
    )


def test_a_replica_without_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StageError, match="replica 5 has 0 rows"):
        _fitted(tmp_path, _rows([[1, 0, 1]], [2]), np.ones(1))


def test_labels_lie_around_the_line_and_temperature_scales_their_variance() -> None:
    opened = OpenLinearRegression(2.0, np.array([7]), np.array([[3.0, -1.0]]))
    prompts = _rows([[1, 2]] * 20_000, [7] * 20_000)
    for temperature in (1.0, 0.25):
        value = opened.sample(prompts, 0, _sampling(temperature), KEY, 3, "2").values()
        assert np.array_equal(value[:, :2], prompts.values())
        assert value[:, 2].mean() == pytest.approx(1, abs=4 * 2 / np.sqrt(20_000))
        assert value[:, 2].var() == pytest.approx(4 * temperature, rel=4 * np.sqrt(2 / 20_000))


def test_a_replica_alone_is_drawn_from_as_among_others_in_any_order() -> None:
    weights, prompts = np.array([[1.0, 0.0], [0.0, 1.0]]), _rows([[1, 2], [3, 4]] * 20, [5, 2] * 20)
    both = OpenLinearRegression(1.0, np.array([2, 5]), weights).sample(prompts, 0, _sampling(), KEY, 1, "0")
    alone = OpenLinearRegression(1.0, np.array([5]), weights[1:]).sample(
        prompts.select(np.arange(0, 40, 2)), 0, _sampling(), KEY, 1, "0"
    )
    assert np.array_equal(both.ids()[::2], alone.ids())


def test_a_source_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    given = Given({"truth": {"mean": np.zeros(3)}, "human": _rows([[0, 0, 0]], [0])})
    with pytest.raises(ConfigError, match="a true weights, got rows of 3 and mean"):
        LinearRegression(2, 1.0, 0.0).base(tmp_path, given, KEY, RUNTIME)


def test_nothing_is_scored_token_by_token() -> None:
    with pytest.raises(TypeError, match="metrics read `parameters`"):
        OpenLinearRegression(1.0, np.array([0]), np.ones((1, 2))).log_probs(_rows([[0, 0]], [0]), 1, 1)
