"""Draws n completions for each prompt and hands on the one that the teacher itself finds most probable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from loops.generator.plain import Plain, shard_place, shard_rows
from loops.given import Given
from loops.key import Key
from loops.model import OpenModel, Sampling
from loops.samples import Samples


@dataclass(frozen=True, slots=True)
class BestOfN:
    """Sharpening by selection (Huang et al. 2024, arXiv 2412.01951): expect head gains and tail losses."""

    n: int
    """Candidates for each prompt and draw."""
    score: Literal["log_prob", "mean_log_prob"]
    """What is largest in the winner: nats of the whole text, or nats per token (which does not favour short texts)."""
    draws: int
    """Winners for each prompt."""
    tokens: int | None
    """Stop once the winners hold this many tokens; null: every prompt is drawn from."""
    max_new_tokens: int
    """Longest completion in tokens."""
    temperature: float
    """1: the student's own distribution; below 1 sharpens it by itself."""
    top_k: int
    """Draw from the k most probable tokens; 0: from all."""
    top_p: float
    """Draw from the smallest set of tokens with at least this mass; 1: from all."""
    repetition_penalty: float
    """Divide the logits of tokens already written by this; 1: off."""
    decoder: str
    """generate: transformers' own loop; static: the same texts on a static cache, faster."""
    batch_size: int
    """Texts drawn side by side; a shard holds one batch."""

    kinds: ClassVar = ("text",)
    needs: ClassVar = ()

    def __post_init__(self) -> None:
        if self.n < 1:
            raise ValueError(f"n: got {self.n}, want at least 1")
        self._plain()

    def sampling(self) -> Sampling:
        """Return the settings that a model samples with."""
        return self._plain().sampling()

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
        place = shard_place(index, len(prompts), self.draws, shard_rows(prompts, self.batch_size))
        if place is None or (self.tokens is not None and tokens >= self.tokens):
            return None
        draw, rows = place
        piece = Samples(prompts.table.slice(rows.start, len(rows)), prompts.kind)
        candidates = [
            teacher.sample(piece, draw * self.n + c, self.sampling(), key, generation, written_by)
            for c in range(self.n)
        ]
        scores = np.array([[self._score(row) for row in candidate] for candidate in candidates])  # (n, prompts)
        winner = scores.argmax(axis=0)
        everything = Samples.concat(candidates)
        return everything.select(winner * len(piece) + np.arange(len(piece)))

    def _score(self, row: Any) -> float:
        total = float(row.scores["log_prob"])
        return total if self.score == "log_prob" else total / max(row.n_tokens, 1)

    def _plain(self) -> Plain:
        return Plain(
            self.draws,
            self.tokens,
            self.max_new_tokens,
            self.temperature,
            self.top_k,
            self.top_p,
            self.repetition_penalty,
            self.decoder,
            self.batch_size,
        )
