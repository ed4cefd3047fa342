"""Frequency buckets: which words and tokens are common, and which are rare, in human train text.

Buckets are always made from human train counts, never from a student's own frequencies: a student that
narrows would otherwise redefine its own tail.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T", bound=Hashable)

UNSEEN = "unseen"
"""Quartile bucket of a type that human train text does not hold."""
UNSEEN_DECADE = "seen_0"
"""The same in decade buckets."""
QUARTILES = ("head", "upper", "lower", "tail")
"""From the most frequent quarter of the mass to the least frequent."""


class Size(NamedTuple):
    """How much of a text lies in a bucket."""

    types: int
    occurrences: int


@dataclass(frozen=True, slots=True)
class Buckets(Generic[T]):
    """The bucket of every type seen in human train text, under both divisions."""

    decades: Mapping[T, str]
    quartiles: Mapping[T, str]

    @classmethod
    def of(cls, counts: Mapping[T, int]) -> Buckets[T]:
        """Make both divisions from human train counts."""
        return cls(decade_buckets(counts), mass_quartiles(counts))

    def decade_sizes(self, counts: Mapping[T, int]) -> dict[str, Size]:
        """Return types and occurrences of a text in each decade bucket, rarest first, without empty ones."""
        return _sizes(self.decades, counts, UNSEEN_DECADE, rarest_first)

    def quartile_sizes(self, counts: Mapping[T, int]) -> dict[str, Size]:
        """Return types and occurrences of a text in each quartile, head first, without empty ones."""
        return _sizes(self.quartiles, counts, UNSEEN, (*QUARTILES, UNSEEN).index)


@dataclass(frozen=True)
class TrainCounts:
    """How often each word and each token occurs in the human train split."""

    words: Mapping[str, int]
    tokens: Mapping[int, int]

    @cached_property
    def word_buckets(self) -> Buckets[str]:
        """The buckets of the words, divided once: a jackknife asks for them twenty times."""
        return Buckets.of(self.words)


def decade(count: int) -> str:
    """Name the bucket of a type seen `count` times: seen_0, _1, _2_3, _4_10, _11_100, _101_1000, and so on.

    Raises:
        ValueError: a negative count.
    """
    if count < 0:
        raise ValueError(f"decade: count is {count}, want 0 or more.")
    if count < 2:
        return f"seen_{count}"
    if count < 4:
        return "seen_2_3"
    if count <= 10:
        return "seen_4_10"
    top = 10 ** len(str(count - 1))
    return f"seen_{top // 10 + 1}_{top}"


def rarest_first(name: str) -> int:
    """Sort key of decade bucket names: the smallest count in the bucket."""
    return int(name.split("_")[1])


def decade_buckets(counts: Mapping[T, int]) -> dict[T, str]:
    """Give every type of human train text its decade bucket; a type that is not there is in `seen_0`.

    Raises:
        ValueError: no types, or a count below 1.
    """
    _check_counts("decade_buckets", counts)
    return {kind: decade(count) for kind, count in counts.items()}


def mass_quartiles(counts: Mapping[T, int]) -> dict[T, str]:
    """Divide the types, most frequent first, into four buckets with a quarter of all occurrences each.

    Types with equal counts stay together: where a boundary falls among them, they all go to the bucket on the
    head's side of it. A bucket lies where its first occurrence lies, so the division does not depend on the
    order of ties, buckets hold a quarter only nearly, and one that a tie swallows is empty.

    Raises:
        ValueError: no types, or a count below 1.
    """
    _check_counts("mass_quartiles", counts)
    total = sum(counts.values())
    buckets: dict[T, str] = {}
    before = 0
    ranked = sorted(counts.items(), key=lambda item: -item[1])
    for count, tied in groupby(ranked, key=lambda item: item[1]):
        bucket = QUARTILES[4 * before // total]
        for kind, _ in tied:
            buckets[kind] = bucket
            before += count
    return buckets


def _sizes(
    buckets: Mapping[T, str], counts: Mapping[T, int], unseen: str, order: Callable[[str], int]
) -> dict[str, Size]:
    types: Counter[str] = Counter()
    occurrences: Counter[str] = Counter()
    for kind, count in counts.items():
        bucket = buckets.get(kind, unseen)
        types[bucket] += 1
        occurrences[bucket] += count
    return {bucket: Size(types[bucket], occurrences[bucket]) for bucket in sorted(types, key=order)}


def _check_counts(where: str, counts: Mapping[T, int]) -> None:
    if not counts:
        raise ValueError(f"{where}: got no counts, want those of the human train split.")
    least = min(counts, key=counts.__getitem__)
    if counts[least] < 1:
        raise ValueError(f"{where}: {least!r} has count {counts[least]}, want 1 or more. Leave out what is not seen.")
