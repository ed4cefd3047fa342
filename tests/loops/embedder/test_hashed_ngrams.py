"""Hashed n-grams: equal texts lie together, and what shares words lies nearer than what does not."""

from __future__ import annotations

import numpy as np
import pytest

from loops.embedder.hashed_ngrams import HashedNgrams
from loops.given import Given
from loops.runtime import Runtime
from loops.samples import Samples

EMBEDDER = HashedNgrams(dimensions=64, min_n=1, max_n=2)


def _rows(*texts: str, embedder: HashedNgrams = EMBEDDER) -> np.ndarray:
    runtime = Runtime(threads=1, device="cpu", dtype="float32", attn_implementation="sdpa")
    return embedder.embed(Samples.of_text([{"completion": text} for text in texts]), Given({}), runtime)


def test_a_text_has_length_one_and_one_without_words_none() -> None:
    rows = _rows("the cat sat", "   ")
    assert rows.shape == (2, 64)
    assert np.linalg.norm(rows, axis=1) == pytest.approx([1.0, 0.0])


def test_one_word_is_one_dimension_of_either_sign() -> None:
    row = _rows("cat", embedder=HashedNgrams(dimensions=64, min_n=1, max_n=1))[0]
    assert sorted(np.abs(row).tolist()) == [0.0] * 63 + [1.0]


def test_case_and_order_of_words_count() -> None:
    same, order, case = (_rows("a Dog bit him", other)[0] @ _rows("a Dog bit him", other)[1]
                         for other in ("a Dog bit him", "him bit a Dog", "a dog bit him"))  # fmt: skip
    assert same == pytest.approx(1.0)
    assert order < 0.99
    assert case < 0.99


def test_what_shares_words_lies_nearer() -> None:
    rows = _rows("the cat sat on the mat", "the cat lay on the mat", "stocks fell sharply in Tokyo")
    assert rows[0] @ rows[1] > rows[0] @ rows[2] + 0.3


def test_impossible_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="want dimensions >= 2 and 1 <= min_n <= max_n"):
        HashedNgrams(dimensions=64, min_n=2, max_n=1)
