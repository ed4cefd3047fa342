"""HD-D by hand, at its extremes, against drawing, and against lexicalrichness."""

from __future__ import annotations

from collections import Counter
from itertools import chain
from typing import Any

import numpy as np
import pytest

from evals.metrics.hd_d import HDD, hd_d
from evals.ngram_counts import NgramCounts


def test_value_by_hand() -> None:
    # 2 of the words a a b c: a is missed with chance 1/6 (b c), b and c with 3/6 each
    assert hd_d([2, 1, 1], 2) == pytest.approx((5 / 6 + 1 / 2 + 1 / 2) / 2)


def test_extremes_are_one_over_the_draws_for_one_word_and_one_without_repetition() -> None:
    assert hd_d([100], 42) == pytest.approx(1 / 42)
    assert hd_d([1] * 100, 42) == pytest.approx(1)


def test_all_words_drawn_give_the_type_token_ratio() -> None:
    assert hd_d([3, 2, 1], 6) == pytest.approx(3 / 6)


def test_order_and_words_that_do_not_occur_do_not_matter() -> None:
    assert hd_d([1, 0, 2, 1], 2) == pytest.approx(hd_d([2, 1, 1], 2))
    documents = [["a", "b"], ["a"], ["c"]]
    for given in (documents, documents[::-1]):
        counts = NgramCounts.of(given, HDD.n).counts()
        assert HDD(draws=2).measure(counts, None) == pytest.approx({"value": (5 / 6 + 1 / 2 + 1 / 2) / 2})


def test_its_mean_is_the_same_for_any_number_of_words() -> None:
    # for independent words of shares p, 10 draws hold sum 1 - (1 - p)^10 different ones on average
    p = np.array([0.4, 0.3, 0.15, 0.1, 0.05])
    expected = float(np.sum(1 - (1 - p) ** 10)) / 10
    rng = np.random.default_rng(4)
    for n_words in (20, 500):
        figures = [hd_d(counts, 10) for counts in rng.multinomial(n_words, p, size=400)]
        assert np.mean(figures) == pytest.approx(expected, abs=0.004)


def test_real_text_agrees_with_lexicalrichness(lexical: Any) -> None:
    counts = list(Counter(chain.from_iterable(lexical.documents)).values())
    for draws, expected in lexical.values["hd_d"].items():
        assert hd_d(counts, int(draws)) == pytest.approx(expected, rel=1e-9)


def test_too_few_words_are_an_error() -> None:
    with pytest.raises(ValueError, match=r"hd_d: got 4 words for 5 draws. Give more words, or lower draws"):
        hd_d([2, 1, 1], 5)
    with pytest.raises(ValueError, match=r"hd_d: got 0 words"):
        HDD(draws=42).measure(NgramCounts.of([], HDD.n).counts(), None)
    with pytest.raises(ValueError, match=r"hd_d: least count is -1, want 0 or more"):
        hd_d([50, -1], 42)


def test_impossible_draws_are_refused_when_the_component_is_made() -> None:
    with pytest.raises(ValueError, match=r"hd_d: draws is 0, want 1 or more"):
        HDD(draws=0)
