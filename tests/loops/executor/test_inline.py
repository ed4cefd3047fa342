"""Runs one after the other in this process."""

from __future__ import annotations

import errno
import os
from typing import Any

from loops.arm import Arm
from loops.errors import StageError
from loops.executor.inline import Emit
from loops.plan import plan
from loops.run import component

RUNS = plan(["experiment=urn"])


def _do(errors: dict[str, BaseException]) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []

    def work(run: Arm, emit: Emit) -> None:
        if run.arm in errors:
            raise errors[run.arm]
        emit({"kind": "run_done", "arm": run.arm})

    component("executor/inline").run(RUNS, work, events.append)
    return events


def test_runs_are_done_in_the_order_of_the_plan() -> None:
    assert [event["arm"] for event in _do({})] == ["replace", "accumulate", "human_only"]


def test_a_run_that_fails_leaves_the_others_alone() -> None:
    failed, *done = _do({"replace": StageError("nothing left")})
    assert failed == {"kind": "run_failed", "arm": "replace", "seed": 0, "message": "nothing left", "code": 3}
    assert [event["kind"] for event in done] == ["run_done", "run_done"]


def test_a_full_disk_is_said_in_one_sentence() -> None:
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "outputs/store/work/x")
    event = _do({"accumulate": full})[1]
    assert event["message"] == "outputs/store/work/x: the disk is full. Free some space; the same command goes on."
    assert event["code"] == 2


def test_a_bug_carries_its_traceback() -> None:
    event = _do({"human_only": ZeroDivisionError("a bug")})[2]
    assert event["code"] == 1
    assert event["message"].startswith("Traceback")
    assert "ZeroDivisionError: a bug" in event["message"]
