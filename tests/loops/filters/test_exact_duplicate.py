"""The filter of exact duplicates."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from loops.filters.exact_duplicate import ExactDuplicate, normalised
from loops.given import Given
from loops.key import Key
from loops.samples import Samples

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"


def _kept(texts: list[str], how: Literal["none", "white_space", "words"], rows: int = 100) -> list[bool]:
    samples = Samples.of_text([{"completion": text} for text in texts])
    verdicts = ExactDuplicate(how).judge(samples.shards(rows), Given({}), Key.root(0))
    return [bool(kept) for each in verdicts for kept in each.kept]


@pytest.mark.parametrize("rows", [1, 2, 100])
def test_the_first_of_equal_texts_stays_over_all_shards(rows: int) -> None:
    assert _kept(["a", "b", "a", "c", "b", "a"], "none", rows) == [True, True, False, True, False, False]


def test_what_counts_as_equal_is_a_setting() -> None:
    texts = ["It is.", "It  is.\n", "it is", "It was."]
    assert _kept(texts, "none") == [True, True, True, True]
    assert _kept(texts, "white_space") == [True, False, True, True]
    assert _kept(texts, "words") == [True, False, False, True]


def test_the_form_that_is_compared() -> None:
    assert normalised(" a\n b", "none") == " a\n b"
    assert normalised(" a\n b", "white_space") == "a b"
    # The ligature and the full-width letter are their plain letters in normal form KC.
    assert normalised("\ufb01ne \uff21!", "words") == "fine a"


def test_rows_of_a_world_are_equal_when_replica_and_value_are() -> None:
    rows = Samples.of_arrays(np.array([[1], [1], [2], [1]]), np.array([0, 1, 0, 0]))
    (verdicts,) = ExactDuplicate("none").judge([rows], Given({}), Key.root(0))
    assert verdicts.kept.tolist() == [True, True, True, False]


def test_each_row_costs_no_more_than_its_digest() -> None:
    long_texts = (Samples.of_text([{"completion": f"{index} {'x' * 2000}"}]) for index in range(3000))
    tracemalloc.start()
    for _ in ExactDuplicate("none").judge(long_texts, Given({}), Key.root(0)):
        pass
    held, _ = tracemalloc.get_traced_memory()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # 3,000 texts of 2,000 characters are 6 MB; a digest in a set takes about 100 bytes.
    assert held < 2e6
    assert peak < 2e6


@pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data is absent: real generated texts")
def test_a_set_that_was_deduplicated_loses_little() -> None:
    with gzip.open(DATA / "dedup/gpteacher_toolformer/dedupe-only.json.gz") as file:
        texts = [json.dumps(record, sort_keys=True) for record in json.load(file)]
    assert all(_kept(texts, "none")) == (len(set(texts)) == len(texts))
    assert sum(_kept(texts + texts, "none")) == len(set(texts))
