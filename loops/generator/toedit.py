"""Edits human text instead of writing: tokens that the teacher is very sure of are drawn anew, all others stay."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import ClassVar

import numpy as np

from loops.generator.sampler import shard_place
from loops.given import Given
from loops.key import Key
from loops.model import OpenModel, TokenEditing
from loops.rows import Rows
from loops.samples import Samples


@dataclass(frozen=True, slots=True)
class ToEdit(TokenEditing):
    """Token-level editing (Zhu et al. 2025, arXiv 2412.14689) of the human text that generation 0 is trained on.

    Every generation edits the human text itself, not what the generation before made of it. There are at most as many
    texts as prompts, in a new random order in each generation; prompts are not read. `written_by` names the editor, so
    that edited text counts as synthetic, but all of it but `changed_share` is human: a corpus of it costs that much
    human text.
    """

    batch_size: int
    """Texts in a shard."""
    tokens: int | None
    """Stop once the edited texts hold this many tokens; null: all are edited."""

    kinds: ClassVar[tuple[str, ...]] = ("text",)
    needs: ClassVar[tuple[str, ...]] = ("human_corpus",)
    changes: ClassVar[str] = "tokens"

    def __post_init__(self) -> None:
        TokenEditing.__post_init__(self)  # super() would look for the class that `slots` has replaced
        if self.batch_size < 1 or (self.tokens is not None and self.tokens < 1):
            raise ValueError("want batch_size >= 1 and tokens >= 1 (or null)")

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
        """Return shard `index`, with `tokens` edited before it; None when the texts or the budget are used up."""
        human: Rows = given.human_corpus
        place = shard_place(index, min(len(human), len(prompts)), 1, self.batch_size)
        if place is None or (self.tokens is not None and tokens >= self.tokens):
            return None
        order = key.fold("order").rng().permutation(len(human))
        _, served = place
        texts = human.select(order[np.array(served)]).samples()
        editing = TokenEditing(**{field.name: getattr(self, field.name) for field in fields(TokenEditing)})
        return teacher.edit(texts, editing, key, generation, written_by)
