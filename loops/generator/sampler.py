"""The base of generators that sample a model prompt by prompt: its settings, and which prompts a shard serves."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import ClassVar

from loops.model import Sampling
from loops.samples import Samples


@dataclass(frozen=True, slots=True)
class Sampler(Sampling):
    """Sampling settings, and how much is drawn with them; a subclass says what becomes of the draws."""

    draws: int
    """Completions for each prompt; with `budget=kept`, in each round."""
    tokens: int | None
    """Stop once the completions hold this many tokens, in each replica of a world; null: every prompt is drawn from."""

    needs: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        Sampling.__post_init__(self)  # super() would look for the class that `slots` has replaced
        if self.draws < 1 or (self.tokens is not None and self.tokens < 1):
            raise ValueError("want draws >= 1 and tokens >= 1 (or null)")

    @property
    def is_deterministic(self) -> bool:
        """Whether equal prompts get equal texts."""
        return self.top_k == 1

    def sampling(self) -> Sampling:
        """Return the settings that a model samples with."""
        return Sampling(**{field.name: getattr(self, field.name) for field in fields(Sampling)})

    def piece(self, index: int, tokens: int, prompts: Samples) -> tuple[int, Samples] | None:
        """Return the number of the draw and the prompts of shard `index`, with `tokens` drawn before it.

        A shard serves a batch of texts, or all of a closed-form world; None when the prompts or the budget are used up.
        """
        rows = self.batch_size if prompts.kind == "text" else max(len(prompts), 1)
        place = shard_place(index, len(prompts), self.draws, rows)
        if place is None or (self.tokens is not None and tokens >= self.tokens):
            return None
        draw, served = place
        return draw, Samples(prompts.table.slice(served.start, len(served)), prompts.kind)


def shard_place(index: int, n_prompts: int, draws: int, rows: int) -> tuple[int, range] | None:
    """Return which draw and which prompts shard `index` holds, `rows` prompts a shard; None after the last."""
    per_draw = -(-n_prompts // rows)
    draw, block = divmod(index, max(per_draw, 1))
    if draw >= draws or not n_prompts:
        return None
    return draw, range(block * rows, min((block + 1) * rows, n_prompts))
