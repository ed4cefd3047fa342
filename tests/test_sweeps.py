"""Many runs over one store: what they share is computed once, and a sweep that was killed goes on where it stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from loops.arm import Arm
from loops.executor.processes import Processes
from loops.plan import plan
from loops.run import Results, run
from tracking.run_dir import RunDir

ROOT = Path(__file__).resolve().parents[1]
URN = ("experiment=urn", "source.types=10", "source.draws=10", "source.replicas=20", "generations=2")
ARMS = 3
# Workers import this by name. Whoever gets the lock of a shared stage keeps it until all workers have come to it, so
# that none can find the stage done before it asks for it.
WORK = """
import os, time
from contextlib import contextmanager
from pathlib import Path
import loops.run
from loops.store import Store

MEETING = Path(os.environ["MEETING"])
SHARED = set((MEETING / "shared").read_text().split())
lock = Store.lock

@contextmanager
def meet(store, key):
    if key in SHARED:
        (MEETING / f"{key}.{os.getpid()}").touch()
    with lock(store, key):
        end = time.monotonic() + 120
        while key in SHARED and len(list(MEETING.glob(f"{key}.*"))) < 3:
            if time.monotonic() > end:
                raise TimeoutError(key)
            time.sleep(0.01)
        yield

def do(run, emit):
    Store.lock = meet
    loops.run.work(run, emit)
"""


def _place(folder: Path) -> list[str]:
    return [f"output_dir={folder}/outputs", f"store={folder}/store"]


def _stages(runs: Sequence[Arm]) -> list[dict[str, Any]]:
    return [stage for one in runs for stage in RunDir(one.folder).read_stages()]


def _digests(runs: Sequence[Arm]) -> list[tuple[Any, ...]]:
    return [(stage["generation"], stage["name"], stage["key"], stage["digest"]) for stage in _stages(runs)]


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """The same arms, one after the other in this process."""
    return run(*URN, *_place(tmp_path_factory.mktemp("alone")))


@pytest.fixture
def do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, alone: Results) -> Any:
    """The work of workers that meet at every stage that all arms share."""
    keys = [{stage["key"] for stage in RunDir(one.folder).read_stages()} for one in alone.runs]
    shared = set.intersection(*keys)
    # Truth, 2 reads, base, human, prompts, train, sample, 2 accounts, probabilities, metric: all of generation 0.
    assert len(shared) == 12
    (tmp_path / "shared").write_text("\n".join(shared))
    (tmp_path / "work_for_sweep.py").write_text(WORK)
    monkeypatch.setenv("MEETING", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "work_for_sweep", raising=False)
    import work_for_sweep  # type: ignore[import-not-found]

    return work_for_sweep.do


def _executor(name: str) -> Any:
    if name == "processes":
        return Processes(ARMS)
    pytest.importorskip("submitit", reason="Slurm is an extra: pip install submitit")
    from loops.run import component

    return component("executor/submitit", cluster="local", timeout_min=5)


@pytest.mark.parametrize("name", ["processes", "submitit"])
def test_what_arms_share_is_computed_once_also_at_the_same_moment(
    name: str, tmp_path: Path, do: Any, alone: Results
) -> None:
    runs = plan([*URN, *_place(tmp_path)])
    assert len(runs) == ARMS
    events: list[dict[str, Any]] = []
    _executor(name).run(runs, do, events.append)
    assert [event for event in events if event["kind"] == "run_failed"] == []
    shared = (tmp_path / "shared").read_text().split()
    assert {key: len(list(tmp_path.glob(f"{key}.*"))) for key in shared} == dict.fromkeys(shared, ARMS)
    computed = Counter(stage["key"] for stage in _stages(runs) if stage["state"] == "computed")
    assert computed == Counter(dict.fromkeys({stage["key"] for stage in _stages(alone.runs)}, 1))
    assert _digests(runs) == _digests(alone.runs)


def _command(folder: Path) -> subprocess.Popen[str]:
    words = [*URN[:-1], "generations=8", "seeds=[0,1]", "executor=processes", "executor.workers=2", *_place(folder)]
    code = "from loops.cli import main; main()"
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}
    return subprocess.Popen(
        [sys.executable, "-c", code, "run", *words], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip


def _finished(folder: Path) -> set[str]:
    return {path.parent.name for path in (folder / "store").glob("*/*/manifest.json")} - {
        path.parent.name for path in (folder / "store" / "work").glob("*/manifest.json")
    }


def _workers(parent: int) -> list[int]:
    """Return the children that hold a run; multiprocessing has a child of its own beside them."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [int(child) for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


def _wait_for(folder: Path, n: int) -> None:
    end = time.monotonic() + 300
    while len(_finished(folder)) < n:
        assert time.monotonic() < end
        time.sleep(0.02)


def _goes_on(folder: Path, finished: set[str]) -> None:
    """Run the same sweep again in this process, and hold it against one that was left alone."""
    words = [*URN[:-1], "generations=8", "seeds=[0,1]"]
    again, left_alone = run(*words, *_place(folder)), run(*words, *_place(folder / "alone"))
    assert again.rows() == left_alone.rows()
    assert _digests(again.runs) == _digests(left_alone.runs)
    computed = {stage["key"] for stage in _stages(again.runs) if stage["state"] == "computed"}
    assert not computed & finished
    assert not list((folder / "store" / "work").glob("*"))


def test_a_sweep_whose_parent_was_killed_goes_on_where_it_stopped(tmp_path: Path) -> None:
    parent = _command(tmp_path)
    _wait_for(tmp_path, 40)
    workers = _workers(parent.pid)
    assert len(workers) == 2
    parent.kill()
    parent.communicate()
    while any(Path(f"/proc/{worker}").exists() for worker in workers):  # they leave with their parent
        time.sleep(0.05)
    finished = _finished(tmp_path)
    assert len(finished) >= 40
    _goes_on(tmp_path, finished)


def test_a_sweep_one_of_whose_workers_was_killed_does_the_rest_and_goes_on(tmp_path: Path) -> None:
    parent = _command(tmp_path)
    _wait_for(tmp_path, 40)
    os.kill(_workers(parent.pid)[0], signal.SIGKILL)
    _, error = parent.communicate()
    assert parent.returncode == 1
    assert error.count("its process ended with code -9") == 1
    finished = _finished(tmp_path)
    _goes_on(tmp_path, finished)
