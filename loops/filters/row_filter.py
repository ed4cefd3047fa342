"""The base of filters that judge each row by itself: one function of a row."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import ClassVar

from loops.given import Given
from loops.key import Key
from loops.samples import Sample, Samples
from loops.verdicts import Verdicts


class RowFilter(ABC):
    """Judges text rows one by one; a subclass is a frozen dataclass with a `reason`."""

    __slots__ = ()

    kinds: ClassVar[tuple[str, ...]] = ("text",)
    needs: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def reason(self, sample: Sample) -> str | None:
        """Return why the row is dropped, as a reason code; None keeps it."""

    def judge(self, shards: Iterable[Samples], given: Given, key: Key) -> Iterator[Verdicts]:
        """Yield the verdicts of each shard, in order."""
        for shard in shards:
            yield Verdicts.of([self.reason(row) for row in shard.text_rows()])
