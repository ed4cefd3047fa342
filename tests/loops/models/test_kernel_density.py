"""A kernel density for each replica."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evals.metrics.density_nll import mixture_nll
from loops.errors import StageError
from loops.given import Given
from loops.key import Key
from loops.model import TrainCall
from loops.models.kernel_density import KernelDensity
from loops.models.mixture import OpenMixture
from loops.runtime import Runtime
from loops.samples import Samples
from loops.student import Student

RUNTIME = Runtime(1, "cpu", "float32", "sdpa")


def _fitted(tmp_path: Path, model: KernelDensity, corpus: Samples, weight: np.ndarray) -> OpenMixture:
    start, folder = tmp_path / "base", tmp_path / "fitted"
    start.mkdir(), folder.mkdir()
    human = Samples.of_vectors(np.zeros((2, 1)), np.array([5, 2]))
    digest = model.base(start, Given({"human": human}), Key.root(0), RUNTIME)
    call = TrainCall(
        Student(digest, start, {}), model, corpus, weight, "none", folder, folder, RUNTIME, lambda *_: None
    )
    return model.open(Student(model.fit(call, Key.root(0)), folder, {}), RUNTIME)


def test_rows_are_kept_with_their_weights_and_blurred(tmp_path: Path) -> None:
    corpus = Samples.of_vectors(np.array([[1.0], [7.0], [3.0]]), np.array([2, 5, 2]), np.array([0.5, 1.0, 1.0]))
    parameters = _fitted(tmp_path, KernelDensity(0.5), corpus, np.array([2.0, 1.0, 3.0])).parameters()
    assert parameters["weights"].tolist() == [[0.25, 0.75], [1.0, 0.0]]  # .5 * 2 and 1 * 3
    assert parameters["means"][0].tolist() == [[1.0], [3.0]]
    assert parameters["covariances"].tolist() == [[[[0.25]]]] * 2
    # Mean 2.5, variance 3/16 * 4 + h^2.
    assert parameters["mean"][0] == pytest.approx([2.5])
    assert parameters["covariance"][0, 0] == pytest.approx([1.0])


@pytest.mark.parametrize(("rule", "width"), [("scott", 8 ** (-1 / 6)), ("silverman", 8 ** (-1 / 6))])
def test_rules_give_the_width(tmp_path: Path, rule: str, width: float) -> None:
    # In two dimensions (d + 2) / 4 is 1, so that both are n^(-1/6).
    corpus = Samples.of_vectors(np.random.default_rng(0).normal(size=(16, 2)), np.repeat([2, 5], 8))
    covariances = _fitted(tmp_path, KernelDensity(rule), corpus, np.ones(16)).covariances  # type: ignore[arg-type]
    assert covariances[:, 0] == pytest.approx(np.tile(width**2 * np.eye(2), (2, 1, 1)))


def test_the_density_is_that_of_scikit_learn(tmp_path: Path) -> None:
    neighbors = pytest.importorskip("sklearn.neighbors")
    rng = np.random.default_rng(0)
    rows, fresh = rng.normal(size=(40, 3)), rng.normal(size=(25, 3))
    opened = _fitted(tmp_path, KernelDensity(0.4), Samples.of_vectors(rows, np.repeat([2, 5], 20)), np.ones(40))
    theirs = neighbors.KernelDensity(bandwidth=0.4).fit(rows[20:]).score_samples(fresh).mean()
    assert mixture_nll(fresh, opened.weights[1], opened.means[1], opened.covariances[1]) == pytest.approx(-theirs)


def test_what_makes_no_density_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="bandwidth: got 0, want a number above 0, scott or silverman"):
        KernelDensity(0)
    with pytest.raises(StageError, match="replica 5 has 0 rows"):
        _fitted(tmp_path, KernelDensity(0.5), Samples.of_vectors(np.zeros((1, 1)), np.array([2])), np.ones(1))
