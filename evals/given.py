"""What a metric is given besides the documents: one protocol for each thing that it can name in `needs`."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from evals.buckets import TrainCounts
from evals.log_probs import LogProbs


class HasReference(Protocol):
    """needs "reference"."""

    @property
    def reference(self) -> Sequence[Sequence[Hashable]]:
        """Held-out human documents as word sequences, cut as the view is."""


class HasLogProbs(Protocol):
    """needs "log_probs"."""

    @property
    def log_probs(self) -> LogProbs:
        """The student's log-probabilities of held-out human texts."""


class HasScoresAndCounts(HasLogProbs, Protocol):
    """needs "log_probs" and "buckets"."""

    @property
    def buckets(self) -> TrainCounts:
        """Counts over the human train split, which the scored texts are no part of."""


class HasTruth(Protocol):
    """needs "truth" and "probabilities"."""

    @property
    def truth(self) -> npt.NDArray[np.float64]:
        """True probability of each type.  # (n_types,)"""

    @property
    def probabilities(self) -> npt.NDArray[np.float64]:
        """The students' probability of each type.  # (replicas, n_types)"""
