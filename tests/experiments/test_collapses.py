"""Thresholds by hand, the judgement on made-up counts, and a small world through the whole of it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from evals.collapse_rules import CONDITIONS, RULES, THRESHOLDS, Thresholds
from evals.collapses import Series, State
from experiments.collapses import (
    FIXED_ON,
    HELD_OUT,
    MARGINS,
    TRUE_ROLES,
    Cell,
    accuracy,
    best_threshold,
    by_world_table,
    confusion,
    confusion_table,
    judge,
    rows_of,
    true_series,
)

JUDGED = [rule.name for rule in RULES if not rule.wants]


def counts(told: int, of: int = 10) -> Counter[Cell]:
    """So many of the true and of the untrue cases of every rule are told."""
    return Counter(
        {
            (name, is_true, state): n
            for name in JUDGED
            for is_true, right, wrong in ((True, State.HELD, State.NOT_HELD), (False, State.NOT_HELD, State.HELD))
            for state, n in ((right, told), (wrong, of - told))
        }
    )


def test_a_threshold_lies_between_what_is_true_and_what_is_not() -> None:
    # Untrue up to .1, true from .15: .1, .105 ... .145 tell all, and of these the one nearest to the margin is taken.
    apart = [(-0.5, False), (0.05, False), (0.1, False), (0.15, True), (0.2, True)]
    assert best_threshold({"made": apart}, 0.12) == pytest.approx(0.12)
    assert best_threshold({"made": apart}, 0.02) == pytest.approx(0.1)
    # One untrue slope of .5 is above all: nothing does better than to miss it.
    assert best_threshold({"made": [*apart, (0.5, False)]}, 0.12) == pytest.approx(0.12)
    # Of two conditions the mean counts: at .05 to .095 the first tells 4 of 4, and half of the second's untrue.
    other = [(0.04, False), (0.12, False), (0.13, True)]
    assert best_threshold({"made": apart, "other": other}, 0.02) == pytest.approx(0.12)


@pytest.mark.parametrize(("truths", "told"), [([True, True], "always so in 2"), ([False, False], "never so in 2")])
def test_a_condition_that_is_always_or_never_true_fixes_nothing(truths: list[bool], told: str) -> None:
    with pytest.raises(ValueError, match=f"'made' is {told} cases, want both"):
        best_threshold({"made": list(zip([0.1, 0.2], truths, strict=True))}, 0.1)


def test_the_judgement_is_a_rule_on_the_worst_verdict_and_falls_with_swapped_labels() -> None:
    assert judge(counts(8)) == "reproduced"
    assert judge(counts(7)) == "inconclusive"
    assert judge(counts(6)) == "contradicted"
    swapped = Counter({(name, not is_true, state): n for (name, is_true, state), n in counts(8).items()})
    assert judge(swapped) == "contradicted"
    few = Counter({cell: n for cell, n in counts(10).items() if cell[0] in JUDGED[:4]})
    assert judge(few) == "inconclusive"


def test_accuracy_is_the_mean_of_both_kinds_and_none_without_one() -> None:
    # 3 of 4 true cases held, 1 of 2 untrue ones not held: (.75 + .5) / 2; one not measurable counts as not told.
    cells: Counter[Cell] = Counter({("blur", True, State.HELD): 3, ("blur", True, State.NOT_MEASURABLE): 1})
    assert accuracy(cells, "blur") is None
    cells |= Counter({("blur", False, State.HELD): 1, ("blur", False, State.NOT_HELD): 1})
    assert accuracy(cells, "blur") == pytest.approx(0.625)


def test_each_world_has_a_column_that_is_empty_where_nothing_is_to_be_told() -> None:
    table = by_world_table({"told": counts(8), "silent": Counter()})
    assert [column.header for column in table.columns] == ["verdict", "told", "silent"]
    assert set(table.columns[1].cells) == {"0.80", ""}
    assert set(table.columns[2].cells) == {""}


def test_every_role_has_a_truth_and_the_worlds_held_out_are_others_and_of_other_kinds() -> None:
    assert {condition.role for condition in CONDITIONS.values()} == TRUE_ROLES.keys()
    assert not {world.overrides for world in FIXED_ON} & {world.overrides for world in HELD_OUT}
    assert {world.experiment for world in FIXED_ON} < {world.experiment for world in HELD_OUT}


def test_the_thresholds_in_use_are_the_margins_of_the_truth() -> None:
    # They are units of meaning: a fiftieth and a tenth a generation.
    assert THRESHOLDS == MARGINS == Thresholds(0.02, 0.1)


def test_what_is_true_is_the_mean_over_replicas_and_of_human_only_nothing_is() -> None:
    gain = "student/divergence/information_gain"
    rows = [
        {"arm": arm, "seed": 0, "replica": r, "generation": g, gain: 2 * (1 - pace * (r + 1) * g)}
        for arm, pace in (("replace", 0.1), ("human_only", 0.0)) for r in range(3) for g in range(4)
    ]  # fmt: skip
    series, absent = true_series(rows, "replace", 2)
    assert series["information"].generations == [0, 1, 2]
    assert series["information"].values == pytest.approx(np.array([[0, -0.2, -0.4]]))  # (.1 + .2 + .3) / 3 of 2 nats
    assert set(absent) == TRUE_ROLES.keys() - {"information"}
    own: Series = true_series(rows, "human_only", 2)[0]["information"]
    assert own.values.tolist() == [[0, 0, 0]]


def test_a_small_world_is_told_from_its_control(tmp_path: Path) -> None:
    place = (f"output_dir={tmp_path / 'out'}", f"store={tmp_path / 'store'}")
    small = ("arm=[replace_cold,human_only]", "generations=9", "source.replicas=2")
    cells = confusion([rows_of(FIXED_ON[0], (*small, *place))])
    for name in ("any rise of test loss", "catastrophic rise of test loss", "collapsing variance", "disappearing tail"):
        assert cells[name, True, State.HELD] == 2, name
        assert cells[name, False, State.NOT_HELD] == 2, name
    assert sum(cells.values()) == 2 * 2 * len([rule for rule in RULES if rule.name not in UNKNOWN])
    assert confusion_table(cells).row_count == len(RULES)
    far = confusion([rows_of(FIXED_ON[0], (*small, *place))], Thresholds(2, 3))
    assert far["any rise of test loss", True, State.NOT_HELD] == 2, "the thresholds are those that are given"


UNKNOWN = ("merging modes", "changed scaling")
"""What nothing is known of in a bigram world."""
