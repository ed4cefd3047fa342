"""Self-BLEU by hand, at its extremes, and against NLTK on every text of a real sample."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np
import pytest

from evals.metrics.self_bleu import SelfBLEU, self_bleu
from evals.words import ngrams


def without_the_trick(documents: list[list[str]], order: int) -> float:
    """Count matches against each other text in turn; no brevity penalty."""
    scores = []
    for place, text in enumerate(documents):
        others = documents[:place] + documents[place + 1 :]
        logs = []
        for k in range(1, order + 1):
            counts = Counter(ngrams(text, k))
            held = [Counter(ngrams(other, k)) for other in others]
            matches = sum(min(count, max(there[gram] for there in held)) for gram, count in counts.items())
            logs.append(math.log((matches or 0.1) / max(1, counts.total())))
        shares_a_word = any(set(text) & set(other) for other in others)
        scores.append(math.exp(sum(logs) / order) if shares_a_word else 0.0)
    return float(np.mean(scores))


def test_value_by_hand() -> None:
    # a b c shares a and b, 2 of 3 words, and ab, 1 of 2 pairs: sqrt(1/3); a b d likewise
    assert self_bleu([list("abc"), list("abd")], [2])["2"] == pytest.approx(math.sqrt(2 / 3 * 1 / 2))


def test_counts_are_clipped_at_the_most_that_one_other_text_holds() -> None:
    # a a a: the others hold a twice at most, 2 of 3. a a b: 2 of 3. a c: c is no other's, 1 of 2
    assert self_bleu([list("aaa"), list("aab"), list("ac")], [1])["1/no_brevity_penalty"] == pytest.approx(
        (2 / 3 + 2 / 3 + 1 / 2) / 3
    )


def test_no_match_of_a_longer_n_gram_counts_a_tenth() -> None:
    # words match 2 of 2, pairs 0 of 1: sqrt(1 * 0.1)
    assert self_bleu([["a", "b"], ["b", "a"]], [2])["2"] == pytest.approx(math.sqrt(0.1))


def test_a_shorter_text_pays_by_the_closest_length_of_another() -> None:
    # a against lengths 2 and 4: exp(1 - 2/1); a a against 1 and 4: 1 is closer and shorter, no penalty;
    # a a a a against 1 and 2: none. Words all match but the last text's, 2 of 4
    found = self_bleu([["a"], ["a"] * 2, ["a"] * 4], [1])
    assert found["1/no_brevity_penalty"] == pytest.approx((1 + 1 + 2 / 4) / 3)
    assert found["1"] == pytest.approx((math.exp(-1) + 1 + 2 / 4) / 3)


def test_of_two_lengths_equally_close_the_shorter_counts() -> None:
    # 2 words between 1 and 3: no penalty. 1 word against 2 pays exp(1 - 2)
    assert self_bleu([["a"], ["a"] * 2, ["a"] * 3], [1])["1"] == pytest.approx((math.exp(-1) + 1 + 2 / 3) / 3)


def test_extremes_are_one_for_equal_texts_and_zero_for_texts_without_a_common_word() -> None:
    assert self_bleu([list("abcde")] * 3, [1, 4]) == dict.fromkeys(
        ("1", "1/no_brevity_penalty", "4", "4/no_brevity_penalty"), pytest.approx(1)
    )
    assert self_bleu([list("abcde"), list("vwxyz")], [4]) == {"4": 0.0, "4/no_brevity_penalty": 0.0}


def test_order_of_documents_and_names_of_words_do_not_matter(lexical: Any) -> None:
    texts = lexical.documents[:60]
    renamed = [[word[::-1] for word in text] for text in texts]
    for other in (texts[::-1], renamed):
        assert self_bleu(other, [3]) == pytest.approx(self_bleu(texts, [3]))


def test_a_copy_of_every_text_makes_it_one(tinystories: str) -> None:
    texts = [line.split() for line in tinystories.splitlines()[:100] if len(line.split()) > 4]
    assert self_bleu(texts * 2, [4])["4"] == pytest.approx(1)


def test_the_largest_count_elsewhere_is_that_of_comparing_each_pair() -> None:
    rng = np.random.default_rng(2)
    texts = [list(map(str, rng.integers(4, size=rng.integers(1, 9)))) for _ in range(40)]
    for order in (1, 2, 3):
        expected = without_the_trick(texts, order)
        assert self_bleu(texts, [order])[f"{order}/no_brevity_penalty"] == pytest.approx(expected)


def test_real_text_agrees_with_nltk(lexical: Any) -> None:
    expected = lexical.values["self_bleu"]
    assert self_bleu(lexical.documents, [2, 3, 4]) == pytest.approx(expected, rel=1e-12)


def test_the_component_takes_the_first_texts_up_to_its_cap() -> None:
    texts = [list("abc"), list("abd"), list("abc")]
    assert SelfBLEU(n=(2,), max_texts=2).measure(texts, None) == self_bleu(texts[:2], [2])
    assert SelfBLEU(n=(2,), max_texts=9).measure(texts, None) == self_bleu(texts, [2])


def test_nothing_to_compare_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"self_bleu: got 1 texts, 0 of them without words, want 2 or more"):
        self_bleu([["a"]], [2])
    with pytest.raises(ValueError, match=r"self_bleu: got 3 texts, 1 of them without words"):
        SelfBLEU(n=(2,), max_texts=5).measure([["a"], [], ["b"]], None)
    with pytest.raises(ValueError, match=r"self_bleu: got 0 texts"):
        self_bleu([], [2])


def test_impossible_settings_are_refused_when_the_component_is_made() -> None:
    with pytest.raises(ValueError, match=r"self_bleu: n is \[0\], want one or more lengths"):
        SelfBLEU(n=(0,), max_texts=5)
    with pytest.raises(ValueError, match=r"self_bleu: max_texts is 1, want 2 or more"):
        SelfBLEU(n=(4,), max_texts=1)
