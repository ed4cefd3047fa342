"""The base of filters that read all shards before they judge."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from loops.filters.whole_filter import WholeFilter
from loops.given import Given
from loops.key import Key
from loops.samples import Samples
from loops.verdicts import Verdicts


@dataclass(frozen=True, slots=True)
class Longest(WholeFilter):
    """Keeps the longest text."""

    def judge_all(self, samples: Samples, given: Given, key: Key) -> Verdicts:
        """Drop what is shorter than the longest of all."""
        lengths = [len(text) for text in samples.texts()]
        return Verdicts.of(
            [None if length == max(lengths) else "short" for length in lengths], np.array(lengths, float), {"rows": 3.0}
        )


SAMPLES = Samples.of_text([{"completion": text} for text in ("a", "ccc", "bb")])


def test_all_shards_are_compared_and_each_gets_its_own_verdicts() -> None:
    first, second = Longest().judge(SAMPLES.shards(2), Given({}), Key.root(0))
    assert first.reason.to_pylist() == ["short", None]
    assert second.reason.to_pylist() == ["short"]
    assert second.weight.tolist() == [2.0]
    assert first.figures == {"rows": 3.0}


def test_without_a_row_there_is_nothing_to_compare() -> None:
    empty = SAMPLES.select(np.zeros(0, int))
    assert list(Longest().judge([empty], Given({}), Key.root(0))) == []
    assert list(Longest().judge([], Given({}), Key.root(0))) == []
