"""Mean and covariance for each replica."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from loops.errors import ConfigError, StageError
from loops.given import Given
from loops.key import Key
from loops.model import Sampling, TrainCall
from loops.models.gaussian import Gaussian, OpenGaussian, moments, square_root
from loops.runtime import Runtime
from loops.samples import Samples
from loops.student import Student

RUNTIME = Runtime(1, "cpu", "float32", "sdpa")
KEY = Key.root(0).fold("draw", 1)
MODEL = Gaussian(2, 0)
TRUTH = {"mean": np.array([1.0, -1.0]), "covariance": np.array([[2.0, 1.0], [1.0, 2.0]])}


def _sampling(temperature: float = 1.0) -> Sampling:
    return Sampling(8, 0, temperature, 0, 1.0, 1.0, "static", 8)


def _rows(values: list[list[float]], replicas: list[int], weight: list[float] | None = None) -> Samples:
    return Samples.of_vectors(np.array(values), np.array(replicas), None if weight is None else np.array(weight))


def _base(folder: Path) -> Student:
    folder.mkdir()
    given = Given({"truth": TRUTH, "human": _rows([[0, 0], [0, 0]], [5, 2])})
    return Student(MODEL.base(folder, given, KEY, RUNTIME), folder, {})


def _fitted(tmp_path: Path, corpus: Samples, weight: list[float], model: Gaussian = MODEL) -> OpenGaussian:
    start, folder = _base(tmp_path / "base"), tmp_path / "fitted"
    folder.mkdir()
    call = TrainCall(start, model, corpus, np.array(weight), "none", folder, folder, RUNTIME, lambda *_: None)
    return model.open(Student(model.fit(call, KEY), folder, {}), RUNTIME)


def _prompts(replicas: list[int], weight: float = 1.0) -> Samples:
    return Samples.of_vectors(np.zeros((len(replicas), 1)), np.array(replicas), np.full(len(replicas), weight))


def test_the_base_is_the_truth_in_every_replica(tmp_path: Path) -> None:
    opened = MODEL.open(_base(tmp_path / "base"), RUNTIME)
    assert opened.parameters()["replicas"].tolist() == [2, 5]
    assert opened.parameters()["mean"].tolist() == [[1, -1], [1, -1]]
    assert opened.parameters()["covariance"].tolist() == [[[2, 1], [1, 2]]] * 2


def test_fitting_takes_the_moments_of_each_replica(tmp_path: Path) -> None:
    # Replica 2: (0, 0), (2, 0), (1, 3): mean (1, 1), squares 2 and 6, products (-1)(-1) + (1)(-1) + 0 = 0.
    corpus = _rows([[0, 0], [7, 7], [2, 0], [1, 3], [9, 5]], [2, 5, 2, 2, 5])
    opened = _fitted(tmp_path, corpus, [1.0] * 5)
    assert opened.mean == pytest.approx(np.array([[1, 1], [8, 6]]))
    assert opened.covariance[0] == pytest.approx(np.array([[2 / 3, 0], [0, 2]]))
    assert opened.covariance[1] == pytest.approx(np.array([[1, -1], [-1, 1]]))


def test_ddof_is_taken_from_the_number_of_rows(tmp_path: Path) -> None:
    corpus = _rows([[0, 0], [2, 0], [1, 3], [0, 0], [0, 2]], [2, 2, 2, 5, 5])
    assert _fitted(tmp_path, corpus, [1.0] * 5, Gaussian(2, 1)).covariance[0] == pytest.approx(np.diag([1, 3]))


def test_weights_count_rows(tmp_path: Path) -> None:
    # (0, 0) twice by the corpus, (3, 0) half by itself and twice by the corpus: mean 1, squares (2 + 4) / 3.
    corpus = _rows([[0, 0], [3, 0], [0, 0]], [2, 2, 5], [1.0, 0.5, 1.0])
    opened = _fitted(tmp_path, corpus, [2.0, 2.0, 1.0])
    assert opened.mean[0] == pytest.approx([1, 0])
    assert opened.covariance[0] == pytest.approx(np.diag([2, 0]))


def test_moments_are_those_of_numpy() -> None:
    value = np.random.default_rng(0).normal(size=(40, 3))
    mean, covariance = moments(value, np.ones(40), np.zeros(40, int), 1, 1)
    assert mean[0] == pytest.approx(value.mean(axis=0))
    assert covariance[0] == pytest.approx(np.cov(value.T))


def test_a_replica_of_no_more_rows_than_ddof_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StageError, match="replica 5 has 0 rows, this student takes more than 0"):
        _fitted(tmp_path, _rows([[0, 0]], [2]), [1.0])


def test_draws_have_the_students_moments_scaled_by_temperature() -> None:
    opened = OpenGaussian(np.array([7]), TRUTH["mean"][None], TRUTH["covariance"][None])
    for temperature in (1.0, 0.25):
        value = opened.sample(_prompts([7] * 40_000), 0, _sampling(temperature), KEY, 3, "2").values()
        # A mean has sd sqrt(2 T / 40,000), an entry of the covariance at most 2 T sqrt(2 / 40,000).
        assert value.mean(axis=0) == pytest.approx(TRUTH["mean"], abs=4 * np.sqrt(2 * temperature / 40_000))
        assert np.cov(value.T) == pytest.approx(
            temperature * TRUTH["covariance"], abs=4 * 2 * temperature * np.sqrt(2 / 40_000)
        )


def test_a_replica_alone_is_drawn_from_as_among_others_in_any_order() -> None:
    mean, covariance = np.array([[0.0, 0.0], [1.0, 2.0]]), np.stack([np.eye(2), TRUTH["covariance"]])
    both = OpenGaussian(np.array([2, 5]), mean, covariance).sample(_prompts([5, 2] * 20), 0, _sampling(), KEY, 1, "0")
    alone = OpenGaussian(np.array([5]), mean[1:], covariance[1:]).sample(
        _prompts([5] * 20), 0, _sampling(), KEY, 1, "0"
    )
    assert np.array_equal(both.ids()[::2], alone.ids())


def test_each_draw_of_a_prompt_has_random_numbers_of_its_own() -> None:
    opened = OpenGaussian(np.array([2]), np.zeros((1, 1)), np.ones((1, 1, 1)))
    draws = [opened.sample(_prompts([2] * 5), draw, _sampling(), KEY, 1, "0").values() for draw in (0, 0, 1)]
    assert np.array_equal(draws[0], draws[1])
    assert not (draws[0] == draws[2]).any()


def test_prompts_of_infinite_weight_give_the_moments_exactly() -> None:
    mean, covariance = np.array([[0.0, 0.0], [1.0, 2.0]]), np.stack([np.eye(2), TRUTH["covariance"]])
    opened = OpenGaussian(np.array([2, 5]), mean, covariance)
    drawn = opened.sample(_prompts([5], np.inf), 0, _sampling(0.5), KEY, 1, "0")
    assert drawn.numbers("replica").tolist() == [5] * 4
    got = moments(drawn.values(), drawn.numbers("weight"), np.zeros(4, int), 1, 0)
    assert got[0] == pytest.approx(mean[1:])
    assert got[1] == pytest.approx(0.5 * covariance[1:])


def test_a_singular_covariance_has_its_root() -> None:
    flat = np.array([[1.0, 1.0], [1.0, 1.0]])
    assert square_root(flat) @ square_root(flat) == pytest.approx(flat)
    assert square_root(np.zeros((2, 2))).tolist() == [[0, 0], [0, 0]]


def test_settings_and_sources_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"ddof: got -1, want 0 \(maximum likelihood\), 1 \(unbiased\) or more"):
        Gaussian(1, -1)
    given = Given({"truth": TRUTH, "human": _rows([[0, 0]], [0])})
    with pytest.raises(ConfigError, match="gaussian takes a source with rows of 3 numbers"):
        Gaussian(3, 0).base(tmp_path, given, KEY, RUNTIME)


def test_nothing_is_scored_token_by_token() -> None:
    with pytest.raises(TypeError, match="metrics read `parameters`"):
        OpenGaussian(np.array([0]), np.zeros((1, 1)), np.ones((1, 1, 1))).log_probs(_prompts([0]), 1, 1)
