"""Distinct-n by hand, at its extremes, and with an interval that holds the truth as often as it says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from evals.interval import delete_group_jackknife
from evals.metrics.distinct_n import DistinctN, distinct_n
from evals.ngram_counts import NgramCounts
from evals.words import ngrams, words

DOCUMENTS = [["a", "b", "a", "b"], ["b", "a"]]

N_DOCUMENTS, LENGTH, N_KINDS = 60, 20, 300
ZIPF = 1 / np.arange(1, N_KINDS + 1)


def zipf_sample(rng: np.random.Generator) -> np.ndarray:
    """Draw one corpus of the same number of words from a Zipf world."""
    return rng.choice(N_KINDS, size=(N_DOCUMENTS, LENGTH), p=ZIPF / ZIPF.sum())


def distinct_2(corpus: np.ndarray) -> float:
    """Count different neighbours over all, by another route than the package's."""
    pairs = corpus[:, :-1] * N_KINDS + corpus[:, 1:]
    return len(set(pairs.ravel().tolist())) / int(pairs.size)


def test_value_by_hand() -> None:
    # words a b a b | b a: 2 different of 6. Pairs ab ba ab | ba: 2 of 4. Triples aba bab: 2 of 2.
    assert distinct_n(DOCUMENTS, [1, 2, 3]) == {"1": 2 / 6, "2": 2 / 4, "3": 1.0}


def test_component_names_its_parts_by_length() -> None:
    counts = NgramCounts.of(DOCUMENTS, [2])
    assert DistinctN(n=(2,)).measure(counts.counts(), None) == {"2": 0.5}
    assert DistinctN(n=(2,)).measure(counts.counts([1]), None) == {"2": 1.0}  # ba alone


def test_extremes_are_one_for_all_different_and_one_over_n_for_all_the_same() -> None:
    assert distinct_n([range(50)], [1, 2, 3]) == {"1": 1.0, "2": 1.0, "3": 1.0}
    assert distinct_n([["a"] * 50], [1, 2]) == {"1": 1 / 50, "2": 1 / 49}


def test_order_of_documents_does_not_matter() -> None:
    assert distinct_n(DOCUMENTS[::-1], [1, 2]) == distinct_n(DOCUMENTS, [1, 2])


def test_n_grams_do_not_cross_documents() -> None:
    assert distinct_n([["a", "b"], ["a", "b"]], [2]) == {"2": 1 / 2}


def test_numbers_and_arrays_are_words_too() -> None:
    arrays: list[Any] = [np.array([1, 2, 1, 2]), np.array([2, 1])]
    assert distinct_n(arrays, [2]) == {"2": 0.5}


def test_real_text_agrees_with_a_count_of_tuples(tinystories: str) -> None:
    documents = [words(line) for line in tinystories.splitlines()]
    for n in (1, 2, 3):
        grams = [gram for document in documents for gram in ngrams(document, n)]
        assert distinct_n(documents, [n]) == {str(n): len(set(grams)) / len(grams)}


def test_nothing_to_count_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"distinct_n: the view holds no 1-gram, want 1 or more"):
        distinct_n([], [1])
    with pytest.raises(ValueError, match=r"distinct_n: the view holds no 3-gram.*leave 3 out of n"):
        distinct_n([["a", "b"], ["c"]], [2, 3])


def test_impossible_lengths_are_refused_when_the_component_is_made() -> None:
    with pytest.raises(ValueError, match=r"distinct_n: n is \[0\], want one or more lengths"):
        DistinctN(n=(0,))


def test_jackknife_holds_the_truth_as_often_as_it_says_and_a_bootstrap_does_not() -> None:
    rng = np.random.default_rng(20)
    truth = np.mean([distinct_2(zipf_sample(rng)) for _ in range(2000)])
    metric = DistinctN(n=(2,))
    held: dict[str, list[bool]] = {"jackknife": [], "bootstrap": []}
    for repetition in range(300):
        corpus = zipf_sample(rng)
        counts = NgramCounts.of(corpus.tolist(), [2])
        estimate = lambda places, counts=counts: metric.measure(counts.counts(places), None)  # noqa: E731
        interval = delete_group_jackknife(estimate, range(N_DOCUMENTS), rng)["2"]
        held["jackknife"].append(bool(interval.low <= truth <= interval.high))
        if repetition < 100:
            resampled = [distinct_2(corpus[rng.integers(N_DOCUMENTS, size=N_DOCUMENTS)]) for _ in range(60)]
            low, high = np.quantile(resampled, [0.025, 0.975])
            held["bootstrap"].append(bool(low <= truth <= high))
    assert 0.90 <= np.mean(held["jackknife"]) <= 0.98
    assert np.mean(held["bootstrap"]) == 0
