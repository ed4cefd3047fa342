"""Buckets of frequency: their borders, their ties, their sizes."""

from __future__ import annotations

from collections import Counter

import pytest

from evals.buckets import QUARTILES, Buckets, Size, TrainCounts, decade, decade_buckets, mass_quartiles
from evals.words import words


@pytest.mark.parametrize(
    ("count", "name"),
    [
        (0, "seen_0"),
        (1, "seen_1"),
        (2, "seen_2_3"),
        (3, "seen_2_3"),
        (4, "seen_4_10"),
        (10, "seen_4_10"),
        (11, "seen_11_100"),
        (100, "seen_11_100"),
        (101, "seen_101_1000"),
        (1000, "seen_101_1000"),
        (1001, "seen_1001_10000"),
    ],
)
def test_decades_have_these_borders(count: int, name: str) -> None:
    assert decade(count) == name


def test_quartiles_hold_a_quarter_of_the_mass_each() -> None:
    # counts 4, 3, 2, 1 begin at 0, 4, 7, 9 of 10 occurrences: in the first, second, third, fourth quarter
    assert mass_quartiles({"d": 1, "a": 4, "c": 2, "b": 3}) == {
        "a": "head",
        "b": "upper",
        "c": "lower",
        "d": "tail",
    }


def test_ties_go_whole_to_the_headward_bucket() -> None:
    # a holds 2 of 10; the eight types seen once begin at 2/10, still in the first quarter: all are head
    counts = {"a": 2, **dict.fromkeys("bcdefghi", 1)}
    assert set(mass_quartiles(counts).values()) == {"head"}
    # a holds 5 of 10; the five types seen once begin at 1/2, the border of lower
    counts = {"a": 5, **dict.fromkeys("bcdef", 1)}
    assert Counter(mass_quartiles(counts).values()) == {"head": 1, "lower": 5}


def test_the_order_of_types_does_not_matter() -> None:
    counts = {"a": 5, "b": 2, "c": 2, "d": 2, "e": 1, "f": 1}
    assert mass_quartiles(counts) == mass_quartiles(dict(reversed(counts.items())))


def test_sizes_count_a_text_in_the_buckets_of_another() -> None:
    buckets = Buckets.of({"a": 4, "b": 3, "c": 2, "d": 1})
    text = {"a": 1, "b": 10, "x": 2, "y": 1}
    assert buckets.decade_sizes(text) == {
        "seen_0": Size(2, 3),
        "seen_2_3": Size(1, 10),
        "seen_4_10": Size(1, 1),
    }
    assert list(buckets.decade_sizes(text)) == ["seen_0", "seen_2_3", "seen_4_10"]
    assert buckets.quartile_sizes(text) == {"head": Size(1, 1), "upper": Size(1, 10), "unseen": Size(2, 3)}


def test_sizes_of_real_text_add_up_and_quartiles_are_nearly_equal(tinystories: str) -> None:
    counts = Counter(words(tinystories))
    buckets = Buckets.of(counts)
    by_decade, by_quartile = buckets.decade_sizes(counts), buckets.quartile_sizes(counts)
    for sizes in (by_decade, by_quartile):
        assert sum(size.types for size in sizes.values()) == len(counts)
        assert sum(size.occurrences for size in sizes.values()) == counts.total()
    assert by_decade["seen_1"].types == by_decade["seen_1"].occurrences
    assert tuple(by_quartile) == QUARTILES
    assert all(0.2 < size.occurrences / counts.total() < 0.3 for size in by_quartile.values())
    assert by_quartile["head"].types < 10 < 1000 < by_quartile["tail"].types


def test_no_counts_and_counts_below_one_are_refused() -> None:
    with pytest.raises(ValueError, match="mass_quartiles: got no counts, want those of the human train split"):
        mass_quartiles({})
    with pytest.raises(ValueError, match="decade_buckets: 'a' has count 0, want 1 or more"):
        decade_buckets({"a": 0})
    with pytest.raises(ValueError, match="decade: count is -1, want 0 or more"):
        decade(-1)


def test_train_counts_divide_their_words_once() -> None:
    counts = TrainCounts({"the": 5, "cat": 3, "sat": 2}, {})
    assert counts.word_buckets == Buckets.of(counts.words)
    assert counts.word_buckets is counts.word_buckets
