"""Keep rows at random: the control for every other filter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from loops.given import Given
from loops.key import Key
from loops.samples import Samples
from loops.verdicts import Verdicts

HASHED = 2**128


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
        limit = int(self.keep_share * HASHED)
        for shard in shards:
            names = (row_id.tobytes().hex() for row_id in shard.ids())
            yield Verdicts.of([None if int(key.fold(name).digest, 16) < limit else "random" for name in names])
