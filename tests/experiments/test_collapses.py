"""Thresholds by hand, the judgement on made-up counts, and a small world through the whole of it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from evals.collapses import CONDITIONS, RULES, THRESHOLDS, State
from experiments.collapses import (
    FIXED_ON,
    HELD_OUT,
    MARGINS,
    Cell,
    accuracy,
    best_threshold,
    confusion,
    confusion_table,
    judge,
    rows_of,
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
    # Untrue up to .1, true from .3: every threshold in [.1, .3) tells all; the only candidate there is .2.
    assert best_threshold("made", [-0.5, 0.05, 0.1, 0.3, 0.4], [False, False, False, True, True]) == 0.2
    # One untrue slope of .5 is above all: .2 tells 2 of 2 and 3 of 4, and nothing does better.
    assert best_threshold("made", [-0.5, 0.05, 0.1, 0.5, 0.3, 0.4], [False, False, False, False, True, True]) == 0.2


@pytest.mark.parametrize(("truths", "told"), [([True, True], "always so in 2"), ([False, False], "never so in 2")])
def test_a_condition_that_is_always_or_never_true_fixes_nothing(truths: list[bool], told: str) -> None:
    with pytest.raises(ValueError, match=f"'made' is {told} cases, want both"):
        best_threshold("made", [0.1, 0.2], truths)


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


def test_every_condition_has_a_margin_of_its_truth_and_the_worlds_are_others() -> None:
    assert MARGINS.keys() == CONDITIONS.keys()
    assert not {world.overrides for world in FIXED_ON} & {world.overrides for world in HELD_OUT}


def test_a_small_world_is_told_from_its_control(tmp_path: Path) -> None:
    place = (f"output_dir={tmp_path / 'out'}", f"store={tmp_path / 'store'}")
    small = ("arm=[replace_cold,human_only]", "generations=9", "source.replicas=2")
    cells = confusion([rows_of(FIXED_ON[0], (*small, *place))], THRESHOLDS)
    assert sum(cells.values()) == 2 * 2 * len(RULES)
    for name in ("any rise of test loss", "catastrophic rise of test loss", "collapsing variance", "disappearing tail"):
        assert cells[name, True, State.HELD] == 2, name
        assert cells[name, False, State.NOT_HELD] == 2, name
    assert cells["merging modes", False, State.NOT_MEASURABLE] == 4
    assert confusion_table(cells).row_count == len(RULES)
