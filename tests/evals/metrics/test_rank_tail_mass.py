"""Rank tail mass by hand, at its extremes, signed, and on two halves of a real text."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pytest

from evals.buckets import TrainCounts
from evals.interval import delete_group_jackknife
from evals.metrics.rank_tail_mass import RankTailMass, rank_tail_mass
from evals.words import words

TRAIN = {"the": 50, "cat": 30, "sat": 10, "on": 10}


@dataclass(frozen=True)
class Given:
    """What the metric needs."""

    buckets: TrainCounts


def test_value_by_hand() -> None:
    # half of the mass is "the"; .6 and .8 take "cat" too, .85 a word of 10, and then both
    view = {"the": 2, "cat": 3, "on": 4, "x": 1}
    assert rank_tail_mass(view, TRAIN, [0.5, 0.6, 0.8, 0.85, 1.0]) == [0.8, 0.5, 0.5, 0.1, 0.1]


def test_a_share_of_whole_occurrences_is_not_moved_by_rounding() -> None:
    # .07 * 100 is 7.000000000000001 in doubles, and the first word has 7
    assert rank_tail_mass({"a": 1, "b": 1}, {"a": 7, **{str(i): 1 for i in range(93)}}, [0.07]) == [0.5]


def test_component_names_its_parts_by_mass() -> None:
    given = Given(TrainCounts(TRAIN, {}))
    assert RankTailMass(mass=(0.5, 0.995)).measure([["the"], ["cat", "x", "x"]], given) == {
        "beyond_50": 3 / 4,
        "beyond_99.5": 2 / 4,
    }


def test_extremes_are_the_head_alone_and_words_that_nobody_writes() -> None:
    assert rank_tail_mass({"the": 9}, TRAIN, [0.5, 0.99]) == [0.0, 0.0]
    assert rank_tail_mass({"x": 9}, TRAIN, [0.5, 0.99]) == [1.0, 1.0]


def test_the_train_text_itself_has_the_rest_of_each_mass() -> None:
    train = Counter(np.random.default_rng(0).zipf(1.5, 20_000).tolist())
    shares = rank_tail_mass(train, train, [0.5, 0.9, 0.99])
    for share, mass in zip(shares, (0.5, 0.9, 0.99), strict=True):
        assert share <= 1 - mass + 1e-9
    assert shares[1] == pytest.approx(0.1, abs=0.01)


def test_order_of_documents_does_not_matter() -> None:
    given, metric = Given(TrainCounts(TRAIN, {})), RankTailMass(mass=(0.5, 0.9))
    assert metric.measure([["the"], ["cat", "x"]], given) == metric.measure([["x", "cat"], ["the"]], given)


def test_it_falls_for_a_student_that_sharpens_and_rises_for_one_that_blurs_beyond_the_interval(
    wikitext: list[str],
) -> None:
    documents = [words(line)[:50] for line in wikitext]
    train = Counter(word for document in documents[::2] for word in document)
    given, metric = Given(TrainCounts(train, {})), RankTailMass(mass=(0.7,))
    human = documents[1:1200:2]
    common = {word for word, count in train.items() if count > 20}
    rng = np.random.default_rng(0)
    sharp = [[word if word in common or rng.random() < 0.5 else "the" for word in document] for document in human]
    known = list(train)
    blurred = [[word if rng.random() < 0.9 else known[rng.integers(len(known))] for word in each] for each in human]
    ends = []
    for view in (sharp, human, blurred):
        estimate = lambda places, view=view: metric.measure([view[place] for place in places], given)  # noqa: E731
        ends += delete_group_jackknife(estimate, range(len(view)), np.random.default_rng(1))["beyond_70"]
    assert ends == sorted(ends)


def test_nothing_to_count_is_an_error() -> None:
    with pytest.raises(ValueError, match="rank_tail_mass: got 0 occurrences and 100 of train text, want 1 or more"):
        rank_tail_mass({}, TRAIN, [0.5])
    with pytest.raises(ValueError, match="rank_tail_mass: got 2 occurrences and 0 of train text"):
        rank_tail_mass({"x": 2}, {}, [0.5])


@pytest.mark.parametrize("mass", [(), (0.0,), (1.5,), (0.5, 0.5)])
def test_impossible_masses_are_refused_when_the_component_is_made(mass: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match=r"rank_tail_mass: mass is \[.*\], want one or more shares above 0"):
        RankTailMass(mass=mass)
