"""Expectation-adjusted distinct by hand, at its extremes, and against draws from the urn that it compares with."""

from __future__ import annotations

import numpy as np
import pytest

from evals.metrics.distinct_n import distinct_n
from evals.metrics.expectation_adjusted_distinct import ExpectationAdjustedDistinct, expected_distinct
from evals.ngram_counts import NgramCounts
from evals.words import words


def adjusted(documents: list[list[str]], n_kinds: int, n: int = 1) -> float:
    counts = NgramCounts.of(documents, [n]).counts()
    return ExpectationAdjustedDistinct(n=(n,), n_kinds=(n_kinds,)).measure(counts, None)[str(n)]


def test_value_by_hand() -> None:
    # 3 draws from 2 kinds: both are seen but for 2 in 8 cases, 2 * (1 - 1/8) = 7/4 expected
    assert expected_distinct(2, 3) == pytest.approx(7 / 4)
    assert adjusted([["a", "b"], ["a"]], 2) == pytest.approx(2 / (7 / 4))
    # pairs ab ba ab: 2 different of 3, and 4 (1 - (3/4)^3) = 37/16 expected of 4 kinds
    assert adjusted([["a", "b", "a", "b"]], 4, n=2) == pytest.approx(2 / (37 / 16))


def test_each_length_has_its_own_number_of_kinds() -> None:
    counts = NgramCounts.of([["a", "b", "a", "b"]], [1, 2]).counts()
    both = ExpectationAdjustedDistinct(n=(2, 1), n_kinds=(4, 2)).measure(counts, None)
    assert both == pytest.approx({"2": 2 / (37 / 16), "1": 2 / (15 / 8)})


def test_extremes_of_the_expectation_are_one_draw_and_all_kinds() -> None:
    assert expected_distinct(50_257, 0) == 0
    assert expected_distinct(50_257, 1) == pytest.approx(1)
    assert expected_distinct(10, 10_000) == pytest.approx(10)


def test_extremes_are_far_below_one_for_a_single_word_and_above_it_without_repetition() -> None:
    assert adjusted([["a"] * 1000], 1000) == pytest.approx(1 / (1000 * (1 - 0.999**1000)))
    # every kind once is the most: 1 / (1 - 1/e) as the kinds grow
    assert adjusted([list(map(str, range(5000)))], 5000) == pytest.approx(1 / (1 - np.exp(-1)), rel=1e-3)


def test_order_of_documents_does_not_matter() -> None:
    documents = [["a", "b", "a"], ["c"], ["b", "b"]]
    assert adjusted(documents, 10) == adjusted(documents[::-1], 10)


def test_draws_from_a_uniform_urn_have_one_on_average_at_every_length() -> None:
    rng = np.random.default_rng(1)
    for n_words in (50, 1000):
        figures = [adjusted([rng.integers(300, size=n_words).tolist()], 300) for _ in range(300)]
        assert np.mean(figures) == pytest.approx(1, abs=0.005)


def test_real_text_moves_with_length_whatever_the_number_of_kinds(tinystories: str) -> None:
    text = words(tinystories)
    short, long = text[:2000], text[:32_000]
    assert adjusted([long], 50_257) < 0.5 * adjusted([short], 50_257)  # falls, as distinct-n does
    assert adjusted([long], 5000) > 1.5 * adjusted([short], 5000)  # rises, as the number of kinds does


def test_many_kinds_make_it_distinct_n(tinystories: str) -> None:
    text = words(tinystories)[:2000]
    assert adjusted([text], 10**12) == pytest.approx(distinct_n([text], [1])["1"], rel=1e-6)


def test_nothing_to_count_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"the view holds 0 different 2-grams, want 1 to 10.*Give longer documents"):
        adjusted([["a"]], 10, n=2)


def test_a_vocabulary_that_the_view_exceeds_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"the view holds 3 different 1-grams, want 1 to 2, as n_kinds says"):
        adjusted([["a", "b", "c"]], 2)


def test_impossible_settings_are_refused() -> None:
    with pytest.raises(ValueError, match=r"n is \[0\], want one or more lengths"):
        ExpectationAdjustedDistinct(n=(0,), n_kinds=(5,))
    for n_kinds in ((5, 5), (1,), ()):
        with pytest.raises(ValueError, match=r"n_kinds is .* for n \[1\], want one number of 2 or more for each"):
            ExpectationAdjustedDistinct(n=(1,), n_kinds=n_kinds)
    with pytest.raises(ValueError, match=r"expected_distinct: got 1 kinds and 5 occurrences"):
        expected_distinct(1, 5)
