"""Keep rows at random: the control for every other filter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from loops.given import Given
from loops.key import Key
from loops.samples import Samples
from loops.verdicts import Verdicts

HEX_DIGITS = 13  # 52 bits: all that a double in [0, 1) holds without rounding up to 1


@dataclass(frozen=True, slots=True)
class Random:
    """Keeps each row with the same chance, by its own name: order and shards change nothing."""

    keep_share: float
    """The chance of each row to stay; in [0, 1]. Texts that are equal in all but their scores share their fate."""

    kinds: ClassVar[tuple[str, ...]] = ("text", "array", "vector")
    needs: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.keep_share <= 1:
            raise ValueError(f"keep_share: got {self.keep_share}, want a share in [0, 1]. For 30% write 0.3")

    def judge(self, shards: Iterable[Samples], given: Given, key: Key) -> Iterator[Verdicts]:
        """Yield the verdicts of each shard; the reason of a drop is `random`."""
        for shard in shards:
            kept = row_uniforms(shard, key) < self.keep_share
            yield Verdicts.of([None if keep else "random" for keep in kept.tolist()])


def row_uniforms(samples: Samples, key: Key) -> np.ndarray:
    """Return a uniform number in [0, 1) for each row, by the row's name, (n_rows,)."""
    names = (row_id.tobytes().hex() for row_id in samples.ids())
    drawn = (int(key.fold(name).digest[:HEX_DIGITS], 16) for name in names)
    uniforms: np.ndarray = np.fromiter(drawn, np.float64, len(samples)) / 16**HEX_DIGITS
    return uniforms
