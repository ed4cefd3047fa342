"""Documents as numbers read as the lists they were made of, and a part is measured as its documents are alone."""

from __future__ import annotations

import pickle
from collections import Counter
from typing import Any

import numpy as np
import pytest

from evals.documents import Documents, runs
from evals.metrics.compression import Codec, Compression
from evals.metrics.mattr import MATTR
from evals.metrics.mtld import MTLD
from evals.metrics.repeated_sequences import RepeatedSequences
from evals.metrics.self_bleu import SelfBLEU
from evals.metrics.self_repetition import SelfRepetition
from evals.ngram_codes import document_counts, ngram_codes
from evals.words import words

LISTS = [["a", "b", "a"], [], ["c"], ["b", "c", "d", "b"]]
READING_WORDS = [
    Compression(Codec.ZSTD, 3, 20, 5000),
    MATTR(100),
    MTLD(0.72),
    RepeatedSequences(3),
    SelfBLEU((2, 4), 50),
    SelfRepetition((1, 4)),
]


def test_documents_read_as_the_lists_they_were_made_of() -> None:
    documents = Documents.of(LISTS)
    assert list(documents) == LISTS
    assert [documents[place] for place in range(4)] == LISTS
    assert list(documents[1:3]) == LISTS[1:3]
    assert documents.word.tolist() == [0, 1, 0, 2, 1, 2, 3, 1]  # numbered by their first occurrence
    assert list(documents.vocabulary) == ["a", "b", "c", "d"]
    assert Documents.of(documents) is documents
    assert list(Documents.of(iter(LISTS))) == LISTS
    assert list(pickle.loads(pickle.dumps(documents))) == LISTS


def test_no_documents_have_no_words() -> None:
    empty: Documents[str] = Documents.of([])
    assert (len(empty), len(empty.word), list(empty), empty.counts()) == (0, 0, [], {})


def test_words_are_counted_where_they_occur() -> None:
    documents = Documents.of(LISTS)
    assert documents.counts() == {"a": 2, "b": 3, "c": 2, "d": 1}
    assert documents.part([0, 2]).counts() == {"a": 2, "b": 1, "c": 1}


def test_documents_are_cut_and_put_in_order() -> None:
    cut = Documents.of(LISTS).cut(np.array([3, 0, 1]), np.array([2, 3, 0]))
    assert list(cut) == [["b", "c"], ["a", "b", "a"], []]


@pytest.mark.parametrize(
    ("n_words", "expected"), [(2, [["a", "b"]]), (3, LISTS[:1]), (5, [*LISTS[:3], ["b"]]), (99, LISTS)]
)
def test_the_head_holds_the_first_words(n_words: int, expected: list[list[str]]) -> None:
    assert list(Documents.of(LISTS).head(n_words)) == expected


def test_documents_that_follow_are_numbered_alike() -> None:
    both = Documents.of(LISTS).followed_by(Documents.of([["d", "e"], ["a"]]))
    assert list(both) == [*LISTS, ["d", "e"], ["a"]]
    assert both.word[-3:].tolist() == [3, 4, 0]


def test_runs_by_hand() -> None:
    assert runs(np.array([5, 0, 9]), np.array([2, 0, 3])).tolist() == [5, 6, 9, 10, 11]
    assert runs(np.zeros(0, np.int64), np.zeros(0, np.int64)).tolist() == []


def test_a_part_holds_the_documents_at_its_places() -> None:
    part = Documents.of(LISTS).part([0, 1, 3])
    assert list(part) == [LISTS[0], LISTS[1], LISTS[3]]
    with pytest.raises(AssertionError, match="rise"):
        Documents.of(LISTS).part([2, 1])


def test_n_grams_of_a_part_are_those_of_its_documents_alone() -> None:
    rng = np.random.default_rng(0)
    lists = [rng.integers(4, size=size).tolist() for size in (5, 0, 9, 30, 1, 12)]
    kept = [0, 1, 3, 5]
    part, alone = Documents.of(lists).part(kept), [lists[place] for place in kept]
    for n in (1, 2, 5):
        own, beside = ngram_codes(part, [n])[n], ngram_codes(alone, [n])[n]
        assert own.document.tolist() == beside.document.tolist()
        pairs = set(zip(own.ngram.tolist(), beside.ngram.tolist(), strict=True))
        assert len(pairs) == len(set(own.ngram.tolist())) == len(set(beside.ngram.tolist()))
        counts = document_counts(part, n)
        expected = Counter(zip(own.document.tolist(), own.ngram.tolist(), strict=True))
        found = zip(counts.document.tolist(), counts.kind.tolist(), strict=True)
        assert dict(zip(found, counts.occurrences.tolist(), strict=True)) == expected


@pytest.mark.parametrize("metric", READING_WORDS, ids=lambda metric: type(metric).__name__)
def test_a_part_is_measured_as_its_documents_are_alone(metric: Any, wikitext: list[str]) -> None:
    lists = [words(line) for line in wikitext[:200]]
    lists += lists[:10]  # texts that are repeated
    whole, kept = Documents.of(lists), [place for place in range(210) if place % 20]
    whole_value = metric.measure(whole, None)  # what is kept of the whole must not leak into its parts
    assert metric.measure(whole.part(kept), None) == metric.measure([lists[place] for place in kept], None)
    assert metric.measure(whole, None) == whole_value == metric.measure(lists, None)
