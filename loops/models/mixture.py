"""What students that are mixtures of Gaussians share once they are fitted: drawing and their moments."""

from __future__ import annotations

import numpy as np

from loops.errors import ConfigError
from loops.key import Key
from loops.model import Sampling, TokenPass
from loops.models.gaussian import moments, square_root
from loops.models.world import check_sampling, load_world
from loops.replicas import places
from loops.samples import Samples
from loops.source.zipf import inverse_cdf
from loops.student import Student


class OpenMixture:
    """Components in memory."""

    def __init__(
        self,
        name: str,
        replicas: np.ndarray,
        weights: np.ndarray,  # (replicas, components), rows sum to 1; 0 fills up what a replica has fewer
        means: np.ndarray,  # (replicas, components, length)
        covariances: np.ndarray,  # (replicas, components or 1 for all, length, length)
    ) -> None:
        self.name = name
        self.replicas = replicas
        self.weights = weights
        self.means = means
        self.covariances = covariances

    @classmethod
    def load(cls, name: str, student: Student) -> OpenMixture:
        """Read a fitted student.

        Raises:
            ConfigError: it is the base, which has seen no rows.
        """
        arrays = load_world(student)
        if "means" not in arrays:
            raise ConfigError(f"student: the base of {name} has seen no rows, so no density. Use generation_0=train.")
        return cls(name, **arrays)

    def sample(
        self, prompts: Samples, draw: int, sampling: Sampling, key: Key, generation: int, written_by: str
    ) -> Samples:
        """Draw one row for each prompt: a component by its weight, and a row of it."""
        check_sampling(self.name, sampling, tempered=False)
        asked, roots = prompts.numbers("replica"), square_root(self.covariances)
        value = np.empty((len(asked), self.means.shape[2]))
        for i, mine in enumerate(places(asked, self.replicas)):
            rng = key.fold("replica", int(self.replicas[i]), draw).rng()
            which = inverse_cdf(self.weights[i], rng.random(len(mine)))
            normal = rng.standard_normal((len(mine), value.shape[1]))
            root = roots[i][which if len(roots[i]) > 1 else np.zeros_like(which)]
            value[mine] = self.means[i][which] + (normal[:, None] @ root)[:, 0]
        return Samples.of_vectors(value, asked, None, generation, written_by, draw)

    def log_probs(self, samples: Samples, window: int, stride: int) -> TokenPass:
        """Refused: a world's distribution is read exactly from its parameters."""
        raise TypeError(f"{self.name}: scores nothing token by token; metrics read `parameters`.")

    def parameters(self) -> dict[str, np.ndarray]:
        """Return the components, and the moments of the whole as `mean` and `covariance`."""
        n_replicas, n_components, length = self.means.shape
        owner = np.repeat(np.arange(n_replicas), n_components)
        mean, between = moments(self.means.reshape(-1, length), self.weights.ravel(), owner, n_replicas, 0)
        shared = self.covariances.shape[1] == 1
        within = self.covariances if shared else self.weights[:, :, None, None] * self.covariances
        return {
            "replicas": self.replicas,
            "weights": self.weights,
            "means": self.means,
            "covariances": self.covariances,
            "mean": mean,
            "covariance": between + within.sum(axis=1),
        }

    def fingerprint(self) -> np.ndarray:
        """Return the components as they are."""
        return np.concatenate([self.weights.ravel(), self.means.ravel(), self.covariances.ravel()])
