"""The base of filters that compare rows with each other: they read all shards before they judge."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import ClassVar

from loops.given import Given
from loops.key import Key
from loops.samples import Samples
from loops.verdicts import Verdicts


class WholeFilter(ABC):
    """Judges all texts together; a subclass is a frozen dataclass with a `judge_all`."""

    __slots__ = ()

    kinds: ClassVar[tuple[str, ...]] = ("text",)
    needs: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def judge_all(self, samples: Samples, given: Given, key: Key) -> Verdicts:
        """Return the verdicts on all rows, at least one, in order; no verdict depends on the order."""

    def judge(self, shards: Iterable[Samples], given: Given, key: Key) -> Iterator[Verdicts]:
        """Yield the verdicts of each shard, in order, once all are read; none without a row."""
        parts = list(shards)
        if sum(map(len, parts)):
            yield from self.judge_all(Samples.concat(parts), given, key).split([len(part) for part in parts])
