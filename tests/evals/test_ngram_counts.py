"""N-gram counts over any documents of a view equal a count of tuples over those documents."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from evals.ngram_counts import NgramCounts
from evals.words import ngrams, words

VIEW = [["a", "b", "a"], ["b"], ["a", "b"]]
REFERENCE = [["b", "a", "c"]]


def test_counts_by_hand() -> None:
    # bigrams of the view: ab ba | | ab; of the reference: ba ac
    counts = NgramCounts.of(VIEW, [2], REFERENCE)
    assert sorted(zip(*counts.counts()[2], strict=True)) == [(0, 1), (1, 1), (2, 0)]
    assert sorted(zip(*counts.counts([0])[2], strict=True)) == [(0, 1), (1, 0), (1, 1)]


def test_kinds_keep_their_places_whatever_is_left_out() -> None:
    counts = NgramCounts.of(VIEW, [1, 2], REFERENCE)
    for n in (1, 2):
        parts = [counts.counts([place])[n].view for place in range(3)]
        assert np.array_equal(np.sum(parts, axis=0), counts.counts()[n].view)
        assert np.array_equal(counts.counts([])[n].reference, counts.counts()[n].reference)
        assert counts.counts([])[n].view.sum() == 0


def test_without_a_reference_its_counts_are_zero() -> None:
    assert NgramCounts.of(VIEW, [1]).counts()[1].reference.tolist() == [0, 0]


def test_its_length_is_the_number_of_documents() -> None:
    assert len(NgramCounts.of(VIEW, [1], REFERENCE)) == 3


def test_real_text_without_a_group_is_counted_as_tuples_are(wikitext: list[str]) -> None:
    documents = [words(line) for line in wikitext[:300]]
    kept = [place for place in range(300) if place % 20]
    view = NgramCounts.of(documents, [3], documents[:20]).counts(kept)[3].view
    expected = Counter(gram for place in kept for gram in ngrams(documents[place], 3))
    assert sorted(view[view > 0].tolist()) == sorted(expected.values())


def test_a_length_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="want one or more lengths"):
        NgramCounts.of(VIEW, [0])
