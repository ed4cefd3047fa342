"""One distribution over types for each replica."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from loops.errors import ConfigError
from loops.given import Given
from loops.key import Key
from loops.model import Sampling
from loops.models.categorical import Categorical, OpenCategorical, ValueCounter, normalised, tempered
from loops.runtime import Runtime
from loops.samples import Samples
from loops.source.zipf import zipf
from loops.student import Student

RUNTIME = Runtime(1, "cpu", "float32", "sdpa")
KEY = Key.root(0).fold("draw", 1)
MODEL = Categorical(4, "uniform")


def _sampling(temperature: float = 1.0, top_k: int = 0, top_p: float = 1.0) -> Sampling:
    return Sampling(8, 0, temperature, top_k, top_p, 1.0, "generate", 8)


def _human(replicas: tuple[int, ...] = (2, 5), types: int = 4) -> Samples:
    value = np.tile(np.arange(types), len(replicas))[:, None]
    return Samples.of_arrays(value, np.repeat(replicas, types))


def _given(types: int = 4, **truth: Any) -> Given:
    return Given({"truth": {"start": zipf(types, 1.0), **truth}, "human": _human()})


def _base(folder: Path, model: Categorical = MODEL) -> Student:
    folder.mkdir()
    return Student(model.base(folder, _given(), KEY, RUNTIME), folder, {})


def _fitted(tmp_path: Path, corpus: Samples, weight: np.ndarray, smoothing: float = 0.0) -> np.ndarray:
    start, folder = _base(tmp_path / "base"), tmp_path / "fitted"
    folder.mkdir()
    digest = MODEL.fit(corpus, weight, start, smoothing, folder)
    return MODEL.open(Student(digest, folder, {}), RUNTIME).parameters()["probabilities"]


def _prompts(replicas: np.ndarray, weight: float = 1.0) -> Samples:
    return Samples.of_arrays(np.zeros((len(replicas), 1), int), replicas, np.full(len(replicas), weight))


def test_the_base_is_uniform_or_the_truth_in_every_replica(tmp_path: Path) -> None:
    for initial, expected in {"uniform": [0.25] * 4, "truth": [12 / 25, 6 / 25, 4 / 25, 3 / 25]}.items():
        model = Categorical(4, initial)  # type: ignore[arg-type]
        opened = model.open(_base(tmp_path / initial, model), RUNTIME)
        assert opened.parameters()["probabilities"] == pytest.approx(np.array([expected, expected]))
        assert opened.replicas.tolist() == [2, 5]


def test_fitting_is_counting_in_each_replica(tmp_path: Path) -> None:
    corpus = Samples.of_arrays(np.array([[0], [0], [1], [3], [3]]), np.array([2, 2, 2, 5, 5]))
    assert _fitted(tmp_path, corpus, np.ones(5)) == pytest.approx(np.array([[2 / 3, 1 / 3, 0, 0], [0, 0, 0, 1]]))


def test_smoothing_is_added_to_every_count(tmp_path: Path) -> None:
    corpus = Samples.of_arrays(np.array([[0], [0], [1], [3]]), np.array([2, 2, 2, 5]))
    fitted = _fitted(tmp_path, corpus, np.ones(4), smoothing=0.5)
    assert fitted == pytest.approx(np.array([[0.5, 0.3, 0.1, 0.1], [1 / 6, 1 / 6, 1 / 6, 0.5]]))


def test_a_rows_own_weight_and_the_corpus_weight_multiply(tmp_path: Path) -> None:
    corpus = Samples.of_arrays(np.array([[0], [1], [2]]), np.array([2, 2, 5]), np.array([0.5, 0.25, 1.0]))
    # 0.5 * 1 and 0.25 * 6: a quarter and three quarters.
    assert _fitted(tmp_path, corpus, np.array([1.0, 6.0, 1.0]))[0] == pytest.approx([0.25, 0.75, 0, 0])


def test_a_replica_without_rows_is_uniform(tmp_path: Path) -> None:
    assert _fitted(tmp_path, Samples.of_arrays(np.array([[0]]), np.array([2])), np.ones(1))[1].tolist() == [0.25] * 4


def test_equal_distributions_have_equal_digests(tmp_path: Path) -> None:
    digests = [_base(tmp_path / name).digest for name in ("a", "b")]
    assert digests[0] == digests[1]
    assert _base(tmp_path / "c", Categorical(4, "truth")).digest != digests[0]


def test_draws_have_the_students_frequencies() -> None:
    p = zipf(4, 1.0)
    opened = OpenCategorical(np.array([7]), p[None])
    drawn = opened.sample(_prompts(np.full(10_000, 7)), 0, _sampling(), KEY, 3, "2")
    counts = np.bincount(drawn.values().ravel(), minlength=4)
    # Chi-square with 3 degrees of freedom: mean 3, sd 2.4.
    assert ((counts - 10_000 * p) ** 2 / (10_000 * p)).sum() < 3 + 4 * 2.4
    assert drawn.numbers("generation").tolist() == [3] * 10_000
    assert drawn.column("written_by").unique().to_pylist() == ["2"]


def test_a_replica_alone_is_drawn_from_as_among_others_in_any_order() -> None:
    p = np.stack([zipf(4, 1.0), zipf(4, 0.0)])
    both = OpenCategorical(np.array([2, 5]), p).sample(_prompts(np.array([5, 2] * 20)), 0, _sampling(), KEY, 1, "0")
    alone = OpenCategorical(np.array([5]), p[1:]).sample(_prompts(np.full(20, 5)), 0, _sampling(), KEY, 1, "0")
    assert np.array_equal(both.ids()[::2], alone.ids())


def test_each_draw_of_a_prompt_has_random_numbers_of_its_own() -> None:
    opened = OpenCategorical(np.array([2]), np.full((1, 1000), 0.001))
    draws = [opened.sample(_prompts(np.full(50, 2)), draw, _sampling(), KEY, 1, "0").values() for draw in (0, 0, 1)]
    assert np.array_equal(draws[0], draws[1])
    assert (draws[0] == draws[2]).mean() < 0.1


def test_prompts_of_infinite_weight_give_every_type_with_its_probability() -> None:
    p = np.stack([zipf(4, 1.0), zipf(4, 2.0)])
    drawn = OpenCategorical(np.array([2, 5]), p).sample(_prompts(np.array([2, 5]), np.inf), 0, _sampling(), KEY, 1, "0")
    assert drawn.values().ravel().tolist() == [0, 1, 2, 3] * 2
    assert drawn.numbers("weight") == pytest.approx(p.ravel())


def test_temperature_raises_to_the_power_of_its_inverse() -> None:
    p = np.array([0.5, 0.25, 0.25])
    assert tempered(p, _sampling(0.5)) == pytest.approx([2 / 3, 1 / 6, 1 / 6])  # squares 4 : 1 : 1
    assert tempered(p, _sampling(1.0)).tolist() == p.tolist()
    assert tempered(np.array([0.5, 0.5, 0.0]), _sampling(2.0)).tolist() == [0.5, 0.5, 0.0]
    assert tempered(np.array([1 - 1e-300, 1e-300]), _sampling(0.01)).tolist() == [1.0, 0.0]


def test_top_k_and_top_p_cut_and_ties_at_the_cut_all_stay() -> None:
    p = np.array([0.1, 0.4, 0.25, 0.25])
    assert tempered(p, _sampling(top_k=1)).tolist() == [0, 1, 0, 0]
    assert tempered(p, _sampling(top_k=2)) == pytest.approx(np.array([0, 4, 2.5, 2.5]) / 9)
    assert tempered(p, _sampling(top_k=9)) == pytest.approx(p)
    assert tempered(p, _sampling(top_p=0.4)).tolist() == [0, 1, 0, 0]
    assert tempered(p, _sampling(top_p=0.5)) == pytest.approx(np.array([0, 4, 2.5, 2.5]) / 9)
    assert tempered(np.stack([p, p[::-1]]), _sampling(top_k=1)).tolist() == [[0, 1, 0, 0], [0, 0, 1, 0]]


def test_counts_over_their_sum_and_uniform_where_there_are_none() -> None:
    assert normalised(np.array([[1.0, 3.0], [0.0, 0.0]])).tolist() == [[0.25, 0.75], [0.5, 0.5]]


def test_every_value_is_a_token() -> None:
    rows = Samples.of_arrays(np.zeros((2, 3), int), np.zeros(2, int), np.array([1.0, 0.5]))
    assert ValueCounter().count(rows).tolist() == [3.0, 1.5]


def test_a_source_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"categorical takes a source with types=9, got source\.types=4"):
        Categorical(9, "uniform").base(tmp_path, _given(), KEY, RUNTIME)
    with pytest.raises(ConfigError, match=r"order=0, got source\.order=1"):
        MODEL.base(tmp_path, _given(context=zipf(4, 1.0)), KEY, RUNTIME)


def test_nothing_is_scored_token_by_token() -> None:
    with pytest.raises(TypeError, match="metrics read `parameters`"):
        OpenCategorical(np.array([0]), np.ones((1, 1))).log_probs(_human(), 1, 1)
