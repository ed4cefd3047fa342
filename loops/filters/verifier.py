"""A noisy verifier: keeps correct answers more often than wrong ones, as often as its two rates say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from loops.errors import ConfigError
from loops.filters.random import row_uniforms
from loops.given import Given
from loops.key import Key
from loops.samples import Samples
from loops.verdicts import Verdicts


@dataclass(frozen=True, slots=True)
class Verifier:
    """Keeps each answer of a world with known answers by chance, by its own name: order and shards change nothing.

    A row's first value is what is asked, its last the answer: a prompt and what was said, or a class and its label.
    Answers that stand for infinitely many draws are all kept, with their weight times the rate.
    """

    true_positive_rate: float
    """phi: the chance of a correct answer to be kept; in [0, 1]."""
    false_positive_rate: float
    """psi: the chance of a wrong answer to be kept; in [0, 1]. 0, with phi 1: an oracle; equal to phi: no verifier."""

    kinds: ClassVar[tuple[str, ...]] = ("array", "vector")
    needs: ClassVar[tuple[str, ...]] = ("truth",)
    changes: ClassVar[str] = "weights"

    def __post_init__(self) -> None:
        for name in ("true_positive_rate", "false_positive_rate"):
            rate = getattr(self, name)
            if not 0 <= rate <= 1:
                raise ValueError(f"{name}: got {rate}, want a share in [0, 1]. For 90% write 0.9")

    def judge(self, shards: Iterable[Samples], given: Given, key: Key) -> Iterator[Verdicts]:
        """Yield the verdicts of each shard; the reason of a drop is `rejected`.

        Raises:
            ConfigError: the world does not say which answers are correct.
        """
        if "correct" not in given.truth:
            raise ConfigError(
                "filters.verifier: this world does not say what is correct. Use source=answer_key or "
                "source=linear_classifier."
            )
        for shard in shards:
            asked, answer = shard.values()[:, [0, -1]].T.astype(int)
            rate = np.where(given.truth["correct"][asked, answer], self.true_positive_rate, self.false_positive_rate)
            kept = rate > (0 if shard.endless else row_uniforms(shard, key))
            reasons = [None if keep else "rejected" for keep in kept.tolist()]
            yield Verdicts.of(reasons, rate if shard.endless else None)
