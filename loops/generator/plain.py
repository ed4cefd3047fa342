"""Draws completions one by one for each prompt, until the budget of tokens is reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from loops.generator.sampler import Sampler
from loops.given import Given
from loops.key import Key
from loops.model import OpenModel
from loops.samples import Samples


@dataclass(frozen=True, slots=True)
class Plain(Sampler):
    """Every draw is kept as it comes."""

    kinds: ClassVar[tuple[str, ...]] = ("text", "array", "vector")

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
        place = self.piece(index, tokens, prompts)
        if place is None:
            return None
        draw, piece = place
        return teacher.sample(piece, draw, self.sampling(), key, generation, written_by)
