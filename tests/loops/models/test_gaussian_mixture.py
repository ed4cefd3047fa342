"""A Gaussian mixture for each replica."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from evals.metrics.density_nll import mixture_nll
from loops.errors import StageError
from loops.given import Given
from loops.key import Key
from loops.model import TrainCall
from loops.models.gaussian_mixture import GaussianMixture
from loops.models.mixture import OpenMixture
from loops.runtime import Runtime
from loops.samples import Samples
from loops.student import Student

RUNTIME = Runtime(1, "cpu", "float32", "sdpa")
KEY = Key.root(0)
MODEL = GaussianMixture(2, "full", 1e-5, 2000, 1e-6, 1)


def _fitted(folder: Path, corpus: Samples, model: GaussianMixture = MODEL, weight: float = 1.0) -> OpenMixture:
    (start := folder / "base").mkdir(parents=True)
    replicas = np.unique(corpus.numbers("replica"))
    human = Samples.of_vectors(np.zeros((len(replicas), 1)), replicas)
    digest = model.base(start, Given({"human": human}), KEY, RUNTIME)
    weights = np.full(len(corpus), weight)
    call = TrainCall(
        Student(digest, start, {}), model, corpus, weights, "none", folder, folder, RUNTIME, lambda *_: None
    )
    return model.open(Student(model.fit(call, KEY), folder, {}), RUNTIME)


def _two_blobs(replica: int, n: int = 400) -> Samples:
    rng = np.random.default_rng(replica)
    value = rng.standard_normal((n, 2)) * [1.0, 2.0]
    value[: n // 4] += 20
    return Samples.of_vectors(value, np.full(n, replica))


def test_two_blobs_are_found(tmp_path: Path) -> None:
    opened = _fitted(tmp_path, _two_blobs(3))
    small, large = np.argsort(opened.weights[0])
    assert opened.weights[0, [small, large]] == pytest.approx([0.25, 0.75])
    assert opened.means[0, [small, large]] == pytest.approx(np.array([[20, 20], [0, 0]]), abs=4 * 2 / 10)
    assert opened.covariances[0, large] == pytest.approx(np.diag([1, 4]), abs=4 * 4 * np.sqrt(2 / 300))


@pytest.mark.parametrize("kind", ["full", "tied", "diag", "spherical"])
def test_the_density_is_that_of_scikit_learn(tmp_path: Path, kind: str) -> None:
    mixture = pytest.importorskip("sklearn.mixture")
    rows, fresh = _two_blobs(3), np.random.default_rng(9).normal(size=(30, 2))
    opened = _fitted(tmp_path, rows, replace(MODEL, covariance_type=kind))  # type: ignore[arg-type]
    theirs = mixture.GaussianMixture(2, covariance_type=kind, tol=1e-5, max_iter=2000,
                                     random_state=KEY.fold("replica", 3).seed()).fit(rows.values())  # fmt: skip
    ours = mixture_nll(fresh, opened.weights[0], opened.means[0], opened.covariances[0])
    assert ours == pytest.approx(-theirs.score(fresh))


def test_a_replica_alone_is_fitted_as_among_others(tmp_path: Path) -> None:
    several = _fitted(tmp_path / "a", Samples.concat([_two_blobs(3, 40), _two_blobs(8, 40)]))
    alone = _fitted(tmp_path / "b", _two_blobs(8, 40))
    assert np.array_equal(several.means[1], alone.means[0])
    assert np.array_equal(several.covariances[1], alone.covariances[0])


def test_what_cannot_be_fitted_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StageError, match="replica 3 has 1 rows, this student takes more than 1"):
        _fitted(tmp_path / "a", _two_blobs(3, 1))
    with pytest.raises(StageError, match="takes rows that count once, and these have weights"):
        _fitted(tmp_path / "b", _two_blobs(3, 40), weight=0.5)
    with pytest.raises(ValueError, match="want components, max_iter and n_init of 1 or more"):
        replace(MODEL, components=0)
