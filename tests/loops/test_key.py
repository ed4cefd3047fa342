"""Random keys."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from loops.key import Key


def test_folding_one_by_one_or_at_once_gives_the_same_key() -> None:
    assert Key.root(0).fold("draw").fold(3, "p") == Key.root(0).fold("draw", 3, "p")


def test_every_part_and_their_order_count() -> None:
    root = Key.root(0)
    keys = [root, root.fold("a"), root.fold("b"), root.fold("a", "b"), root.fold("b", "a"), Key.root(1).fold("a")]
    assert len({key.digest for key in keys}) == len(keys)


def test_the_word_one_is_not_the_number_one() -> None:
    assert Key.root(0).fold("1") != Key.root(0).fold(1)


def test_a_key_has_this_value_on_every_machine() -> None:
    word = hashlib.blake2b(b"0" * 32 + b"sseed", digest_size=16).hexdigest()
    assert Key.root(7).digest == hashlib.blake2b(f"{word}i7".encode(), digest_size=16).hexdigest()
    assert Key.root(7).digest == "faed8f051e8bec40df138d040b08e9aa"


def test_the_generator_always_begins_with_its_first_number() -> None:
    key = Key.root(0).fold("draw", 1)
    assert np.array_equal(key.rng().random(5), key.rng().random(5))
    assert not np.array_equal(key.rng().random(5), key.fold(0).rng().random(5))


def test_generators_of_neighbouring_keys_are_unrelated() -> None:
    # 1,000 neighbours: their first numbers are uniform (mean .5 with standard error .0091) and uncorrelated (.032).
    first = np.array([Key.root(0).fold("replica", r).rng().random(2) for r in range(1000)])
    assert first.mean() == pytest.approx(0.5, abs=4 * 0.0065)
    assert abs(np.corrcoef(first[:-1, 0], first[1:, 0])[0, 1]) < 4 * 0.032


def test_seeds_lie_below_two_to_the_31() -> None:
    seeds = [Key.root(s).seed() for s in range(200)]
    assert min(seeds) >= 0
    assert max(seeds) < 2**31
    assert len(set(seeds)) == 200


@pytest.mark.parametrize("part", [1.0, None, True, np.int64(3), ("a",)])
def test_other_things_than_words_and_whole_numbers_are_refused(part: object) -> None:
    with pytest.raises(TypeError, match="want words and whole numbers"):
        Key.root(0).fold(part)  # type: ignore[arg-type]
