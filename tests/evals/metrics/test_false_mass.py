"""False mass by hand, at its extremes, against the exact expectation, and on a student that blurs."""

from __future__ import annotations

import numpy as np
import pytest

from evals.interval import delete_group_jackknife
from evals.metrics.false_mass import FalseMass, false_mass
from evals.metrics.missing_mass import missing_mass
from evals.ngram_counts import NgramCounts
from evals.words import words

VIEW = [["a", "b"], ["c", "a", "a"]]
REFERENCE = [["a", "b", "d"]]


def test_value_by_hand() -> None:
    # occurrences a b c a a: the reference lacks c, 1 of 5. Pairs ab ca aa: it has ab alone, so 2 of 3 are false.
    assert false_mass(VIEW, REFERENCE, [1, 2]) == {"1": 1 / 5, "2": 2 / 3}


def test_component_reads_the_reference_it_is_given() -> None:
    assert FalseMass(n=(1,)).measure(NgramCounts.of(VIEW, [1], REFERENCE).counts(), None) == {"1": 1 / 5}


def test_it_is_missing_mass_with_the_sides_changed() -> None:
    assert false_mass(VIEW, REFERENCE, [1, 2]) == missing_mass(REFERENCE, VIEW, [1, 2])


def test_extremes_are_zero_for_a_part_of_the_reference_and_one_for_a_foreign_text() -> None:
    assert false_mass([["a", "b"]] * 9, REFERENCE, [1, 2]) == {"1": 0.0, "2": 0.0}
    assert false_mass([["x", "y"]], REFERENCE, [1, 2]) == {"1": 1.0, "2": 1.0}


def test_order_of_documents_does_not_matter() -> None:
    assert false_mass(VIEW[::-1], REFERENCE, [1, 2]) == false_mass(VIEW, REFERENCE, [1, 2])


def test_n_grams_do_not_cross_documents_nor_from_view_to_reference() -> None:
    assert false_mass([["a"], ["b", "c"]], [["c", "a"], ["b"]], [2]) == {"2": 1.0}


def test_the_mean_is_the_mass_that_the_reference_misses() -> None:
    # a view from q has sum q_i over types that the reference lacks, whatever its size
    q = np.array([0.6, 0.25, 0.1, 0.04, 0.01])
    rng = np.random.default_rng(3)
    for size in (20, 200):
        views = [rng.choice(5, size=size, p=q).tolist() for _ in range(400)]
        figures = [false_mass([view], [[0, 1, 3]], [1])["1"] for view in views]
        assert np.mean(figures) == pytest.approx(0.11, abs=0.01)


def test_shuffled_words_are_more_false_than_human_ones_beyond_the_interval_and_no_more_missing_by_unigrams(
    wikitext: list[str],
) -> None:
    documents = [words(line)[:50] for line in wikitext if len(words(line)) >= 50]
    human, reference = documents[:600:2], documents[1::2]
    rng = np.random.default_rng(0)
    blurred = rng.permutation(np.array(human, dtype=object).ravel()).reshape(len(human), 50).tolist()
    metric, intervals = FalseMass(n=(1, 2)), []
    for view in (human, blurred):
        counts = NgramCounts.of(view, [1, 2], reference)
        estimate = lambda places, counts=counts: metric.measure(counts.counts(places), None)  # noqa: E731
        intervals.append(delete_group_jackknife(estimate, range(len(view)), np.random.default_rng(2)))
    assert intervals[0]["2"].high < intervals[1]["2"].low
    assert intervals[0]["1"].low < intervals[1]["1"].high  # the same words


def test_nothing_to_count_is_an_error() -> None:
    with pytest.raises(ValueError, match="false_mass: the view holds 0 1-grams and the reference 3, want 1 or more"):
        false_mass([], REFERENCE, [1])
    with pytest.raises(ValueError, match=r"the view holds 3 2-grams and the reference 0.*leave 2 out of n"):
        false_mass(VIEW, [["a"]], [1, 2])


def test_impossible_lengths_are_refused_when_the_component_is_made() -> None:
    with pytest.raises(ValueError, match=r"false_mass: n is \[1, 1\], want one or more lengths"):
        FalseMass(n=(1, 1))
