"""Controllers in the loop, on an urn of a few types with one replica."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from loops.arm import Arm
from loops.engine import Engine
from loops.errors import ConfigError
from loops.lookup import walk
from loops.loop import run_arm
from loops.plan import plan
from loops.store import Store

URN = (
    "experiment=urn", "arm=replace", "theory=urn", "source.types=40", "source.draws=60", "source.replicas=1",
    "generations=4",
)  # fmt: skip
WATCH = ("controller.measure=student/known_truth/missing_mass", "controller.margin=0.02")


@pytest.fixture(autouse=True)
def _no_flushing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


def _arm(*overrides: str) -> Arm:
    own = {override.partition("=")[0] for override in overrides}
    return plan([*(line for line in URN if line.partition("=")[0] not in own), *overrides])[0]


def _run(arm: Arm, folder: Path) -> tuple[list[dict[str, Any]], Engine, list[dict[str, Any]]]:
    events: list[dict[str, Any]] = []
    engine = Engine(Store(folder), arm.runtime, arm.arm, arm.seed, events.append, arm.plugins)
    return [row for rows in run_arm(arm, engine) for row in rows], engine, events


def _specs(engine: Engine, name: str) -> list[dict[str, Any]]:
    stages = [stage for stage in engine.stages if stage["name"] == name]
    found = [engine.store.find(stage["stage"], stage["key"]) for stage in stages]
    return [entry.spec for entry in found if entry is not None]


def test_the_setpoint_sets_the_share_of_each_corpus_and_the_history_says_why(tmp_path: Path) -> None:
    settings = (
        "controller=tail_setpoint", *WATCH, "controller.first_share=0.2", "controller.greatest_share=0.6",
        "controller.least_share=0.02",
        "controller.gain=2.0", "mixer.human_share=0.5", "mixer.size=50", "mixer.fresh=true", "source.draws=300",
        "source.human_tokens=60", "prompts.count=60",
    )  # fmt: skip
    rows, engine, _ = _run(_arm(*settings), tmp_path)
    decided = [row["controller/human_share"] for row in rows]
    assert decided[0] == 0.2
    assert len(set(decided)) > 2, "it moves"
    assert [spec["components"]["mixer"]["human_share"] for spec in _specs(engine, "mix")] == decided[:-1]
    # 50 rows a corpus; the last row may go over the share.
    shares = [row["corpus/human_share"] for row in rows[1:]]
    assert shares == pytest.approx(decided[:-1], abs=1 / 50)
    assert all("missing_mass is" in row["controller/human_share/why"] for row in rows[1:])


def test_human_text_counts_once_and_what_the_controller_reads_counts_too(tmp_path: Path) -> None:
    settings = (
        "mixer.human_share=0.2", "mixer.size=50", "source.draws=300", "source.human_tokens=60", "prompts.count=60",
    )  # fmt: skip
    fixed, _, _ = _run(_arm(*settings), tmp_path)
    fresh, _, _ = _run(_arm(*settings, "mixer.fresh=true"), tmp_path)
    assert [row["human/tokens_read"] for row in fixed] == [60] * 5, "the same 60 again"
    assert [row["human/tokens_read"] for row in fresh] == [60, 70, 80, 90, 100]
    held, _, _ = _run(_arm(*settings, "controller=tail_setpoint", *WATCH), tmp_path)
    assert held[0]["human/tokens_read"] == 60 + 300, "the reference sample is as large as the train sample"


def test_a_rolled_back_student_does_not_write_and_leaves_the_pool(tmp_path: Path) -> None:
    # Nothing is ever regained when an urn is refilled from its own draws, so the best student is the first.
    settings = ("controller=rollback", *WATCH, "mixer.window=null", "mixer.human_share=0.0", "controller.margin=0.0")
    rows, engine, events = _run(_arm(*settings), tmp_path)
    teachers = [row["controller/teacher"] for row in rows]
    assert 0 in teachers[1:], "some student is given up"
    draws, mixes = _specs(engine, "draw"), _specs(engine, "mix")
    assert [int(spec["settings"]["written_by"]) for spec in draws] == teachers[:-1]
    for g, spec in enumerate(mixes, start=1):
        assert len(spec["inputs"]["pool"]) == sum(1 for number in _chain(teachers, g) if number > 0)
    told = [event["message"] for event in events if event["kind"] == "warning"]
    assert len(told) == sum(teacher != g for g, teacher in enumerate(teachers))


def _chain(teachers: list[float], g: int) -> list[int]:
    """Return the students that may still write when generation g begins, told by the teachers decided before."""
    left: list[int] = []
    for number in range(g):
        left = [each for each in [*left, number] if each <= teachers[number]]
    return left


def test_a_controller_decides_the_same_when_the_run_is_found_in_the_store(tmp_path: Path) -> None:
    arm = _arm("controller=rollback", *WATCH, f"store={tmp_path}")
    first, _, _ = _run(arm, tmp_path)
    again, engine, _ = _run(arm, tmp_path)
    assert again == first
    assert {stage["state"] for stage in engine.stages} == {"found"}


def test_a_plan_walks_a_run_whose_measures_are_not_there_yet(tmp_path: Path) -> None:
    for controller in ("alarm", "rollback", "tail_setpoint"):
        arm = _arm(f"controller={controller}", *WATCH, "mixer.human_share=0.1", f"store={tmp_path}")
        assert {step.generation for step in walk(arm)} == {0, 1, 2, 3, 4}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (["controller=alarm"], "got student/word_frequency_nll/tail, but this run measures student/known_truth"),
        (
            ["controller=alarm", *WATCH, "source.replicas=2"],
            "controller=Alarm: decides for a whole run. Use one replica",
        ),
        (
            ["controller=tail_setpoint", *WATCH, "mixer.human_share=null"],
            "the mixer wants a constant human_share below 1",
        ),
        (
            ["controller=tail_setpoint", *WATCH, "mixer.human_share=0.5", "mixer.schedule=inverse"],
            "a constant human_share",
        ),
        (
            ["controller=tail_setpoint", *WATCH, "mixer.human_share=0.1", "mixer.fresh=true"],
            "may set mixer.human_share to 0, which the mixer refuses. fresh: want a human_share above 0",
        ),
    ],
)
def test_a_controller_that_could_not_work_is_refused(settings: list[str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        _ = _arm(*settings).built
