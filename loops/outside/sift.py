"""Judges the texts of a file with the filters of the loop, each on what the one before left."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from loops.errors import StageError
from loops.given import Given
from loops.key import Key
from loops.outside.text_file import Row, samples_of
from loops.samples import Samples

SHARD_ROWS = 10_000


class Shard(NamedTuple):
    """Some rows, and their places in the file."""

    places: np.ndarray  # (n_rows,)
    samples: Samples


def sift(rows: Iterable[Row], filters: Mapping[str, Any], key: Key) -> list[str | None]:
    """Return for each row why it is dropped, as filter/reason; None: all filters keep it.

    Some thousand rows are in memory at a time, unless a filter asks for more before it judges.

    Raises:
        StageError: a filter weighs rows, which a file cannot hold.
    """
    reasons: list[str | None] = []
    shards = _shards(rows, reasons)
    for name, judge in filters.items():
        shards = _left(shards, name, judge, key.fold("filter", name), reasons)
    deque(shards, maxlen=0)  # the last filter pulls the rows through all before it
    return reasons


def _shards(rows: Iterable[Row], reasons: list[str | None]) -> Iterator[Shard]:
    numbered = enumerate(rows)
    while batch := list(islice(numbered, SHARD_ROWS)):
        reasons += [None] * len(batch)
        yield Shard(np.array([place for place, _ in batch]), samples_of(batch))


def _left(shards: Iterator[Shard], name: str, judge: Any, key: Key, reasons: list[str | None]) -> Iterator[Shard]:
    """Yield what one filter leaves of each shard, and enter why it drops the rest."""
    waiting: deque[Shard] = deque()  # a filter may read on before it judges what it has read

    def read() -> Iterator[Samples]:
        for shard in shards:
            waiting.append(shard)
            yield shard.samples

    for verdicts in judge.judge(read(), Given({}), key):
        places, samples = waiting.popleft()
        if (verdicts.weight != 1).any():
            raise StageError(f"filters.{name}: weighs rows, which a file cannot hold. Use it in an experiment.")
        for place, reason in zip(places.tolist(), verdicts.reason.to_pylist(), strict=True):
            reasons[place] = None if reason is None else f"{name}/{reason}"
        kept = np.flatnonzero(verdicts.kept)
        yield Shard(places[kept], samples.select(kept))
    assert not waiting, f"filters.{name} gave no verdict on {sum(len(shard.places) for shard in waiting)} rows"
