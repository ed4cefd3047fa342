"""Fact recall by hand, with ties kept whole, and falling where rare facts are lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from evals.metrics.fact_recall import FactRecall, fact_recall, frequency_deciles
from evals.probe import Probe


def facts(correct: Sequence[int], counts: Sequence[int], entities: Sequence[object] | None = None) -> list[Probe]:
    """Return a probe of two candidates for each fact, the first of them true."""
    names = range(len(counts)) if entities is None else entities
    return [
        Probe(name, int(count), np.array([-1.0, -2.0 if right else -0.5]), 0)
        for right, count, name in zip(correct, counts, names, strict=True)
    ]


def shares(probes: Sequence[Probe]) -> dict[str, float]:
    return {part: terms.value() for part, terms in fact_recall(probes).items()}


def test_values_by_hand() -> None:
    # 20 facts said 20, 19, ..., 1 times, 210 mentions; known are those said 9 times or more, 12 of 20. A tenth is two
    # facts: 1 and 2 open decile 1, 9 and 10 are decile 5. Quarters of mass begin at mentions 0, 52.5, 105 and 157.5:
    # the one said 18 comes after 39, 17 after 57, 14 after 105, 10 after 155 and 9 after 165, so the tail is 9 to 1.
    counts = list(range(20, 0, -1))
    found = shares(facts([1] * 12 + [0] * 8, counts))
    assert found["value"] == 12 / 20
    assert [found[f"decile_{n}"] for n in range(1, 11)] == [0, 0, 0, 0, 1, 1, 1, 1, 1, 1]
    assert [found[name] for name in ("head", "upper", "lower")] == [1, 1, 1]
    assert found["tail"] == 1 / 9
    assert found["chance"] == 1 / 2
    assert "unseen" not in found


def test_facts_of_equal_frequency_stay_together_on_the_frequent_side() -> None:
    # Of four facts the most frequent opens decile 10; the three said twice begin after 1 of 4, in decile 10 - 2 = 8.
    assert frequency_deciles([2, 8, 2, 2]).tolist() == [8, 10, 8, 8]


def test_deciles_hold_a_tenth_of_the_facts_each_and_the_first_is_the_rarest() -> None:
    counts = np.random.default_rng(0).permutation(200) + 1
    deciles = frequency_deciles(counts)
    assert np.bincount(deciles)[1:].tolist() == [20] * 10
    assert counts[deciles == 1].max() == 20
    assert counts[deciles == 10].min() == 181


def test_a_tail_that_is_lost_shows_in_the_first_deciles_alone() -> None:
    counts = np.arange(1, 201)
    found = shares(facts(counts > 20, counts))
    assert [found[f"decile_{n}"] for n in range(1, 11)] == [0.0] + [1.0] * 9
    assert found["head"] == 1.0
    assert 0 < found["tail"] < 1


@pytest.mark.parametrize("known", [0, 1])
def test_extremes_are_nothing_known_and_all(known: int) -> None:
    found = shares(facts([known] * 30, range(30)))
    assert {value for part, value in found.items() if part != "chance"} == {float(known)}


def test_order_of_facts_does_not_matter() -> None:
    rng = np.random.default_rng(1)
    correct, counts = rng.random(500) < 0.4, rng.zipf(1.5, 500)
    order = rng.permutation(500)
    assert shares(facts(correct[order], counts[order])) == shares(facts(correct, counts))


def test_facts_that_train_text_never_says_are_counted_apart() -> None:
    found = shares(facts([1, 0, 0, 1, 0], [5, 3, 0, 0, 0]))
    assert found["value"] == 1 / 2
    assert found["unseen"] == 1 / 3


def test_terms_are_sums_over_the_facts_of_an_entity() -> None:
    terms = fact_recall(facts([1, 1, 0, 1], [4, 3, 2, 1], ["Ada", "Ben", "Ada", "Ben"]))["value"]
    assert terms.numerators.tolist() == [1.0, 2.0]
    assert terms.denominators.tolist() == [2.0, 2.0]


def test_the_component_reads_the_answers_that_it_is_given() -> None:
    @dataclass(frozen=True)
    class Given:
        """The one thing that the metric needs."""

        probes: Sequence[Probe]

    probes = facts([1, 0], [2, 1])
    made = FactRecall().terms(Given(probes))
    assert {part: terms.value() for part, terms in made.items()} == shares(probes)


def test_nothing_to_recall_is_an_error() -> None:
    with pytest.raises(ValueError, match="fact_recall: human train text says 0 of 2 facts, want 1 or more"):
        fact_recall(facts([1, 1], [0, 0]))
    with pytest.raises(ValueError, match="says 0 of 0 facts"):
        fact_recall([])


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ([], r"frequency_deciles: got counts of shape \(0,\)"),
        ([3, 0], "the least 0, want 1 or more facts, each said at least once"),
        ([[1]], r"shape \(1, 1\)"),
    ],
)
def test_what_has_no_deciles_is_an_error(counts: list[int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        frequency_deciles(counts)
