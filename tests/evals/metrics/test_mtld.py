"""MTLD by hand, at its extremes, and against lexicalrichness."""

from __future__ import annotations

from itertools import chain
from typing import Any

import pytest

from evals.metrics.mtld import MTLD, mtld


def test_value_by_hand() -> None:
    # forward, threshold 0.72: a b a is at 2/3, a full factor; c d d is at 2/3, another: 6 words / 2
    # backward: d d is at 1/2, a factor; c a b a is at 3/4, (1 - 3/4) / (1 - 0.72) of one
    backward = 6 / (1 + 0.25 / 0.28)
    assert mtld(list("abacdd"), 0.72) == pytest.approx((3 + backward) / 2)


def test_a_factor_ends_where_the_ratio_is_the_threshold_itself() -> None:
    # a b c a is at 3/4, both ways: one factor of 4 words, and none at a lower threshold but a part of one
    assert mtld(list("abca"), 0.75) == 4
    assert mtld(list("abca"), 0.74) == pytest.approx(4 / (0.25 / 0.26))


def test_extremes_are_two_words_for_one_word_again_and_again_and_many_for_few_repetitions() -> None:
    assert mtld(["a"] * 100, 0.72) == 2
    once_again = [*map(str, range(1000)), "0"]
    # ratio 1000/1001: (1/1001) / 0.28 of a factor both ways
    assert mtld(once_again, 0.72) == pytest.approx(1001 * 1001 * 0.28)


def test_the_direction_of_reading_does_not_matter_but_the_order_of_words_does() -> None:
    assert mtld(list("abacdd"), 0.72) == pytest.approx(mtld(list("ddcaba"), 0.72))
    assert mtld(list("abacdd"), 0.72) != pytest.approx(mtld(list("abcdad"), 0.72))


def test_the_component_joins_its_documents_end_to_end() -> None:
    metric = MTLD(threshold=0.72)
    assert metric.measure([["a", "b"], ["a", "c", "d", "d"]], None) == {"value": mtld(list("abacdd"), 0.72)}


def test_real_text_agrees_with_lexicalrichness(lexical: Any) -> None:
    text = list(chain.from_iterable(lexical.documents))
    for threshold, expected in lexical.values["mtld"].items():
        assert mtld(text, float(threshold)) == pytest.approx(expected, rel=1e-12)


def test_without_repetition_it_has_no_value() -> None:
    with pytest.raises(ValueError, match=r"mtld: no word comes twice among 3 words. Give more words"):
        mtld(["a", "b", "c"], 0.72)
    with pytest.raises(ValueError, match="no word comes twice among 0 words"):
        MTLD(threshold=0.72).measure([], None)


def test_impossible_thresholds_are_refused_when_the_component_is_made() -> None:
    for threshold in (0.0, 1.0, float("nan")):
        with pytest.raises(ValueError, match=r"mtld: threshold is .*, want a ratio between 0 and 1"):
            MTLD(threshold=threshold)
