"""Searches the most probable completion of each prompt; nothing is drawn at random."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import ClassVar

from loops.generator.sampler import shard_place
from loops.given import Given
from loops.key import Key
from loops.model import BeamSearch, OpenModel
from loops.samples import Samples


@dataclass(frozen=True, slots=True)
class Beam(BeamSearch):
    """Beam search as in Shumailov et al. 2024 and Drayson et al. 2025: one text for each prompt, none of it random."""

    tokens: int | None
    """Stop once the completions hold this many tokens; null: every prompt is answered."""

    kinds: ClassVar[tuple[str, ...]] = ("text",)
    needs: ClassVar[tuple[str, ...]] = ()
    is_deterministic: ClassVar[bool] = True

    def __post_init__(self) -> None:
        BeamSearch.__post_init__(self)  # super() would look for the class that `slots` has replaced
        if self.tokens is not None and self.tokens < 1:
            raise ValueError(f"tokens: got {self.tokens}, want at least 1, or null")

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
        """Return shard `index`, with `tokens` written before it; None when the prompts or the budget are used up."""
        place = shard_place(index, len(prompts), 1, self.batch_size)
        if place is None or (self.tokens is not None and tokens >= self.tokens):
            return None
        _, served = place
        piece = Samples(prompts.table.slice(served.start, len(served)), prompts.kind)
        search = BeamSearch(**{field.name: getattr(self, field.name) for field in fields(BeamSearch)})
        return teacher.beam_search(piece, search, generation, written_by)
