"""The random filter."""

from __future__ import annotations

import numpy as np
import pytest

from loops.filters.random import Random, row_uniforms
from loops.given import Given
from loops.key import Key
from loops.samples import Samples

KEY = Key.root(0)


def _texts(n: int) -> Samples:
    return Samples.of_text([{"completion": f"text {index}"} for index in range(n)])


def _kept(samples: Samples, share: float, key: Key = KEY, rows: int = 10_000) -> np.ndarray:
    return np.concatenate([each.kept for each in Random(share).judge(samples.shards(rows), Given({}), key)])


def test_the_share_that_stays_is_the_one_asked_for() -> None:
    # Standard error of a share of 0.3 in 5,000: 0.0065; four of them.
    assert _kept(_texts(5000), 0.3).mean() == pytest.approx(0.3, abs=0.026)
    assert _kept(_texts(100), 1.0).all()
    assert not _kept(_texts(100), 0.0).any()


def test_order_and_shards_change_no_verdict() -> None:
    texts = _texts(500)
    kept = _kept(texts, 0.5)
    assert np.array_equal(kept, _kept(texts, 0.5, rows=7))
    backwards = np.arange(500)[::-1]
    assert np.array_equal(kept[backwards], _kept(texts.select(backwards), 0.5))


def test_what_a_small_share_keeps_a_larger_share_keeps_too() -> None:
    texts = _texts(500)
    assert not (_kept(texts, 0.2) & ~_kept(texts, 0.6)).any()


def test_another_key_keeps_other_rows() -> None:
    texts = _texts(500)
    assert (_kept(texts, 0.5) != _kept(texts, 0.5, Key.root(1))).mean() == pytest.approx(0.5, abs=0.1)


def test_worlds_with_known_truth_pass_through_it() -> None:
    rows = Samples.of_arrays(np.arange(1000).reshape(-1, 1), np.zeros(1000))
    (verdicts,) = Random(0.5).judge([rows], Given({}), KEY)
    assert verdicts.counts()["random"] == 1000 - int(verdicts.kept.sum())
    assert 400 < verdicts.kept.sum() < 600


def test_a_share_outside_its_range_is_refused() -> None:
    with pytest.raises(ValueError, match=r"keep_share: got 30, want a share in \[0, 1\]"):
        Random(30)


def test_each_row_has_a_uniform_number_of_its_own() -> None:
    texts = _texts(5000)
    drawn = row_uniforms(texts, KEY)
    # A uniform mean has a standard error of sqrt(1/12 / 5,000) = .0041.
    assert drawn.mean() == pytest.approx(0.5, abs=0.0164)
    assert 0 <= drawn.min() < 0.01
    assert 0.99 < drawn.max() < 1
    assert np.array_equal(row_uniforms(texts.select(np.array([7, 3])), KEY), drawn[[7, 3]])
