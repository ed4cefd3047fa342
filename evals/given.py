"""What a metric is given besides the documents: one protocol for each thing that it can name in `needs`."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from evals.buckets import TrainCounts
from evals.graded import Graded
from evals.log_probs import LogProbs
from evals.probe import Probe

T_co = TypeVar("T_co", covariant=True)


class HasReference(Protocol[T_co]):
    """needs "reference"; whoever reads embeddings or token scores names the pass over it as well."""

    @property
    def reference(self) -> T_co:
        """Held-out human text in the form in which the metric reads the view.

        Words are those of all reference texts, whole; embeddings and token scores those of as many texts as the
        view has, cut alike. N-grams come in the counts themselves.
        """


class HasBuckets(Protocol):
    """needs "buckets"."""

    @property
    def buckets(self) -> TrainCounts:
        """Counts over the human train split, which measured human texts are no part of."""


class HasLogProbs(Protocol):
    """needs "log_probs"."""

    @property
    def log_probs(self) -> LogProbs:
        """The view's texts scored by the student; the view `student` is held-out human text.

        Human text is scored whole where `student` is all that the metric measures, else cut as the other views are.
        """


class HasBothLogProbs(HasLogProbs, Protocol):
    """needs "log_probs" and "student_0_log_probs"."""

    @property
    def student_0_log_probs(self) -> LogProbs:
        """The same texts scored by student 0."""


class HasScoresAndCounts(HasLogProbs, HasBuckets, Protocol):
    """needs "log_probs" and "buckets"."""


class HasBothLogProbsAndCounts(HasBothLogProbs, HasBuckets, Protocol):
    """needs "log_probs", "student_0_log_probs" and "buckets"."""


class HasProbes(Protocol):
    """reads "probes"."""

    @property
    def probes(self) -> Sequence[Probe]:
        """The facts that the source asks for, as the student answers them."""


class HasParameters(Protocol):
    """needs "parameters"."""

    @property
    def parameters(self) -> Mapping[str, npt.NDArray[np.float64]]:
        """What the students are made of, by name, each with a leading replica axis.

        `probabilities` is each student's distribution over types, in true contexts where it has contexts; `written`
        is there where it is another: that of what the student writes, in contexts that it writes itself.
        """


class HasTruth(HasParameters, Protocol):
    """needs "truth" and "parameters"."""

    @property
    def truth(self) -> Mapping[str, npt.NDArray[np.float64]]:
        """What the world is made of, by name; `probabilities` is the true one of each type.  # (n_types,)"""


class HasReferenceRows(HasParameters, Protocol):
    """needs "parameters" and "reference"."""

    @property
    def reference(self) -> Sequence[npt.NDArray[np.float64]]:
        """Held-out rows of a world for each replica, in the order of the parameters.  # (n_rows, length) each"""


class HasStudent0Graded(Protocol):
    """needs "student_0_graded"."""

    @property
    def student_0_graded(self) -> Mapping[Hashable, Graded]:
        """Student 0's sampled draws by prompt, as many as a generation's."""


def named(values: Mapping[str, npt.NDArray[np.float64]], name: str, metric: str) -> npt.NDArray[np.float64]:
    """Return what a world's truth or a student's parameters hold under a name.

    Raises:
        ValueError: they hold nothing of that name, so the metric is for another world.
    """
    if name not in values:
        raise ValueError(
            f"{metric}: got {', '.join(values)}, want {name!r} among them. Choose a metric that goes with the world."
        )
    return values[name]


def written_probabilities(given: HasParameters) -> npt.NDArray[np.float64]:
    """Return the distribution of what students write.  # (replicas, n_types)"""
    return given.parameters.get("written", given.parameters["probabilities"])
