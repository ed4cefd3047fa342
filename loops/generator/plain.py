"""Draws completions one by one for each prompt, until the budget of tokens is reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from loops.given import Given
from loops.key import Key
from loops.model import OpenModel, Sampling
from loops.samples import Samples


@dataclass(frozen=True, slots=True)
class Plain:
    """Every draw is kept as it comes."""

    draws: int
    """Completions for each prompt."""
    tokens: int | None
    """Stop once this many tokens are drawn (`budget = drawn`); null: every prompt is drawn from."""
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

    kinds: ClassVar = ("text", "array", "vector")
    needs: ClassVar = ()

    def __post_init__(self) -> None:
        if self.draws < 1 or (self.tokens is not None and self.tokens < 1):
            raise ValueError("want draws >= 1 and tokens >= 1 (or null)")
        self.sampling()

    def sampling(self) -> Sampling:
        """Return the settings that a model samples with."""
        return Sampling(
            self.max_new_tokens,
            self.temperature,
            self.top_k,
            self.top_p,
            self.repetition_penalty,
            self.decoder,
            self.batch_size,
        )

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
        """Return shard `index`, with `tokens` drawn before it; None when the prompts or the budget are used up."""
        place = shard_place(index, len(prompts), self.draws, shard_rows(prompts, self.batch_size))
        if place is None or (self.tokens is not None and tokens >= self.tokens):
            return None
        draw, rows = place
        piece = Samples(prompts.table.slice(rows.start, len(rows)), prompts.kind)
        return teacher.sample(piece, draw, self.sampling(), key, generation, written_by)


def shard_rows(prompts: Samples, batch_size: int) -> int:
    """Return how many prompts one shard serves: a batch of texts, or all of a closed-form world."""
    return batch_size if prompts.kind == "text" else max(len(prompts), 1)


def shard_place(index: int, n_prompts: int, draws: int, rows: int) -> tuple[int, range] | None:
    """Return which draw and which prompts shard `index` holds; None after the last."""
    per_draw = -(-n_prompts // rows)
    draw, block = divmod(index, max(per_draw, 1))
    if draw >= draws or not n_prompts:
        return None
    return draw, range(block * rows, min((block + 1) * rows, n_prompts))
