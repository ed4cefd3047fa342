"""N-gram codes count the same n-grams as lists of tuples do."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from evals.ngram_codes import check_lengths, document_counts, ngram_codes
from evals.words import ngrams, words


@pytest.mark.parametrize("n_kinds", [2, 30, 100_000])
def test_codes_are_equal_exactly_where_the_n_grams_are(n_kinds: int) -> None:
    rng = np.random.default_rng(n_kinds)
    documents = [rng.integers(n_kinds, size=size).tolist() for size in (0, 1, 5, 300, 2, 4000, 0)]
    for n, codes in ngram_codes(documents, range(1, 9)).items():
        expected = [(place, gram) for place, document in enumerate(documents) for gram in ngrams(document, n)]
        assert codes.document.tolist() == [place for place, _ in expected]
        pairs = set(zip(codes.ngram.tolist(), (gram for _, gram in expected), strict=True))
        assert len(pairs) == len({code for code, _ in pairs}) == len({gram for _, gram in pairs})


def test_long_n_grams_of_real_text_are_counted_as_tuples_are(wikitext: list[str]) -> None:
    documents = [words(line) for line in wikitext[:400]]
    counts = Counter(gram for document in documents for gram in ngrams(document, 8))
    codes = ngram_codes(documents, [8])[8]
    assert sorted(np.unique(codes.ngram, return_counts=True)[1]) == sorted(counts.values())


def test_too_little_text_has_no_codes() -> None:
    short: list[list[list[str]]] = [[], [[]], [["a"]], [["a", "b"], ["c"]]]
    for documents in short:
        assert len(ngram_codes(documents, [5])[5].ngram) == 0


@pytest.mark.parametrize("lengths", [[], [0], [1, -2], [2, 2]])
def test_lengths_that_cannot_be_are_refused(lengths: list[int]) -> None:
    with pytest.raises(ValueError, match=r"want one or more lengths, each at least 1 and named once"):
        check_lengths("n", lengths)


def test_document_counts_by_hand() -> None:
    # pairs ab ba ab | ba: ab twice in the first, ba once in each
    counts = document_counts([list("abab"), list("x"), list("ba")], 2)
    assert list(zip(*counts, strict=True)) == [(0, 0, 2), (1, 0, 1), (1, 2, 1)]


def test_document_counts_of_nothing_are_empty() -> None:
    assert [len(column) for column in document_counts([["a"], []], 2)] == [0, 0, 0]
