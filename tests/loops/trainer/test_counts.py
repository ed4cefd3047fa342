"""Training by counting."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from loops.errors import ConfigError
from loops.given import Given
from loops.key import Key
from loops.model import TrainCall
from loops.models.categorical import Categorical
from loops.run import component
from loops.runtime import Runtime
from loops.samples import Samples
from loops.student import Student
from loops.trainer.counts import Counts

RUNTIME = Runtime(1, "cpu", "float32", "sdpa")
MODEL = Categorical(3, "uniform")
HUMAN = Samples.of_arrays(np.array([[0], [1], [2]]), np.zeros(3, int))
GIVEN = Given({"truth": {"start": np.full(3, 1 / 3)}, "human": HUMAN})


def _train(
    folder: Path, corpus: Samples, weight: np.ndarray, smoothing: float = 0.0
) -> tuple[Student, dict[str, object]]:
    base, fitted = folder / "base", folder / "fitted"
    for each in (base, fitted):
        each.mkdir(parents=True)
    start = Student(MODEL.base(base, GIVEN, Key.root(0), RUNTIME), base, {})
    call = TrainCall(start, MODEL, corpus, weight, "none", fitted, folder / "scratch", RUNTIME, lambda *_: None)
    log = Counts(smoothing).train(call, Given({}), Key.root(0))
    return Student(str(log["digest"]), fitted, {}), log


def test_the_fit_is_the_relative_frequency(tmp_path: Path) -> None:
    corpus = Samples.of_arrays(np.array([[0], [0], [0], [2]]), np.zeros(4, int))
    student, log = _train(tmp_path, corpus, np.ones(4))
    assert MODEL.open(student, RUNTIME).parameters()["probabilities"].tolist() == [[0.75, 0, 0.25]]
    assert log["tokens"] == 4.0
    assert log["adapter"] is False


def test_tokens_are_counted_with_their_weights(tmp_path: Path) -> None:
    corpus = Samples.of_arrays(np.array([[0], [2]]), np.zeros(2, int), np.array([0.5, 1.0]))
    student, log = _train(tmp_path, corpus, np.array([2.0, 3.0]))
    assert log["tokens"] == 4.0
    assert MODEL.open(student, RUNTIME).parameters()["probabilities"].tolist() == [[0.25, 0, 0.75]]


def test_smoothing_gives_every_type_a_chance(tmp_path: Path) -> None:
    corpus = Samples.of_arrays(np.array([[0]]), np.zeros(1, int))
    student, _ = _train(tmp_path, corpus, np.ones(1), smoothing=1.0)
    assert MODEL.open(student, RUNTIME).parameters()["probabilities"].tolist() == [[0.5, 0.25, 0.25]]


def test_the_start_is_left_as_it_was(tmp_path: Path) -> None:
    _train(tmp_path, HUMAN, np.ones(3))
    start = Student("", tmp_path / "base", {})
    assert MODEL.open(start, RUNTIME).parameters()["probabilities"].tolist() == [[1 / 3] * 3]


def test_equal_corpora_give_equal_digests_whatever_was_counted_in_which_order(tmp_path: Path) -> None:
    first, _ = _train(tmp_path / "a", HUMAN, np.ones(3))
    second, _ = _train(tmp_path / "b", HUMAN.select(np.array([2, 0, 1])), np.ones(3))
    assert first.digest == second.digest


def test_negative_smoothing_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"smoothing: got -0\.5, want 0 or more"):
        component("trainer/counts", smoothing=-0.5)
