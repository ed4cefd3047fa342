from __future__ import annotations

import numpy as np

from loops.key import Key
from loops.models.uniforms import text_keys, uniforms


def test_a_text_reads_the_same_numbers_whatever_is_drawn_beside_it() -> None:
    keys = text_keys(Key.root(0), ["a", "b", "c"], 0)
    assert np.array_equal(uniforms(keys, 16)[2], uniforms([keys[2]], 16)[0])


def test_a_higher_limit_only_appends() -> None:
    keys = text_keys(Key.root(0), ["a"], 0)
    assert np.array_equal(uniforms(keys, 7), uniforms(keys, 99)[:, :7])


def test_draws_and_prompts_have_numbers_of_their_own() -> None:
    keys = [*text_keys(Key.root(0), ["a", "b"], 0), *text_keys(Key.root(0), ["a"], 1)]
    assert len(np.unique(uniforms(keys, 100))) == 300


def test_numbers_are_uniform_and_below_1() -> None:
    table = uniforms(text_keys(Key.root(3), [str(i) for i in range(1000)], 0), 50)
    assert table.min() >= 0
    assert table.max() < 1
    # The mean of 50,000 uniforms has standard deviation .0013, that of each position's 1,000 numbers .009.
    assert abs(table.mean() - 0.5) < 0.006
    assert np.abs(table.mean(axis=0) - 0.5).max() < 0.04
