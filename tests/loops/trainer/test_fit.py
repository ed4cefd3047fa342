"""Training by the student's own estimator."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from loops.given import Given
from loops.key import Key
from loops.model import TrainCall
from loops.models.gaussian import Gaussian
from loops.run import component
from loops.runtime import Runtime
from loops.samples import Samples
from loops.student import Student
from loops.trainer.fit import Fit

RUNTIME = Runtime(1, "cpu", "float32", "sdpa")
MODEL = Gaussian(1, 0)
CORPUS = Samples.of_vectors(np.array([[0.0], [4.0]]), np.zeros(2, int), np.array([0.5, 1.0]))
GIVEN = Given({"truth": {"mean": np.zeros(1), "covariance": np.eye(1)}, "human": CORPUS})


def _train(folder: Path, corpus: Samples = CORPUS) -> dict[str, Any]:
    base, fitted = folder / "base", folder / "fitted"
    for each in (base, fitted):
        each.mkdir(parents=True)
    start = Student(MODEL.base(base, GIVEN, Key.root(0), RUNTIME), base, {})
    call = TrainCall(start, MODEL, corpus, np.array([2.0, 1.0]), "none", fitted, base, RUNTIME, lambda *_: None)
    fit: Fit = component("trainer/fit")
    return fit.train(call, Given({}), Key.root(0))


def test_the_student_is_fitted_and_rows_are_counted_with_their_weights(tmp_path: Path) -> None:
    log = _train(tmp_path)
    opened = MODEL.open(Student(log["digest"], tmp_path / "fitted", {}), RUNTIME)
    assert opened.mean.tolist() == [[2.0]]  # 0 with weight 2 * .5, 4 with weight 1
    assert opened.covariance.tolist() == [[[4.0]]]
    assert (log["tokens"], log["adapter"]) == (2.0, False)


def test_the_start_is_left_as_it_was(tmp_path: Path) -> None:
    _train(tmp_path)
    assert MODEL.open(Student("", tmp_path / "base", {}), RUNTIME).covariance.tolist() == [[[1.0]]]


def test_equal_corpora_give_equal_digests(tmp_path: Path) -> None:
    other = CORPUS.select(np.array([1, 0]))
    assert _train(tmp_path / "a")["digest"] == _train(tmp_path / "b")["digest"]
    assert _train(tmp_path / "c", other)["digest"] != _train(tmp_path / "a2")["digest"]
