"""Fact recall by hand, with ties kept whole, and falling where rare facts are lost."""

from __future__ import annotations

import numpy as np
import pytest

from evals.fact_recall import Recall, fact_recall


def test_values_by_hand() -> None:
    # frequencies 9 7 5 | 3 2 1 in two halves; right are 9, 5, 2
    found = fact_recall([True, False, True, False, True, False], [9, 7, 5, 3, 2, 1], groups=2)
    assert found == [Recall(least=1, most=3, facts=3, recalled=1), Recall(least=5, most=9, facts=3, recalled=2)]
    assert [each.share for each in found] == [1 / 3, 2 / 3]


def test_facts_of_equal_frequency_stay_together_on_the_frequent_side() -> None:
    # half of four begins at the third; the three of frequency 2 begin at the second, so all lie in the first half
    found = fact_recall([1, 0, 1, 1], [2, 8, 2, 2], groups=2)
    assert found == [Recall(least=2, most=8, facts=4, recalled=3)]


def test_deciles_hold_a_tenth_of_the_facts_each_and_rare_facts_come_first() -> None:
    frequency = np.random.default_rng(0).permutation(200)
    found = fact_recall(frequency >= 20, frequency)
    assert [each.facts for each in found] == [20] * 10
    assert [each.share for each in found] == [0.0] + [1.0] * 9
    assert [each.least for each in found] == list(range(0, 200, 20))


def test_extremes_are_nothing_known_and_all() -> None:
    for known in (0, 1):
        assert {each.share for each in fact_recall([known] * 30, range(30))} == {float(known)}


def test_order_of_facts_does_not_matter() -> None:
    rng = np.random.default_rng(1)
    correct, frequency = rng.random(500) < 0.4, rng.zipf(1.5, 500)
    order = rng.permutation(500)
    assert fact_recall(correct[order], frequency[order]) == fact_recall(correct, frequency)
    assert sum(each.facts for each in fact_recall(correct, frequency)) == 500
    assert sum(each.recalled for each in fact_recall(correct, frequency)) == correct.sum()


def test_fewer_facts_than_groups_have_a_group_each() -> None:
    assert [each.facts for each in fact_recall([1, 0, 1], [1, 2, 3])] == [1, 1, 1]


@pytest.mark.parametrize(
    ("correct", "frequency", "groups", "message"),
    [
        ([], [], 10, r"fact_recall: got shapes \(0,\) of correct and \(0,\) of frequency, want one of each per fact"),
        ([True], [1, 2], 10, r"got shapes \(1,\) of correct and \(2,\)"),
        ([True], [-1], 10, "the least frequency is -1 and groups 10, want 0 and 1 or more"),
        ([True], [1], 0, "and groups 0"),
    ],
)
def test_what_cannot_be_grouped_is_an_error(
    correct: list[bool], frequency: list[int], groups: int, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        fact_recall(correct, frequency, groups)
