"""Runs side by side in worker processes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from loops.arm import Arm
from loops.errors import ConfigError
from loops.executor.processes import Processes
from loops.plan import plan
from loops.run import component

# Workers import this by name, which they cannot do with a test.
WORK = """
import os
import signal
import time

from loops.errors import StageError


def do(run, emit):
    emit({"kind": "log", "arm": run.arm, "message": f"{os.environ['OMP_NUM_THREADS']} {os.getpid()}"})
    if run.arm == "fails":
        raise StageError("nothing left")
    if run.arm == "breaks":
        raise ZeroDivisionError("a bug")
    if run.arm == "dies":
        os.kill(os.getpid(), signal.SIGKILL)
    if run.arm == "waits":
        time.sleep(60)
    emit({"kind": "run_done", "arm": run.arm})
"""

PARENT = """
import sys
sys.path.insert(0, {folder!r})
import work_for_processes
from loops.executor.processes import Processes
from loops.plan import plan

def main():
    (run,) = plan(["experiment=urn", "arm=waits", '+arms.waits=["mixer=replace"]'])
    Processes(1).run([run], work_for_processes.do, lambda event: print(event["message"], flush=True))

if __name__ == "__main__":
    main()
"""


@pytest.fixture
def do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    (tmp_path / "work_for_processes.py").write_text(WORK)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "work_for_processes", raising=False)
    import work_for_processes  # type: ignore[import-not-found]

    return work_for_processes.do


def _runs(*names: str) -> list[Arm]:
    arms = [f'+arms.{name}=["mixer=replace"]' for name in names]
    return plan(["experiment=urn", *arms, f"arm=[{','.join(names)}]"])


def _events(do: Any, workers: int | None, *names: str) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    Processes(workers).run(_runs(*names), do, lambda event: found[event["arm"]].append(event))
    return found


def test_what_workers_tell_reaches_the_parent_in_order(do: Any) -> None:
    found = _events(do, 2, "a", "b", "c")
    for events in found.values():
        assert [event["kind"] for event in events] == ["log", "run_done"]
    assert all(event["message"].split()[0] == "1" for events in found.values() for event in events[:1])


def test_a_run_that_fails_leaves_the_others_alone(do: Any) -> None:
    found = _events(do, 1, "fails", "breaks", "a")
    assert found["a"][-1]["kind"] == "run_done"
    assert (found["fails"][-1]["message"], found["fails"][-1]["code"]) == ("nothing left", 3)
    assert found["breaks"][-1]["code"] == 1
    assert "ZeroDivisionError: a bug" in found["breaks"][-1]["message"]


def test_a_worker_that_was_killed_is_told_of_and_the_others_go_on(do: Any) -> None:
    found = _events(do, 2, "dies", "a", "b")
    assert found["dies"][-1]["kind"] == "run_failed"
    assert "its process ended with code -9 (-9: killed, perhaps for memory)" in found["dies"][-1]["message"]
    assert found["a"][-1]["kind"] == found["b"][-1]["kind"] == "run_done"


def test_a_new_worker_takes_the_place_of_one_that_died(do: Any) -> None:
    found = _events(do, 1, "dies", "a")
    assert found["dies"][-1]["kind"] == "run_failed"
    assert found["a"][-1]["kind"] == "run_done"


def test_workers_leave_when_their_parent_was_killed(tmp_path: Path, do: Any) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT.format(folder=str(tmp_path)))
    parent = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    worker = int(parent.stdout.readline().split()[1])
    parent.kill()
    parent.wait()
    for _ in range(100):
        if not _alive(worker):
            break
        time.sleep(0.1)
    parent.stdout.close()
    assert not _alive(worker)


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False


def test_the_environment_of_the_workers_is_theirs_alone(do: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    _events(do, 1, "a")
    assert os.environ["OMP_NUM_THREADS"] == "7"


def test_no_workers_are_refused() -> None:
    with pytest.raises(ConfigError, match="workers: got 0, want at least 1, or null for as many as fit"):
        component("executor/processes", workers=0)
