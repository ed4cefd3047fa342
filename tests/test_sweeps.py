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
from loops.cli import command
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
    # Truth, 2 reads, base, human, prompts, train, sample, 2 accounts, new human text, probabilities, metric:
    # all of generation 0.
    assert len(shared) == 13
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


SWEPT = ("-m", "experiment=urn", "scale=smoke", "trackers=[]", "executor=inline", "arm=accumulate")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["source.drows=1,2"], "source.drows: unknown setting. Did you mean source.draws or "),
        (["mixr=replace,accumulate"], "mixr: unknown setting. Did you mean mixer"),
        (["mixer.human_share=0.1,3"], "mixer: human_share: got 3.0, want a share in [0, 1]. For 30% write 0.3."),
        (
            ["mixer=replace,mix"],
            "mixer=replace: arm 'accumulate' sets mixer=accumulate itself. Give an arm of your own",
        ),
        (["theory.regime=replace,subsample"], "theory.regime=replace: arm 'accumulate' sets theory.regime=accumulate"),
        (["name=n,n"], "n_smoke/accumulate,name=n/seed_0: two runs of this plan would write here. Sweep over"),
        (["seeds=[0,1],[1,2]"], "accumulate/seed_1: two runs of this plan would write here"),
        (["source.draws=1,,2"], "source.draws=1,,2: cannot be read as key=value"),
    ],
)
def test_a_mistake_in_a_sweep_is_one_message_before_anything_starts(
    words: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(["run", *SWEPT, *_place(tmp_path), *words]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("heirloom run: ")
    assert message in captured.err
    assert captured.err.count("\n") == 1
    assert not captured.out
    assert not list(tmp_path.iterdir())


def test_a_second_sweep_into_the_folder_of_another_is_refused_before_anything_starts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sweep = ["run", *SWEPT, *_place(tmp_path), "mixer.human_share=0.1,0.3", "generations=1"]
    assert command([*sweep, "source.replicas=2"]) == 0
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    capsys.readouterr()
    assert command([*sweep, "source.replicas=3"]) == 2
    captured = capsys.readouterr()
    assert not captured.out
    first = tmp_path / "outputs" / "urn_smoke" / "accumulate,mixer.human_share=0.1" / "seed_0"
    assert captured.err == (
        f"heirloom run: {first}: this folder was written with other settings:\n"
        "  source.replicas: 2 there, 3 now\n"
        "Keep both with name=urn_smoke_2, or set these back. Only metrics, tasks, trackers, executor, keep may differ, "
        "and generations may grow.\n"
    )
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()} == before
    assert command([*sweep, "source.replicas=2"]) == 0, "the same sweep is no other one"
