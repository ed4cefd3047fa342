"""Repeated sequences by hand, at their extremes, and against a search of real text."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from evals.metrics.repeated_sequences import RepeatedSequences, repeated_sequences
from evals.ngram_counts import NgramCounts
from evals.words import words


def by_search(documents: list[list[str]], min_words: int) -> float:
    """Look for each sequence in the text of all documents, with a border that no sequence holds between two."""
    text = " | ".join(" ".join(document) for document in documents)
    covered = [[False] * len(document) for document in documents]
    for document, marks in zip(documents, covered, strict=True):
        for start in range(len(document) - min_words + 1):
            sequence = f" {' '.join(document[start : start + min_words])} "
            first = f" {text} ".find(sequence)
            if f" {text} ".find(sequence, first + 1) >= 0:
                marks[start : start + min_words] = [True] * min_words
    flat = [mark for marks in covered for mark in marks]
    return sum(flat) / len(flat)


def test_value_by_hand() -> None:
    # a b c d | x b c d | y: b c d stands in two texts, 6 of 9 words; no text equals another
    texts = [list("abcd"), list("xbcd"), ["y"]]
    assert repeated_sequences(texts, 3) == {"words": 6 / 9, "texts": 0.0}
    # a b c and b c d do not both come twice, so a sequence of 4 does not
    assert repeated_sequences(texts, 4) == {"words": 0.0, "texts": 0.0}


def test_every_copy_of_a_text_counts() -> None:
    # a b, twice: 2 of 3 texts, 4 of 6 words
    assert repeated_sequences([list("ab"), list("cd"), list("ab")], 2) == {"words": 4 / 6, "texts": 2 / 3}


def test_a_sequence_repeats_within_a_text_and_may_overlap_its_copy() -> None:
    # x a b a b a: aba stands at 1 and at 3, and bab once: all but x
    assert repeated_sequences([list("xababa")], 3)["words"] == 5 / 6


def test_sequences_do_not_cross_documents() -> None:
    assert repeated_sequences([list("ab"), list("cd"), list("bc")], 2)["words"] == 0.0


def test_extremes_are_zero_without_repetition_and_one_for_copies() -> None:
    assert repeated_sequences([list("abcdefgh"), list("ijklmnop")], 1) == {"words": 0.0, "texts": 0.0}
    assert repeated_sequences([list("abcdefgh")] * 2, 8) == {"words": 1.0, "texts": 1.0}


def test_order_of_documents_does_not_matter(lexical: Any) -> None:
    texts = lexical.documents[:200]
    assert repeated_sequences(texts[::-1], 4) == repeated_sequences(texts, 4)


def test_rows_of_numbers_are_texts_too() -> None:
    rows: list[Any] = [np.array([1, 2, 3]), np.array([4, 1, 2]), np.array([5])]
    assert RepeatedSequences(min_words=2).measure(rows, None) == {"words": 4 / 7, "texts": 0.0}


@pytest.mark.parametrize("min_words", [1, 3, 8])
def test_real_text_agrees_with_a_search(tinystories: str, min_words: int) -> None:
    documents = [words(line) for line in tinystories.splitlines()[:150] if line.strip()]
    assert 0 < by_search(documents, min_words) < 1
    assert repeated_sequences(documents, min_words)["words"] == by_search(documents, min_words)


def test_single_words_that_come_twice_are_those_counted_twice(tinystories: str) -> None:
    documents = [words(line) for line in tinystories.splitlines()]
    view = NgramCounts.of(documents, [1]).counts()[1].view
    assert repeated_sequences(documents, 1)["words"] == pytest.approx(view[view > 1].sum() / view.sum())


def test_nothing_to_count_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"repeated_sequences: none of 0 texts has 8 words"):
        repeated_sequences([], 8)
    with pytest.raises(ValueError, match=r"none of 2 texts has 8 words, want 1 or more. .*or lower min_words"):
        RepeatedSequences(min_words=8).measure([["a"] * 7, ["b"]], None)


def test_impossible_settings_are_refused_when_the_component_is_made() -> None:
    with pytest.raises(ValueError, match=r"repeated_sequences: min_words is 0, want 1 or more"):
        RepeatedSequences(min_words=0)
