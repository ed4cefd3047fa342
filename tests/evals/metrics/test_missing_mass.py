"""Missing mass by hand, at its extremes, against the exact expectation, and on two halves of a real text."""

from __future__ import annotations

import numpy as np
import pytest

from evals.budget import rarefy
from evals.interval import delete_group_jackknife
from evals.metrics.missing_mass import MissingMass, missing_mass
from evals.ngram_counts import NgramCounts
from evals.words import ngrams, words

VIEW = [["a", "b"], ["c", "a"]]
REFERENCE = [["a", "b", "c"], ["d", "a"]]


def test_value_by_hand() -> None:
    # occurrences a b c d a: the view lacks d, 1 of 5. Pairs ab bc da: it has ab and ca, so 2 of 3 miss.
    assert missing_mass(VIEW, REFERENCE, [1, 2]) == {"1": 1 / 5, "2": 2 / 3}


def test_component_reads_the_reference_it_is_given() -> None:
    assert MissingMass(n=(1,)).measure(NgramCounts.of(VIEW, [1], REFERENCE).counts(), None) == {"1": 1 / 5}


def test_occurrences_count_and_not_types() -> None:
    assert missing_mass([["a"]], [["a", "x", "x", "x"]], [1]) == {"1": 3 / 4}


def test_extremes_are_zero_for_the_same_text_and_one_for_a_foreign_one() -> None:
    assert missing_mass(REFERENCE, REFERENCE, [1, 2]) == {"1": 0.0, "2": 0.0}
    assert missing_mass([["x", "y"]], REFERENCE, [1, 2]) == {"1": 1.0, "2": 1.0}


def test_order_of_documents_does_not_matter() -> None:
    assert missing_mass(VIEW[::-1], REFERENCE[::-1], [1, 2]) == missing_mass(VIEW, REFERENCE, [1, 2])


def test_n_grams_do_not_cross_documents_nor_from_view_to_reference() -> None:
    # bc would lie across the two documents of the view, and ca across view and reference
    assert missing_mass([["a", "b"], ["c"]], [["b", "c"], ["c", "a"]], [2]) == {"2": 1.0}


def test_the_mean_is_the_exact_expected_mass() -> None:
    # with m draws of p, E missing = sum p_i (1 - p_i)^m
    p = np.array([0.6, 0.25, 0.1, 0.04, 0.01])
    expected = float(np.sum(p * (1 - p) ** 20))
    rng = np.random.default_rng(3)
    reference = [rng.choice(5, size=20_000, p=p).tolist()]
    figures = [missing_mass([rng.choice(5, size=20, p=p).tolist()], reference, [1])["1"] for _ in range(400)]
    assert np.mean(figures) == pytest.approx(expected, rel=0.1)


def test_two_halves_of_a_real_text_agree_with_a_count_of_tuples(wikitext: list[str]) -> None:
    documents = [words(line) for line in wikitext]
    rng = np.random.default_rng(0)
    view, reference = (rarefy(half, 20_000, 200, rng) for half in (documents[::2], documents[1::2]))
    figures = missing_mass(view, reference, [1, 2, 3])
    for n in (1, 2, 3):
        known = {gram for document in view for gram in ngrams(document, n)}
        human = [gram for document in reference for gram in ngrams(document, n)]
        assert figures[str(n)] == pytest.approx(sum(gram not in known for gram in human) / len(human))
    assert 0.1 < figures["1"] < 0.3 < figures["2"] < 0.8 < figures["3"] < 1


def test_a_view_that_repeats_itself_misses_more_than_a_human_one_beyond_its_interval(
    wikitext: list[str],
) -> None:
    documents = [words(line) for line in wikitext]
    metric = MissingMass(n=(2,))
    human = rarefy(documents[::2], 10_000, 50, np.random.default_rng(1))
    narrow = rarefy(documents[:100:2] * 20, 10_000, 50, np.random.default_rng(1))
    intervals = []
    for view in (human, narrow):
        counts = NgramCounts.of(view, [2], documents[1::2])
        estimate = lambda places, counts=counts: metric.measure(counts.counts(places), None)  # noqa: E731
        intervals.append(delete_group_jackknife(estimate, range(len(view)), np.random.default_rng(2))["2"])
    assert intervals[0].high < intervals[1].low


def test_nothing_to_count_is_an_error() -> None:
    with pytest.raises(ValueError, match="the view holds 0 1-grams and the reference 5, want 1 or more in each"):
        missing_mass([], REFERENCE, [1])
    with pytest.raises(ValueError, match=r"the view holds 2 2-grams and the reference 0.*leave 2 out of n"):
        missing_mass(VIEW, [["a"]], [1, 2])


def test_impossible_lengths_are_refused_when_the_component_is_made() -> None:
    with pytest.raises(ValueError, match=r"missing_mass: n is \[\], want one or more lengths"):
        MissingMass(n=())
