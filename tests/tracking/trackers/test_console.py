"""The screen on something that is no terminal: plain lines, every generation, one table."""

from pathlib import Path

import pytest

from tracking.events import Event
from tracking.rows import Row
from tracking.tracker import OpenTracker, RunRef, TrackerContext
from tracking.trackers.console import Console

TAIL = "student/token_frequency_nll/tail"
BIGRAMS = "sampled/distinct_n/2"


def opened(arms: tuple[str, ...] = ("replace",), generations: int = 3, seconds: float = 0.0) -> OpenTracker:
    runs = tuple(RunRef(arm, 0, Path(arm) / "seed_0") for arm in arms)
    context = TrackerContext("demo", Path(), runs, generations, (TAIL, BIGRAMS))
    return Console(lines_per_run=12, seconds_between_lines=seconds).open(context)


def row(arm: str, generation: int, tail: float | None) -> Event:
    values: Row = {"arm": arm, "seed": 0, "generation": generation, "start": "base", TAIL: tail}
    return {"kind": "row", "row": {**values, f"{TAIL}/human": 4.0, f"{TAIL}/why": "only 812 words"}}


def test_each_row_is_on_the_screen_when_it_comes(capsys: pytest.CaptureFixture[str]) -> None:
    tracker = opened()
    tracker.event(row("replace", 0, 5.25))
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1].split() == ["replace", "0", "0", "base", "5.25"]
    tracker.event(row("replace", 1, 6.62))
    assert capsys.readouterr().out.split() == ["replace", "0", "1", "base", "6.62"]


def test_a_file_gets_no_control_codes(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    tracker = opened()
    tracker.event({"kind": "warning", "message": "9% of texts ended at the [red]length[/red] limit"})
    tracker.event(row("replace", 0, 5.25))
    tracker.close()
    out = capsys.readouterr().out
    assert not {"\x1b", "\r"} & set(out)
    assert "warning: 9% of texts ended at the [red]length[/red] limit\n" in out


def test_the_table_shows_first_and_last_generation_beside_the_human_value(
    capsys: pytest.CaptureFixture[str],
) -> None:
    tracker = opened(("replace", "human_only"))
    for arm in ("replace", "human_only"):
        tracker.event(row(arm, 0, 5.25))
    tracker.event(row("replace", 3, 6.625))
    tracker.event(row("human_only", 3, None))
    capsys.readouterr()
    tracker.close()
    out = capsys.readouterr().out
    assert "demo: generation 0 -> 3, 1 seed" in out
    table = [line.split() for line in out.splitlines()]
    assert ["human", "4.00"] in table
    assert ["replace", "5.25", "->", "6.62"] in table
    assert ["human_only", "5.25", "->", "n/m"] in table
    assert f"n/m: human_only, generation 3, {TAIL}: only 812 words" in out


def test_the_table_comes_once_after_the_last_run(capsys: pytest.CaptureFixture[str]) -> None:
    tracker = opened(("replace", "human_only"))
    tracker.event(row("replace", 0, 5.25))
    tracker.event({"kind": "run_done", "arm": "replace", "seed": 0})
    assert "generation 0 ->" not in capsys.readouterr().out
    tracker.event({"kind": "run_done", "arm": "human_only", "seed": 0})
    assert capsys.readouterr().out.count("generation 0 ->") == 1
    tracker.event({"kind": "log", "message": "report: outputs/demo/report.html"})
    tracker.close()
    assert capsys.readouterr().out == "report: outputs/demo/report.html\n"


def test_replicas_show_as_one_line_per_generation(capsys: pytest.CaptureFixture[str]) -> None:
    tracker = opened(generations=1)
    for generation in (0, 1):
        for replica in range(3):
            values: Row = {"arm": "replace", "seed": 0, "generation": generation, "replica": replica}
            tracker.event({"kind": "row", "row": {**values, TAIL: generation + replica}})
    tracker.event({"kind": "run_done", "arm": "replace", "seed": 0})
    lines = capsys.readouterr().out.splitlines()
    rows = [line.split() for line in lines if line.startswith("replace ")]
    assert rows[:2] == [["replace", "0", "0", "1.00"], ["replace", "0", "1", "2.00"]]
    assert "demo: generation 0 -> 1, 1 seed, mean over 3 replicas" in lines


def test_a_long_run_prints_a_spread_of_its_rows(capsys: pytest.CaptureFixture[str]) -> None:
    tracker = opened(generations=50)
    for generation in range(51):
        tracker.event(row("replace", generation, 5.0))
    shown = [int(line.split()[2]) for line in capsys.readouterr().out.splitlines() if line.endswith(" 5.00")]
    assert (shown[0], shown[-1]) == (0, 50)
    assert len(shown) <= 12


def test_without_a_terminal_progress_is_a_line_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    quiet, talkative = opened(seconds=60.0), opened(seconds=0.0)
    step: Event = {"kind": "progress", "arm": "replace", "seed": 0, "generation": 1, "stage": "train"}
    for done in (100, 200):
        quiet.event({**step, "done": done, "total": 250, "unit": "training steps"})
    assert capsys.readouterr().out == ""
    talkative.event({**step, "done": 200, "total": 250, "unit": "training steps"})
    assert capsys.readouterr().out == "replace, seed 0, generation 1: train 200 of 250 training steps\n"


def test_the_end_of_a_run_says_what_was_found(capsys: pytest.CaptureFixture[str]) -> None:
    tracker = opened(("replace", "human_only"))
    for state, seconds in (("computed", 2.5), ("found", 0.0), ("computed", 1.5)):
        done: Event = {"kind": "stage_done", "arm": "replace", "seed": 0, "seconds": seconds}
        tracker.event({**done, "state": "found" if state == "found" else "computed"})
    tracker.event({"kind": "run_done", "arm": "replace", "seed": 0})
    assert "replace, seed 0: done; 2 stages computed in 4.0 s, 1 found in the store" in capsys.readouterr().out
