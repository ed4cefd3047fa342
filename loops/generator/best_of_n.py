"""Draws n completions for each prompt and hands on the one that the teacher itself finds most probable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from loops.generator.sampler import Sampler
from loops.given import Given
from loops.key import Key
from loops.model import OpenModel
from loops.samples import Sample, Samples


@dataclass(frozen=True, slots=True)
class BestOfN(Sampler):
    """Sharpening by selection (Huang et al. 2024, arXiv 2412.01951): expect head gains and tail losses.

    `draws` and `tokens` count winners.
    """

    n: int
    """Candidates for each prompt and draw."""
    score: Literal["log_prob", "mean_log_prob"]
    """What is largest in the winner: nats of the whole text, or nats per token (which does not favour short texts)."""

    kinds: ClassVar[tuple[str, ...]] = ("text",)

    def __post_init__(self) -> None:
        Sampler.__post_init__(self)  # super() would look for the class that `slots` has replaced
        if self.n < 1:
            raise ValueError(f"n: got {self.n}, want at least 1")

    def shard(
        self,
        index: int,
        tokens: int,
        teacher: OpenModel,
        prompts: Samples,
        given: Given,
        key: Key,
        generation: int,
        written_by: str,
    ) -> Samples | None:
        """Return shard `index` of winners; candidate c of winner d is draw `d * n + c` of its prompt."""
        place = self.piece(index, tokens, prompts)
        if place is None:
            return None
        draw, piece = place
        candidates = [
            teacher.sample(piece, draw * self.n + c, self.sampling(), key, generation, written_by)
            for c in range(self.n)
        ]
        scores = np.array([[self._score(row) for row in candidate.text_rows()] for candidate in candidates])
        winner = scores.argmax(axis=0)  # (n_prompts,) from (n, n_prompts)
        return Samples.concat(candidates).select(winner * len(piece) + np.arange(len(piece)))

    def _score(self, row: Sample) -> float:
        total = float(row.scores["log_prob"])
        return total if self.score == "log_prob" else total / max(row.n_tokens or 0, 1)
