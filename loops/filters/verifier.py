"""A noisy verifier: keeps correct answers more often than wrong ones, as often as its two rates say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from loops.errors import ConfigError
from loops.filters.random import row_uniforms
from loops.given import Given
from loops.grading import Grades
from loops.key import Key
from loops.samples import Samples
from loops.verdicts import Verdicts


@dataclass(frozen=True, slots=True)
class Verifier:
    """Keeps each graded answer by chance, by its row's name: order and shards change nothing.

    Rates 1 and 0 are an oracle: rejection sampling as in STaR (Zelikman et al. 2022, arXiv 2203.14465) and ReST-EM
    (Singh et al. 2023, arXiv 2312.06585). Answers that stand for infinitely many draws are all kept, with their weight
    times the rate.
    """

    true_positive_rate: float
    """phi: the chance of a correct answer to be kept; in [0, 1]."""
    false_positive_rate: float
    """psi: the chance of a wrong answer to be kept; in [0, 1]. 0, with phi 1: an oracle; equal to phi: no verifier."""

    kinds: ClassVar[tuple[str, ...]] = ("text", "array", "vector")
    needs: ClassVar[tuple[str, ...]] = ("graded",)
    changes: ClassVar[str] = "weights"

    def __post_init__(self) -> None:
        for name in ("true_positive_rate", "false_positive_rate"):
            rate = getattr(self, name)
            if not 0 <= rate <= 1:
                raise ValueError(f"{name}: got {rate}, want a share in [0, 1]. For 90% write 0.9")

    def judge(self, shards: Iterable[Samples], given: Given, key: Key) -> Iterator[Verdicts]:
        """Yield the verdicts of each shard; the reason of a drop is `rejected`.

        Raises:
            ConfigError: nothing says which answers are correct.
        """
        correct = given.graded["correct"]
        unknown = int(np.count_nonzero(np.isnan(correct)))
        if unknown:
            raise ConfigError(
                f"filters.verifier: nothing says whether {unknown:,} of {len(correct):,} draws are correct. Of worlds, "
                "source=answer_key and source=linear_classifier do; texts need prompts whose human completion holds "
                "the answer that answer=... finds."
            )
        grades = Grades(given.graded)
        for shard in shards:
            is_correct = grades.of(shard)["correct"] == 1
            rate = np.where(is_correct, self.true_positive_rate, self.false_positive_rate)
            kept = rate > (0 if shard.endless else row_uniforms(shard, key))
            reasons = [None if keep else "rejected" for keep in kept.tolist()]
            yield Verdicts.of(reasons, rate if shard.endless else None)
