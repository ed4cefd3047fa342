"""What a controller saves, worked out on rows by hand, and the experiment at scale=smoke."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from experiments import hold_the_tail
from experiments.claims import State, findings, judge
from experiments.hold_the_tail import (
    BESIDE,
    CLAIMS,
    CONSTANT,
    CORPORA,
    COVERAGE,
    HELD,
    READ,
    STEADY,
    TWO_SHARES,
    WHOLE,
    Family,
    Schedule,
    Spending,
    compared,
    judged,
    main,
    measured,
    rival,
    schedules,
    spending,
    table,
)  # fmt: skip

LAST = 6
SIZE = 400


def rows_of(arm: str, share: Callable[[int], float], worlds: int, waste: float = 1.0, read: float = 0.0) -> list[Any]:
    """Return rows of a world without memory: coverage is the last share, and each generation reads `share` of 400."""
    made = []
    for world in range(worlds):
        # Noise that all policies share, as worlds do, and 1% of what is spent.
        off = 0.02 * np.sin(world)
        shares = [share(g) for g in range(1, LAST + 1)]
        tokens = SIZE + read + np.cumsum([0.0, *shares]) * SIZE * waste + off
        made += [
            {"arm": arm, "seed": 0, "replica": world, "generation": g, READ: float(tokens[g]),
             COVERAGE: (shares[g - 1] if g else 1.0) + off}
            for g in range(LAST + 1)
        ]  # fmt: skip
    return made


def world(held: float, waste: float, read: float, worlds: int = 100) -> list[Any]:
    """Return rows of the whole grid and of a controller that holds a coverage, at so many times the tokens."""
    grid = [
        row
        for schedule in schedules()
        for row in rows_of(schedule.arm, lambda g, s=schedule: s.last if g >= s.switch else s.first, worlds)  # type: ignore[misc]
    ]
    return [*grid, *rows_of(HELD, lambda _: held, worlds, waste, read)]


def states(rows: Sequence[Any]) -> list[State]:
    return [finding.state for finding in findings(judged(compared(rows)), CLAIMS)]


def test_what_is_saved_is_what_the_best_schedule_takes_at_equal_coverage() -> None:
    # Coverage 0.16 takes 0.16 of 400 = 64 tokens a generation; 0.16 lies between the shares 0.15 and 0.2 of the grid.
    # The controller takes three quarters, 48: whole 400 + 30 + 288 = 718 beside 400 + 384, last half 144 beside 192.
    found = compared(world(held=0.16, waste=0.75, read=30))
    for measure, held, best in ((WHOLE, 718, 784), (STEADY, 144, 192), (CORPORA, 288, 384)):
        assert found[measure].held.tokens.mean() == pytest.approx(held, abs=0.1)
        for name in (CONSTANT, TWO_SHARES):
            assert found[measure].rivals[name].tokens.mean() == pytest.approx(best, abs=0.1), (measure, name)
    assert {f"{one.first:.2f}" for one in found[STEADY].rivals[CONSTANT].chosen} == {"0.16"}


def test_the_rule_says_reproduced_only_where_both_windows_save() -> None:
    assert states(world(0.16, 0.75, 30)) == [State.HELD] * 4
    # Reading 100 is dearer than the 96 saved over the run; the last half does not read it again.
    rows = judged(compared(world(0.16, 0.75, 100)))
    found = findings(rows, CLAIMS)
    assert [one.state for one in found] == [State.REVERSED] * 2 + [State.HELD] * 2
    assert judge(found) == "contradicted"
    assert [one.state for one in findings(rows, BESIDE)] == [State.HELD] * 2
    assert states(world(0.16, 1.25, 0)) == [State.REVERSED] * 4


def test_swapped_policies_are_not_reproduced() -> None:
    rows = judged(compared(world(0.16, 0.75, 30)))
    assert judge(findings(rows, CLAIMS)) == "reproduced"
    for other in (CONSTANT, TWO_SHARES):
        names = {HELD: other, other: HELD}
        swapped = [{**row, "arm": names.get(row["arm"], row["arm"])} for row in rows]
        assert judge(findings(swapped, CLAIMS)) == "contradicted"


def test_fewer_than_a_hundred_worlds_say_nothing() -> None:
    assert states(world(0.16, 0.75, 30, worlds=98)) == [State.TOO_FEW] * 4


def test_a_window_has_its_own_tokens_and_the_mean_coverage_of_its_students() -> None:
    # Student 0 is in no window.
    # 400 tokens of generation 0, three generations of 40 and seventeen of 20: the last ten take 200 of 860.
    read = np.cumsum([[400.0, *[40.0] * 3, *[20.0] * 17]], axis=1)  # (worlds, generations)
    coverage = np.array([[1.0, *[0.5] * 10, *[0.2] * 10]])
    for measure, tokens, kept in ((STEADY, 200, 0.2), (WHOLE, 860, 0.35), (CORPORA, 460, 0.35)):
        found = spending(measure, read, coverage)
        assert found.tokens == pytest.approx([tokens])
        assert found.coverage == pytest.approx([kept])


def test_a_schedule_is_chosen_in_other_worlds_and_pays_for_coverage_that_it_lacks_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hold_the_tail, "COVERAGE_STEP", 0.1)
    held = Spending(np.full(4, 120.0), np.full(4, 0.2))
    tokens = np.repeat([[50.0], [100.0], [200.0]], 4, axis=1)
    coverage = np.array([[0.15, 0.0, 0.15, 0.0], [0.25, 0.1, 0.25, 0.1], [0.45, 0.35, 0.45, 0.35]])
    family = Family([Schedule(share, share, 1) for share in (0.05, 0.1, 0.2)], Spending(tokens, coverage))
    # Worlds 0 and 2 say that 100 tokens are enough for .2, and that a unit costs (200 - 50) / (.45 - .15) = 500; in
    # worlds 1 and 3 these cover .1 only, and pay 500 * .1 more. Worlds 1 and 3 say 200 tokens, and 100 / (.35 - .1) =
    # 400 a unit; in worlds 0 and 2 these cover .45, and get 400 * .25 back.
    found = rival(held, family)
    assert found.tokens == pytest.approx([100.0, 150.0, 100.0, 150.0])
    assert list(map(str, found.chosen)) == ["0.200", "0.100"]
    with pytest.raises(ValueError, match=r"both sides of a tail coverage of 0\.200, got one alone: 0\.050. Add shares"):
        rival(held, family._replace(spending=Spending(tokens, np.full((3, 4), 0.4))))
    with pytest.raises(ValueError, match=r"want a tail coverage of 0\.200, the schedules reach 0\.100 at most"):
        rival(held, family._replace(spending=Spending(tokens, np.full((3, 4), 0.1))))


def test_the_table_names_the_schedules_that_are_compared() -> None:
    made = table(compared(world(held=0.15, waste=0.75, read=30, worlds=4)))
    cells = [list(column.cells) for column in made.columns]
    assert cells[0] == ["whole run", "last half", "whole run, corpora alone"]
    # .15 of 400 is 60 tokens a generation, three quarters of it 45.
    assert cells[2] == ["700", "135", "270"]
    assert cells[3] == ["760", "180", "360"]


def test_the_command_prints_what_is_saved_why_and_the_judgement_on_worlds_that_are_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
    for name in ("CONSTANTS", "FIRST", "LAST"):
        monkeypatch.setattr(hold_the_tail, name, (0.01, 0.3))
    monkeypatch.setattr(hold_the_tail, "SWITCHES", (2,))
    overrides = ("scale=smoke", f"output_dir={tmp_path}/out", f"store={tmp_path}/store")
    main(overrides)
    shown = " ".join(capsys.readouterr().out.split())
    assert "Claim: `controller=tail_setpoint` keeps the tail with fewer tokens" in shown
    assert "8 runs: 4 schedules, and the controller in each world" in shown
    assert "0 0.100 student 0 is what the set value is measured from" in shown
    assert "too few seeds to say" in shown
    assert "judgement: inconclusive" in shown

    rows = measured(overrides, Console(quiet=True))
    assert {row["arm"] for row in rows} == {HELD, *(schedule.arm for schedule in schedules())}
    first = {(row["arm"], row["replica"]): row[COVERAGE] for row in rows if row["generation"] == 0}
    for (_, replica), coverage in first.items():
        assert coverage == pytest.approx(first[HELD, replica], abs=1e-12)
    assert len({round(coverage, 6) for coverage in first.values()}) == 4, "worlds differ"
    read = {(row["arm"], row["generation"]): row[READ] for row in rows}
    assert read[HELD, 0] - read["constant_10", 0] == 200, "its reference is human text too"
    assert read["from_300_to_10_in_2", 3] == 400 + (0.3 + 0.01 + 0.01) * 400
