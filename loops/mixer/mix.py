"""Mixes the corpus of a generation from human text, the pool of earlier generations and what was just kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from loops.errors import StageError
from loops.given import Given
from loops.key import Key
from loops.rows import Rows

World = int | None
"""The number of a replica; None: texts, which are one world."""
Sizes = Mapping[World, float]
_NONE = np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True)
class Mix:
    """One algebra for the published regimes: a share of human text, a window of generations, a size.

    replace: (0, 1, null); accumulate: (null, null, null); accumulate and subsample: (null, null, size);
    human only: (1, 0, null). Sizes and shares are in training tokens, and hold in each replica of a closed-form world.
    """

    human_share: float | None
    """Share of human tokens in the corpus, in [0, 1]; null: all human text once, whatever share that is."""
    window: int | None
    """Generations of kept text, the current one included; 0: none; null: all."""
    size: int | None
    """Tokens of the corpus, drawn without replacement; null: all that human_share and window allow."""
    weights: tuple[float, ...] | None
    """Relative chance of a row to be drawn when `size` is set, newest generation first; the last one holds on."""
    fresh: bool
    """Whether the human share is text that no generation has seen; false: from generation 0's corpus each time."""

    kinds: ClassVar = ("text", "array", "vector")
    needs: ClassVar = ("tokenizer",)

    def __post_init__(self) -> None:
        if self.human_share is not None and not 0 <= self.human_share <= 1:
            raise ValueError(f"human_share: got {self.human_share}, want a share in [0, 1]. For 30% write 0.3")
        if self.fresh and (self.human_share is None or not 0 < self.human_share < 1):
            raise ValueError("fresh: want a human_share above 0 and below 1, since it says how much is fresh")
        if self.window is not None and self.window < 0:
            raise ValueError(f"window: got {self.window}, want 0 or more generations, or null for all")
        if self.size is not None and self.size < 1:
            raise ValueError(f"size: got {self.size}, want at least 1 token, or null for all")
        if self.weights is not None and (self.size is None or not self.weights or min(self.weights) <= 0):
            raise ValueError(
                "weights: want numbers above 0, and `size` to be set, since they say what is drawn into it"
            )
        if self.window == 0 and self.human_share not in (None, 1.0):
            raise ValueError("window 0 leaves human text alone: want human_share=1 or null")

    @property
    def reads_drawn(self) -> bool:
        """Whether any synthetic text is read; what no mixer reads is not drawn."""
        return self.window != 0 and self.human_share != 1

    def mix(self, human: Rows, pool: Sequence[Rows], kept: Rows | None, given: Given, key: Key) -> Rows:
        """Return the corpus: references to rows of human text and of kept text.

        With `fresh`, `human` is what generation 0 left over, in the order in which it is used up; generation g skips
        what the generations before took, told by what they kept.

        Raises:
            StageError: there is less human or kept text than the share and size ask for.
        """
        kept_rows = [*pool, kept] if kept is not None else list(pool)
        synthetic = self._in_window(kept_rows) if self.reads_drawn else []
        odds = np.concatenate([np.zeros(0), *(self._odds(i, rows) for i, rows in enumerate(reversed(synthetic)))][::-1])
        together = Rows.concat(synthetic)
        worlds = list(_places(human))
        if self.human_share is None:
            whole = Rows.concat([human, together])
            size = None if self.size is None else dict.fromkeys(worlds, float(self.size))
            return _draw(whole, np.concatenate([human.weight, odds]), size, given, key.fold("all"), "corpus")
        human_size, kept_size = self._sizes(worlds, together, given)
        drawn_kept = _draw(together, odds, kept_size, given, key.fold("kept"), "kept text")
        if not self.fresh:
            drawn_human = _draw(human, human.weight, human_size, given, key.fold("human"), "human text")
            return Rows.concat([drawn_human, drawn_kept])
        assert human_size is not None  # a share below 1 of something
        earlier = [Rows.concat(self._in_window(kept_rows[:g])) for g in range(1, len(kept_rows))]
        before = [self._sizes(worlds, rows, given)[0] for rows in earlier]
        used = {world: sum(sizes[world] for sizes in before if sizes is not None) for world in worlds}
        return Rows.concat([_next(human, used, human_size, given), drawn_kept])

    def _in_window(self, kept: Sequence[Rows]) -> Sequence[Rows]:
        return kept if self.window is None else kept[max(len(kept) - self.window, 0) :]

    def _odds(self, age: int, rows: Rows) -> np.ndarray:
        weights = self.weights or (1.0,)
        odds: np.ndarray = rows.weight * weights[min(age, len(weights) - 1)]
        return odds

    def _sizes(self, worlds: Sequence[World], synthetic: Rows, given: Given) -> tuple[Sizes | None, Sizes | None]:
        """Return the tokens of human and of kept text in each world; None: all there is."""
        share = self.human_share
        assert share is not None
        if self.size is not None:
            return dict.fromkeys(worlds, share * self.size), dict.fromkeys(worlds, (1 - share) * self.size)
        if share in (0, 1):
            nothing = dict.fromkeys(worlds, 0.0)
            return (nothing, None) if share == 0 else (None, nothing)
        tokens, places = tokens_of(synthetic, given), _places(synthetic)
        beside = share / (1 - share)
        return {world: beside * float(tokens[places.get(world, _NONE)].sum()) for world in worlds}, None


