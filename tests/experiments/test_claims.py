"""Claims by hand: what is held, reversed and open, what too few seeds say, and that swapped arms never reproduce."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from experiments.claims import Claim, Finding, State, findings, judge, table, together

LOSES = Claim("it loses the tail", "replace", "human_only", {"tail": 1}, "below")


def rows(
    differences: Sequence[float],
    measures: Mapping[str, float] = {"tail": 1.0},
    generations: int = 2,
) -> list[dict[str, Any]]:
    """Return rows in which `replace` ends so far from `human_only` in each measure, in units of it, seed by seed."""
    return [
        {"arm": arm, "seed": seed, "generation": g}
        | {name: 5.0 + seed + (scale * off if arm == "replace" and g else 0.0) for name, scale in measures.items()}
        for seed, off in enumerate(differences)
        for arm in ("replace", "human_only")
        for g in range(generations)
    ]


def swapped(made: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    other = {"replace": "human_only", "human_only": "replace"}
    return [{**row, "arm": other[row["arm"]]} for row in made]


def test_the_difference_is_paired_by_seed_at_the_last_generation() -> None:
    # Differences -1, -2, -3, -4, -5: mean -3, s = 1.5811, t(4) = 2.7764, half = 2.7764 * 1.5811 / sqrt(5) = 1.9632
    (found,) = findings(rows([-1, -2, -3, -4, -5]), [LOSES])
    assert (found.state, found.n_seeds, found.generation) == (State.HELD, 5, 1)
    assert (found.mean, found.low, found.high) == pytest.approx((-3, -4.9632, -1.0368), abs=1e-4)


def test_a_bound_must_be_cleared_by_the_whole_interval() -> None:
    made = rows([-1, -2, -3, -4, -5])
    for bound, state in ((-1.0, State.HELD), (-1.1, State.OPEN), (-4.9, State.OPEN), (-5.0, State.REVERSED)):
        assert findings(made, [LOSES._replace(bound=bound)])[0].state == state


def test_two_measures_compare_how_much_each_has_changed() -> None:
    made = rows([-1, -2, -3, -4, -5], {"tail": 1.0, "head": 0.5})
    (found,) = findings(made, [LOSES._replace(measures={"tail": 1, "head": -1})])
    assert (found.state, found.mean) == (State.HELD, pytest.approx(-1.5))


def test_four_seeds_are_too_few_and_their_mean_is_still_shown() -> None:
    (found,) = findings(rows([-1, -2, -3, -4]), [LOSES])
    assert (found.state, found.mean, found.low) == (State.TOO_FEW, -2.5, None)
    assert judge([found]) == "inconclusive"


def test_what_an_arm_lacks_is_not_measured() -> None:
    assert findings([], [LOSES])[0].state == State.NOT_MEASURED
    unmeasured = [{**row, "tail": None} if row["arm"] == "replace" else row for row in rows([-1.0] * 5)]
    assert findings(unmeasured, [LOSES])[0].state == State.NOT_MEASURED
    assert judge([]) == "inconclusive"


def test_a_seed_without_a_figure_in_the_last_generation_is_not_left_out_of_the_others() -> None:
    made = rows([-1, -2, -3, -4, -5, -6], generations=3)
    partly = [{**row, "tail": None} if (row["seed"], row["generation"]) == (3, 2) else row for row in made]
    assert findings(partly, [LOSES])[0].state == State.NOT_MEASURED


def test_a_claim_is_not_held_in_an_earlier_generation_than_the_last_of_the_run() -> None:
    made = rows([-1, -2, -3, -4, -5], generations=3)
    stopped = [row for row in made if row["arm"] == "replace" or row["generation"] < 2]
    assert findings(stopped, [LOSES])[0].state == State.NOT_MEASURED


def test_one_claim_of_many_is_reversed_only_beyond_what_many_looks_explain() -> None:
    # +1..+5 has p = 0.013 two-sided: reversed alone, not as one of ten (t(4) at .9975 is 5.598: 3 - 3.96 < 0).
    made = rows([1, 2, 3, 4, 5])
    assert findings(made, [LOSES])[0].state == State.REVERSED
    assert {found.state for found in findings(made, [LOSES] * 10)} == {State.OPEN}


def test_reproduced_takes_every_claim_and_one_reversal_contradicts() -> None:
    held, still, back = (Finding(LOSES, state, 5) for state in (State.HELD, State.OPEN, State.REVERSED))
    assert judge([held, held]) == "reproduced"
    assert judge([held, still]) == "inconclusive"
    assert judge([held, still, back]) == "contradicted"


def test_swapped_arms_are_never_reproduced() -> None:
    made = rows([-1, -2, -3, -4, -5])
    assert judge(findings(made, [LOSES])) == "reproduced"
    assert judge(findings(swapped(made), [LOSES])) == "contradicted"


def test_parts_together_are_reproduced_only_when_all_are() -> None:
    assert together(["reproduced", "reproduced"]) == "reproduced"
    assert together(["reproduced", "inconclusive"]) == "inconclusive"
    assert together(["inconclusive", "contradicted", "reproduced"]) == "contradicted"
    assert together([]) == "inconclusive"


def test_the_table_holds_a_row_for_each_claim() -> None:
    made = table(findings(rows([-1, -2, -3, -4, -5]), [LOSES, LOSES._replace(arm="absent")]))
    cells = [list(column.cells) for column in made.columns]
    assert [column[0] for column in cells] == [
        "it loses the tail",
        "replace - human_only",
        "1",
        "-3.000",
        "-4.963 to -1.037",
        "below 0",
        "5",
        State.HELD,
    ]
    assert [column[1] for column in cells][2:] == ["", "", "", "below 0", "0", State.NOT_MEASURED]
