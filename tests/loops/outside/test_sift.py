from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pytest

import loops.outside.sift
from loops.errors import StageError
from loops.filters.exact_duplicate import ExactDuplicate
from loops.filters.length import Length
from loops.filters.random import Random
from loops.key import Key
from loops.outside.sift import sift
from loops.outside.text_file import Row
from loops.samples import Samples
from loops.verdicts import Verdicts


def rows(*texts: str) -> list[Row]:
    return [Row(text) for text in texts]


def test_each_filter_judges_what_the_one_before_left() -> None:
    filters = {"exact_duplicate": ExactDuplicate("none"), "length": Length(2, None, False)}
    texts = rows("a b", "a", "a b", "a", "c d e")
    assert sift(texts, filters, Key.root(0)) == [
        None,
        "length/too_short",
        "exact_duplicate/duplicate",
        "exact_duplicate/duplicate",  # it fell before its length was looked at
        None,
    ]


def test_shards_change_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    filters = {"exact_duplicate": ExactDuplicate("none"), "random": Random(0.5), "length": Length(2, None, False)}
    texts = rows(*(f"text {i % 7}" if i % 3 else "x" for i in range(50)))
    whole = sift(texts, filters, Key.root(0))
    monkeypatch.setattr(loops.outside.sift, "SHARD_ROWS", 4)
    assert sift(iter(texts), filters, Key.root(0)) == whole
    assert {reason and reason.partition("/")[0] for reason in whole} == {None, "exact_duplicate", "random"}


def test_a_filter_may_read_everything_before_it_judges(monkeypatch: pytest.MonkeyPatch) -> None:
    class LongestOnly:
        def judge(self, shards: Iterable[Samples], given: object, key: Key) -> Iterator[Verdicts]:
            held = list(shards)
            longest = max(len(text) for shard in held for text in shard.texts())
            for shard in held:
                yield Verdicts.of([None if len(text) == longest else "shorter" for text in shard.texts()])

    monkeypatch.setattr(loops.outside.sift, "SHARD_ROWS", 2)
    found = sift(rows("aa", "bbb", "c", "ddd"), {"longest": LongestOnly()}, Key.root(0))
    assert found == ["longest/shorter", None, "longest/shorter", None]


def test_texts_that_are_equal_do_not_share_their_fate_at_random() -> None:
    found = sift(rows(*["same"] * 200), {"random": Random(0.5)}, Key.root(0))
    assert 60 < found.count(None) < 140  # 100 +- 7 expected


def test_weights_are_refused() -> None:
    class Weighs:
        def judge(self, shards: Iterable[Samples], given: object, key: Key) -> Iterator[Verdicts]:
            for shard in shards:
                yield Verdicts.of([None] * len(shard), np.full(len(shard), 0.5))

    with pytest.raises(StageError, match=r"filters\.weighs: weighs rows, which a file cannot hold"):
        sift(rows("a"), {"weighs": Weighs()}, Key.root(0))


def test_no_rows_get_no_verdicts() -> None:
    filters: dict[str, Any] = {"length": Length(2, None, False)}
    assert sift([], filters, Key.root(0)) == []