def tokens_of(rows: Rows, given: Given) -> np.ndarray:
    """Return the training tokens of each row, (n_rows,)."""
    if not len(rows):
        return np.zeros(0)
    count: np.ndarray = given.tokenizer.count(rows.samples())
    return count


def _places(rows: Rows) -> dict[World, np.ndarray]:
    """Return where the rows of each world stand; texts are one world, replicas are many."""
    samples = rows.samples() if len(rows) else None
    if samples is None or samples.kind == "text":
        return {None: np.arange(len(rows))}
    replica = samples.numbers("replica")
    order = np.argsort(replica, kind="stable")
    borders = np.flatnonzero(np.diff(replica[order])) + 1
    return {int(replica[mine[0]]): mine for mine in np.split(order, borders)}


def _draw(rows: Rows, odds: np.ndarray, sizes: Sizes | None, given: Given, key: Key, what: str) -> Rows:
    """Draw rows of each world until its size in tokens is reached; the order of the rows stays."""
    if sizes is None:
        return rows
    if not any(sizes.values()):  # without counting the tokens of all rows first
        return rows.select(_NONE)
    tokens, places = tokens_of(rows, given), _places(rows)
    weight = np.zeros(len(rows))
    endless = len(rows) > 0 and rows.samples().endless
    for world, size in sizes.items():
        mine = places.get(world, _NONE)
        if endless:
            weight[mine] = size * odds[mine] / (tokens[mine] @ odds[mine])
        else:
            place = key if world is None else key.fold("replica", world)
            weight[mine] = rows.weight[mine] * _first(tokens[mine], odds[mine], size, place, what)
    chosen = np.flatnonzero(weight)
    return replace(rows.select(chosen), weight=weight[chosen])


def _next(rows: Rows, used: Sizes, sizes: Sizes, given: Given) -> Rows:
    """Take the rows of each world, in order, that come after `used` tokens, until `sizes` tokens.

    Raises:
        StageError: fewer are left.
    """
    tokens, places = tokens_of(rows, given), _places(rows)
    chosen = np.zeros(len(rows), bool)
    for world, size in sizes.items():
        mine = places.get(world, _NONE)
        before = np.cumsum(tokens[mine]) - tokens[mine]
        left = float(tokens[mine].sum()) - used[world]
        if left < size * (1 - 1e-9):
            raise StageError(
                f"mixer: human text that no generation has seen is used up: {max(left, 0.0):,.0f} tokens are left, "
                f"this generation asks for {size:,.0f}. Lower human_share or generations, or give a larger source."
            )
        slack = 1e-9 * size
        chosen[mine] = (before >= used[world] - slack) & (before < used[world] + size - slack)
    return rows.select(np.flatnonzero(chosen))


def _first(tokens: np.ndarray, odds: np.ndarray, size: float, key: Key, what: str) -> np.ndarray:
    """Draw rows without replacement, in proportion to their odds, until `size` tokens, (n_rows,) of bool.

    Each row gets the arrival time of an exponential clock with its odds as rate; the first to arrive are drawn
    (Efraimidis and Spirakis 2006), so a larger size only adds rows.
    """
    if tokens.sum() < size * (1 - 1e-9):
        raise StageError(
            f"mixer: {what} holds {tokens.sum():,.0f} tokens, the mix asks for {size:,.0f}. "
            "Lower `size` or `human_share`, or give a larger source."
        )
    arrival = np.argsort(key.rng().exponential(size=len(tokens)) / np.maximum(odds, 1e-300), kind="stable")
    before = np.cumsum(tokens[arrival]) - tokens[arrival]
    chosen = np.zeros(len(tokens), bool)
    chosen[arrival[before < size * (1 - 1e-9)]] = True
    return chosen
