"""MATTR by hand, at its extremes, and against lexicalrichness."""

from __future__ import annotations

from itertools import chain
from typing import Any

import pytest

from evals.metrics.mattr import MATTR, mattr


def test_value_by_hand() -> None:
    # windows aba bab abc: 2, 2 and 3 different of 3
    assert mattr(list("ababc"), 3) == pytest.approx((2 + 2 + 3) / 9)


def test_the_smallest_and_the_largest_window() -> None:
    assert mattr(list("ababc"), 1) == 1
    assert mattr(list("ababc"), 5) == 3 / 5


def test_extremes_are_one_over_the_window_for_one_word_and_one_without_repetition() -> None:
    assert mattr(["a"] * 100, 20) == 1 / 20
    assert mattr(list(map(str, range(100))), 20) == 1


def test_repetition_further_apart_than_the_window_is_not_seen() -> None:
    assert mattr(list("abcabc"), 3) == 1
    assert mattr(list("abcabc"), 4) < 1


def test_the_component_joins_its_documents_end_to_end_and_the_order_matters() -> None:
    assert MATTR(window=3).measure([["a"], ["b", "a"], ["b", "c"]], None) == {"value": mattr(list("ababc"), 3)}
    assert mattr(list("aabbc"), 3) != mattr(list("ababc"), 3)


def test_real_text_agrees_with_lexicalrichness(lexical: Any) -> None:
    text = list(chain.from_iterable(lexical.documents))
    for window, expected in lexical.values["mattr"].items():
        assert mattr(text, int(window)) == pytest.approx(expected, rel=1e-12)


def test_too_few_words_are_an_error() -> None:
    with pytest.raises(ValueError, match=r"mattr: got 2 words for a window of 3. Give more words, or lower window"):
        mattr(["a", "b"], 3)
    with pytest.raises(ValueError, match=r"mattr: got 0 words for a window of 3"):
        MATTR(window=3).measure([], None)


def test_impossible_windows_are_refused_when_the_component_is_made() -> None:
    with pytest.raises(ValueError, match=r"mattr: window is 0, want 1 or more words"):
        MATTR(window=0)
