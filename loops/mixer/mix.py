"""Mixes the corpus of a generation from human text, the pool of earlier generations and what was just kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np

from loops.errors import StageError
from loops.given import Given
from loops.key import Key
from loops.mixer.share_schedule import Shape, ShareSchedule
from loops.rows import Rows

World = int | None
"""The number of a replica; None: texts, which are one world."""
Sizes = Mapping[World, float]
NO_SCHEDULE = ("constant", None, None)
_NONE = np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True)
class Mix:
    """One algebra for the published regimes: a share of human text, a window of generations, a size.

    replace: (0, 1, null); accumulate: (null, null, null); accumulate and subsample: (null, null, size);
    human only: (1, 0, null). Sizes and shares are in training tokens, and hold in each replica of a closed-form world.
    """

    human_share: float | None
    """Share of human tokens in the corpus of generation 1, in [0, 1]; null: all human text once, whatever share that
    is."""
    window: int | None
    """Generations of kept text, the current one included; 0: none; null: all."""
    size: int | Literal["human"] | None
    """Tokens of the corpus, drawn without replacement; human: as many as generation 0's holds; null: all that
    human_share and window allow."""
    weights: tuple[float, ...] | None
    """Relative chance of a row to be drawn when `size` is set, newest generation first; the last one holds on."""
    fresh: bool
    """Whether the human share is text that no generation has seen; false: from generation 0's corpus each time."""

    schedule: Shape
    """How the share changes over generations: constant, step, linear, exponential, or inverse for human_share / g."""
    last_human_share: float | None
    """Where a step, linear or exponential schedule ends, and stays."""
    last_generation: int | None
    """The generation in which it gets there."""

    kinds: ClassVar = ("text", "array", "vector")
    needs: ClassVar = ("tokenizer",)

    def __post_init__(self) -> None:
        if self.human_share is not None and not 0 <= self.human_share <= 1:
            raise ValueError(f"human_share: got {self.human_share}, want a share in [0, 1]. For 30% write 0.3")
        if self.human_share is None and (self.schedule, self.last_human_share, self.last_generation) != NO_SCHEDULE:
            raise ValueError("schedule: human_share is null, so there is no share to change. Set human_share")
        least, greatest = self._schedule.shares if self.human_share is not None else (0.0, 0.0)
        if self.fresh and not (0 < greatest <= 1 if self.size is not None else 0 < greatest < 1):
            raise ValueError(
                "fresh: want a human_share above 0 and below 1, since it says how much is fresh; 1 where size is set"
            )
        if self.window is not None and self.window < 0:
            raise ValueError(f"window: got {self.window}, want 0 or more generations, or null for all")
        if isinstance(self.size, int) and self.size < 1:
            raise ValueError(f"size: got {self.size}, want at least 1 token, human, or null for all")
        if self.fresh and self.size == "human":
            raise ValueError("size=human is what generation 0 read, but fresh takes what it left. Give a number")
        if self.weights is not None and (self.size is None or not self.weights or min(self.weights) <= 0):
            raise ValueError(
                "weights: want numbers above 0, and `size` to be set, since they say what is drawn into it"
            )
        if self.window == 0 and self.human_share is not None and least < 1:
            raise ValueError("window 0 leaves human text alone: want human_share=1 or null")

    @property
    def reads_drawn(self) -> bool:
        """Whether any synthetic text is read; what no mixer reads is not drawn."""
        return self.window != 0 and (self.human_share is None or self._schedule.shares[0] < 1)

    @property
    def _schedule(self) -> ShareSchedule:
        assert self.human_share is not None
        return ShareSchedule(self.schedule, self.human_share, self.last_human_share, self.last_generation)

    def human_tokens(self, generation: int, kept_tokens: float) -> float:
        """Return the human tokens that a generation asks for, if each has kept so many; 0: it takes what there is."""
        if self.human_share is None:
            return 0.0
        share = self._schedule.at(generation)
        if self.size == "human":
            return 0.0  # no share of a whole is more than the whole
        if self.size is not None:
            return share * self.size
        n = generation if self.window is None else min(self.window, generation)
        return 0.0 if share == 1 else share / (1 - share) * n * kept_tokens

    def mix(
        self, human: Rows, pool: Sequence[Rows], kept: Rows | None, given: Given, key: Key, generation: int
    ) -> Rows:
        """Return the corpus of a generation: references to rows of human text and of kept text.

        With `fresh`, `human` is what generation 0 left over, in the order in which it is used up; generation g skips
        what the generations before took, told by what they kept.

        Raises:
            StageError: there is less human or kept text than the share and size ask for.
        """
        kept_rows = [*pool, kept] if kept is not None else list(pool)
        synthetic = self._in_window(kept_rows) if self.reads_drawn else []
        odds = np.concatenate([np.zeros(0), *(self._odds(i, rows) for i, rows in enumerate(reversed(synthetic)))][::-1])
        together = Rows.concat(synthetic)
        if self.human_share is None:
            whole = Rows.concat([human, together])
            sizes = self._whole(human, given)
            return _draw(whole, np.concatenate([human.weight, odds]), sizes, given, key.fold("all"), "corpus")
        human_size, kept_size = self._sizes(human, together, given, generation)
        drawn_kept = _draw(together, odds, kept_size, given, key.fold("kept"), "kept text")
        if not self.fresh:
            drawn_human = _draw(human, human.weight, human_size, given, key.fold("human"), "human text")
            return Rows.concat([drawn_human, drawn_kept])
        assert human_size is not None  # a share below 1 of something, or of a size
        first = generation - len(kept_rows) + 1  # the generation of the oldest kept text
        before = [
            self._sizes(human, Rows.concat(self._in_window(kept_rows[: i + 1])), given, first + i)[0]
            for i in range(len(kept_rows) - 1)
        ]
        used = {world: sum(sizes[world] for sizes in before if sizes is not None) for world in human_size}
        return Rows.concat([_next(human, used, human_size, given), drawn_kept])

    def _in_window(self, kept: Sequence[Rows]) -> Sequence[Rows]:
        return kept if self.window is None else kept[max(len(kept) - self.window, 0) :]

    def _odds(self, age: int, rows: Rows) -> np.ndarray:
        weights = self.weights or (1.0,)
        odds: np.ndarray = rows.weight * weights[min(age, len(weights) - 1)]
        return odds

    def _whole(self, human: Rows, given: Given) -> Sizes | None:
        """Return the tokens of the corpus in each world; None: all there is."""
        places = _places(human)
        if self.size != "human":
            return None if self.size is None else dict.fromkeys(places, float(self.size))
        tokens = tokens_of(human, given) * human.weight
        return {world: float(tokens[mine].sum()) for world, mine in places.items()}

    def _sizes(self, human: Rows, synthetic: Rows, given: Given, generation: int) -> tuple[Sizes | None, Sizes | None]:
        """Return the tokens of human and of kept text in each world; None: all there is."""
        share, whole = self._schedule.at(generation), self._whole(human, given)
        if whole is not None:
            human_size, kept_size = (
                {world: part * size for world, size in whole.items()} for part in (share, 1 - share)
            )
            return human_size, kept_size
        worlds = list(_places(human))
        if share in (0, 1):
            nothing = dict.fromkeys(worlds, 0.0)
            return (nothing, None) if share == 0 else (None, nothing)
        tokens, places = tokens_of(synthetic, given) * synthetic.weight, _places(synthetic)
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
    """Draw rows of each world until its size in tokens is reached; the order of the rows stays.

    A drawn row stands once: its weight was its odds. Where all rows are taken, weights say how often each stands.
    """
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
            weight[mine] = _first(tokens[mine], odds[mine], size, place, what)
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
