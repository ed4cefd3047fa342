"""Zipf exponent by hand, at its extremes, on worlds that follow the law, and against powerlaw."""

from __future__ import annotations

import math
from collections import Counter
from itertools import chain
from typing import Any

import numpy as np
import pytest

from evals.metrics.zipf_exponent import ZipfExponent, zipf_exponent
from evals.ngram_counts import NgramCounts


def zipf_counts(exponent: float, n_kinds: int, n_words: int, seed: int) -> np.ndarray:
    p = np.arange(1, n_kinds + 1) ** -exponent
    return np.random.default_rng(seed).multinomial(n_words, p / p.sum())


def test_value_by_hand() -> None:
    # two ranks: 2^-a = 1/4 of the first
    assert zipf_exponent([4, 1], 1, 2) == pytest.approx(2)
    # ranks 2 and 3 alone: (2/3)^a = 1/2
    assert zipf_exponent([9, 4, 2], 2, 3) == pytest.approx(math.log(2) / math.log(3 / 2))


def test_counts_that_follow_the_law_give_its_exponent_in_any_window() -> None:
    rank = np.arange(1, 201)
    for exponent in (0.3, 1.0, 1.7):
        counts = 1e6 * rank**-exponent
        assert zipf_exponent(counts, 1, 200) == pytest.approx(exponent)
        assert zipf_exponent(counts, 20, 90) == pytest.approx(exponent)


def test_extremes_are_zero_for_equal_counts_and_large_for_one_kind_far_ahead() -> None:
    assert zipf_exponent([5] * 300, 1, 300) == pytest.approx(0, abs=1e-9)
    assert zipf_exponent([1_000_000, 1], 1, 2) == pytest.approx(math.log2(1_000_000))


def test_ranks_that_hold_no_occurrence_make_it_steeper() -> None:
    counts = zipf_counts(1.0, 300, 5000, seed=0)
    assert zipf_exponent(counts, 1, 1000) > zipf_exponent(counts, 1, 300)


def test_order_and_kinds_never_seen_do_not_matter() -> None:
    assert zipf_exponent([0, 1, 4, 0], 1, 2) == zipf_exponent([4, 1], 1, 2)
    documents = [["a", "b", "a"], ["a"], ["b", "c", "a"]]
    metric = ZipfExponent(n=(1,), first_rank=1, last_rank=3)
    both = [metric.measure(NgramCounts.of(given, [1]).counts(), None) for given in (documents, documents[::-1])]
    assert both[0] == both[1] == {"1": zipf_exponent([4, 2, 1], 1, 3)}


@pytest.mark.parametrize(
    ("n_words", "found", "least_squares"), [(2000, 1.06, 0.68), (20_000, 1.01, 0.96), (200_000, 1.00, 1.07)]
)
def test_the_bias_is_what_others_found_and_less_than_that_of_least_squares(
    n_words: int, found: float, least_squares: float
) -> None:
    # single draws of 5,000 kinds with exponent 1
    counts = [zipf_counts(1.0, 5000, n_words, seed) for seed in range(5)]
    assert np.mean([zipf_exponent(each, 1, 5000) for each in counts]) == pytest.approx(found, abs=0.01)
    seen = [np.sort(each[each > 0])[::-1] for each in counts]
    slopes = [-np.polyfit(np.log(np.arange(1, len(each) + 1)), np.log(each), 1)[0] for each in seen]
    assert np.mean(slopes) == pytest.approx(least_squares, abs=0.02)


def test_real_text_agrees_with_powerlaw(lexical: Any) -> None:
    expected = lexical.values["zipf_exponent"]
    counts = list(Counter(chain.from_iterable(lexical.documents)).values())
    found = zipf_exponent(counts, expected["first_rank"], expected["last_rank"])
    assert found == pytest.approx(expected["exponent"], abs=1e-4)  # powerlaw stops its search about there


def test_too_few_kinds_in_the_window_are_an_error() -> None:
    with pytest.raises(ValueError, match=r"zipf_exponent: ranks 1 to 10 hold 0 kinds of 0, want 2 or more"):
        zipf_exponent([], 1, 10)
    with pytest.raises(ValueError, match=r"ranks 3 to 10 hold 1 kinds of 3, want 2 or more. .*lower first_rank"):
        zipf_exponent([5, 2, 1], 3, 10)
    with pytest.raises(ValueError, match=r"zipf_exponent: least count is -2, want 0 or more"):
        zipf_exponent([5, -2, 1], 1, 10)


def test_impossible_settings_are_refused_when_the_component_is_made() -> None:
    for window in ((0, 5), (5, 5), (9, 5)):
        with pytest.raises(ValueError, match=r"first_rank is \d and last_rank 5, want 1 or more and above the first"):
            ZipfExponent((1,), *window)
    with pytest.raises(ValueError, match=r"zipf_exponent: n is \[0\], want one or more lengths"):
        ZipfExponent(n=(0,), first_rank=1, last_rank=5)
