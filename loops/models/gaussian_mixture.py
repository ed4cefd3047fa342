"""A Gaussian mixture student, fitted by expectation maximisation."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np

from loops.errors import StageError
from loops.given import Given
from loops.key import Key
from loops.model import TrainCall
from loops.models.mixture import OpenMixture
from loops.models.world import RowCounter, check_rows, load_world, save_world
from loops.replicas import places
from loops.runtime import Runtime
from loops.student import Student


@dataclass(frozen=True, slots=True)
class GaussianMixture:
    """scikit-learn's GaussianMixture for each replica, from fresh starts in every generation."""

    components: int
    """Gaussians of a student."""
    covariance_type: Literal["full", "tied", "diag", "spherical"]
    """full: one covariance each; tied: one for all; diag: no correlations; spherical: one variance each."""
    tol: float
    """Stop when the lower bound on the log-likelihood of a row gains less than this, in nats."""
    max_iter: int
    """Most rounds of expectation maximisation; scikit-learn warns where they were not enough."""
    reg_covar: float
    """Added to variances, so that none becomes 0: what a component can narrow to."""
    n_init: int
    """Starts, of which the best is taken."""

    kinds: ClassVar = ("vector",)
    can: ClassVar = ("sample", "parameters", "fingerprint")
    needs: ClassVar = ("human",)

    def __post_init__(self) -> None:
        if self.components < 1 or self.max_iter < 1 or self.n_init < 1 or self.tol < 0 or self.reg_covar < 0:
            raise ValueError("want components, max_iter and n_init of 1 or more, tol and reg_covar of 0 or more")

    def base(self, folder: Path, given: Given, key: Key, runtime: Runtime) -> str:
        """Write which replicas there are; without rows there is no mixture."""
        return save_world(folder, {"replicas": np.unique(given.human.numbers("replica"))})

    def fit(self, call: TrainCall, key: Key) -> str:
        """Fit each replica; replica r starts from `key.fold("replica", r)`.

        Raises:
            StageError: a replica has fewer rows than components, or rows have weights, which are not supported.
        """
        replicas = load_world(call.start)["replicas"]
        if not (call.weight * call.corpus.numbers("weight") == 1).all():
            raise StageError("train: gaussian_mixture takes rows that count once, and these have weights.")
        found = places(call.corpus.numbers("replica"), replicas)
        check_rows(replicas, np.array([len(mine) for mine in found]), self.components - 1)
        value = call.corpus.values()
        fits = [self._fitted(value[mine], key.fold("replica", int(r))) for r, mine in zip(replicas, found, strict=True)]
        weights, means, covariances = (np.stack(each) for each in zip(*fits, strict=True))
        arrays = {"replicas": replicas, "weights": weights, "means": means, "covariances": covariances}
        return save_world(call.folder, arrays)

    def _fitted(self, rows: np.ndarray, key: Key) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        from sklearn import mixture

        made: Any = mixture.GaussianMixture(
            self.components,
            covariance_type=self.covariance_type,
            tol=self.tol,
            max_iter=self.max_iter,
            reg_covar=self.reg_covar,
            n_init=self.n_init,
            random_state=key.seed(),
        )
        made.fit(rows)
        return made.weights_, made.means_, self._whole(made.covariances_, rows.shape[1])

    def _whole(self, covariances: np.ndarray, length: int) -> np.ndarray:
        """Return scikit-learn's covariances as matrices, (components, length, length)."""
        if self.covariance_type == "tied":
            return np.tile(covariances, (self.components, 1, 1))
        if self.covariance_type == "full":
            return covariances
        # diag: (components, length); spherical: (components,)
        return covariances.reshape(self.components, -1, 1) * np.eye(length)

    def open(self, student: Student, runtime: Runtime) -> OpenMixture:
        """Load the components."""
        return OpenMixture.load("gaussian_mixture", student)

    def tokenizer(self, student: Student) -> RowCounter:
        """Return the counter of rows."""
        return RowCounter()
