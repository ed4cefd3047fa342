"""The base of one-row filters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from loops.filters.row_filter import RowFilter
from loops.given import Given
from loops.key import Key
from loops.samples import Sample, Samples


@dataclass(frozen=True, slots=True)
class Shout(RowFilter):
    """Drops texts in capitals."""

    code: str

    def reason(self, sample: Sample) -> str | None:
        """Drop what is all capitals."""
        return self.code if sample.completion.isupper() else None


def test_a_filter_is_one_function_of_a_row() -> None:
    samples = Samples.of_text([{"completion": "quiet"}, {"completion": "LOUD"}])
    (verdicts,) = Shout("loud").judge([samples], Given({}), Key.root(0))
    assert verdicts.reason.to_pylist() == [None, "loud"]
    assert verdicts.weight.tolist() == [1, 1]
    assert verdicts.counts() == {"loud": 1}


def test_shards_are_judged_as_they_come() -> None:
    read = []

    def shards() -> Iterator[Samples]:
        for number in range(3):
            read.append(number)
            yield Samples.of_text([{"completion": "x"}])

    verdicts = Shout("loud").judge(shards(), Given({}), Key.root(0))
    next(verdicts)
    assert read == [0]


def test_an_empty_shard_has_empty_verdicts() -> None:
    empty = Samples.of_text([{"completion": "x"}]).select(np.zeros(0, int))
    (verdicts,) = Shout("loud").judge([empty], Given({}), Key.root(0))
    assert len(verdicts) == 0
