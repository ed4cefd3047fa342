"""Self-repetition by hand, at its extremes, and against the package of its authors."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from evals.metrics.self_repetition import SelfRepetition, self_repetition


def test_value_by_hand() -> None:
    # pairs ab bc | ab | bc ab. ab is in 3 texts and bc in 2. First text: ab in 2 others, bc in 1, ln 4; second:
    # ab in 2, ln 3; third as the first
    texts = [list("abc"), list("ab"), ["b", "c", "a", "b"]]
    # the third also holds ca, which no other does
    assert self_repetition(texts, [2])["2"] == pytest.approx((math.log(4) + math.log(3) + math.log(4)) / 3)


def test_what_a_text_repeats_within_itself_does_not_count() -> None:
    assert self_repetition([list("ababab"), list("cd")], [2]) == {"2": 0.0}
    assert self_repetition([list("ababab"), list("ab")], [2])["2"] == pytest.approx(math.log(2))


def test_extremes_are_zero_for_texts_that_share_nothing_and_large_for_copies() -> None:
    assert self_repetition([list("abcd"), list("efgh")], [1, 2]) == {"1": 0.0, "2": 0.0}
    # 3 different pairs, each in 9 other texts
    assert self_repetition([list("abcd")] * 10, [2])["2"] == pytest.approx(math.log(1 + 27))


def test_a_text_shorter_than_the_n_gram_counts_as_zero() -> None:
    assert self_repetition([list("ab"), list("ab"), ["a"]], [2])["2"] == pytest.approx(2 / 3 * math.log(2))


def test_order_of_documents_does_not_matter(lexical: Any) -> None:
    texts = lexical.documents[:100]
    assert self_repetition(texts[::-1], [2]) == pytest.approx(self_repetition(texts, [2]))


def test_rows_of_numbers_are_texts_too() -> None:
    rows: list[Any] = [np.array([1, 2, 3]), np.array([1, 2])]
    assert SelfRepetition(n=(2,)).measure(rows, None)["2"] == pytest.approx(math.log(2))


def test_real_text_agrees_with_the_package_of_its_authors(lexical: Any) -> None:
    assert self_repetition(lexical.documents, [2, 4]) == pytest.approx(lexical.values["self_repetition"], rel=1e-12)


def test_nothing_to_count_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"self_repetition: got 1 texts, want 2 or more"):
        self_repetition([list("abc")], [2])
    with pytest.raises(ValueError, match=r"self_repetition: no text has 4 words.*leave 4 out of n"):
        SelfRepetition(n=(2, 4)).measure([list("abc"), list("abc")], None)


def test_impossible_lengths_are_refused_when_the_component_is_made() -> None:
    with pytest.raises(ValueError, match=r"self_repetition: n is \[\], want one or more lengths"):
        SelfRepetition(n=())
