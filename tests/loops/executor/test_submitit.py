"""Runs as jobs: of this machine, and of a Slurm that is played by four scripts."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from loops.arm import Arm
from loops.cli import command
from loops.errors import ConfigError
from loops.executor.submitit import Submitit, _Task
from loops.plan import plan
from loops.run import component, run
from tracking.run_dir import RunDir

submitit = pytest.importorskip("submitit", reason="Slurm is an extra: pip install submitit")

# Jobs import this by name, which they cannot do with a test.
WORK = """
import os
import signal
import time

from loops.errors import StageError


def do(run, emit):
    emit({"kind": "log", "arm": run.arm, "message": f"{os.environ['OMP_NUM_THREADS']} {os.getpid()}"})
    emit({"kind": "progress", "arm": run.arm, "seed": run.seed, "done": 3, "total": 4, "unit": "tokens"})
    if run.arm == "fails":
        raise StageError("nothing left")
    if run.arm == "breaks":
        raise ZeroDivisionError("a bug")
    if run.arm == "dies":
        os.kill(os.getpid(), signal.SIGKILL)
    if run.arm == "waits":
        time.sleep(60)
    emit({"kind": "row", "arm": run.arm, "row": {"generation": 0, "student/a/b": 0.1 + 0.2}})
    emit({"kind": "run_done", "arm": run.arm})
"""

PARENT = """
import sys
sys.path.insert(0, {folder!r})
import work_for_jobs
from loops.executor.submitit import Submitit
from loops.plan import plan

(run,) = plan(["experiment=urn", "output_dir={folder}", "arm=waits", '+arms.waits=["mixer=replace"]'])
told = lambda event: event["kind"] == "log" and print(event["message"], flush=True)
Submitit("local", None, 5, 0, {{}}).run([run], work_for_jobs.do, told)
"""

SLURM = {
    "sbatch": """
cp "$1" "$SLURM_PLAYED/submitted.sh"
count=$(sed -n 's/^#SBATCH --array=0-\\([0-9]*\\).*/\\1/p' "$1")
for i in $(seq 0 "$count"); do
  SLURM_JOB_ID=$((70 + i)) SLURM_ARRAY_JOB_ID=70 SLURM_ARRAY_TASK_ID=$i sh "$1" > "$SLURM_PLAYED/$i.log" 2>&1 &
done
echo "Submitted batch job 70"
""",
    "srun": """
while [ "${1#--}" != "$1" ]; do
  case "$1" in --output|--error) shift 2;; *) shift;; esac
done
exec "$@"
""",
    "sacct": "exit 1",
    "scancel": 'echo "$@" >> "$SLURM_PLAYED/cancelled"',
}


@pytest.fixture
def do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    (tmp_path / "work_for_jobs.py").write_text(WORK)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    monkeypatch.delitem(sys.modules, "work_for_jobs", raising=False)
    import work_for_jobs  # type: ignore[import-not-found]

    return work_for_jobs.do


@pytest.fixture
def runs(tmp_path: Path) -> Callable[..., list[Arm]]:
    def made(*names: str) -> list[Arm]:
        arms = [f'+arms.{name}=["mixer=replace"]' for name in names]
        return plan(["experiment=urn", f"output_dir={tmp_path}", *arms, f"arm=[{','.join(names)}]"])

    return made


def _events(executor: Submitit, runs: list[Arm], do: Any) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {run.arm: [] for run in runs}
    executor.run(runs, do, lambda event: found[event["arm"]].append(event))
    return found


def _local(**settings: Any) -> Submitit:
    made: Submitit = component("executor/submitit", cluster="local", timeout_min=5, **settings)
    return made


def test_what_jobs_tell_reaches_the_parent_in_order_and_failures_leave_the_others_alone(
    do: Any, runs: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(submitit.core.core.Job, "_results_timeout_s", 0)  # no file system of this machine is late
    found = _events(_local(), runs("a", "fails", "breaks", "dies"), do)
    assert [event["kind"] for event in found["a"]] == ["log", "progress", "row", "run_done"]
    assert found["a"][0]["message"].split()[0] == "1"
    assert found["a"][1] == {"kind": "progress", "arm": "a", "seed": 0, "done": 3, "total": 4, "unit": "tokens"}
    assert found["a"][2]["row"] == {"generation": 0, "student/a/b": 0.30000000000000004}
    assert (found["fails"][-1]["message"], found["fails"][-1]["code"]) == ("nothing left", 3)
    assert found["breaks"][-1]["code"] == 1
    assert "ZeroDivisionError: a bug" in found["breaks"][-1]["message"]
    assert found["dies"][-1]["kind"] == "run_failed"
    assert "has not produced any output" in found["dies"][-1]["message"]
    assert str(tmp_path / "urn" / "submitit") in found["dies"][-1]["message"]
    assert not list((tmp_path / "urn" / "submitit").glob("*.events"))


def test_no_more_jobs_than_workers_are_submitted_at_one_time(do: Any, runs: Any) -> None:
    events: list[dict[str, Any]] = []
    _local(workers=1).run(runs("a", "b"), do, events.append)
    assert [event["arm"] for event in events] == ["a"] * 4 + ["b"] * 4


def test_it_says_how_many_runs_are_under_way_at_one_time(runs: Any) -> None:
    assert _local().at_once(runs("a", "b")) == 2
    assert _local(workers=1).at_once(runs("a", "b")) == 1
    assert _local(workers=9).at_once(runs("a", "b")) == 2


def test_ctrl_c_cancels_the_jobs(tmp_path: Path, do: Any) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT.format(folder=str(tmp_path)))
    parent = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    job = int(parent.stdout.readline().split()[1])
    parent.send_signal(signal.SIGINT)
    _, error = parent.communicate()
    assert error.strip().endswith("KeyboardInterrupt")
    for _ in range(100):
        if not _alive(job):
            break
        time.sleep(0.1)
    assert not _alive(job)


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False


def test_a_run_is_the_same_as_in_this_process(tmp_path: Path) -> None:
    small = ["experiment=urn", "source.types=10", "source.draws=10", "source.replicas=5", "generations=1"]
    place = [f"output_dir={tmp_path}/{{0}}", f"store={tmp_path}/{{0}}/store", "arm=[replace,accumulate]"]
    jobs = run(*small, *[each.format("jobs") for each in place], "executor=submitit", "executor.cluster=local")
    here = run(*small, *[each.format("here") for each in place])
    assert jobs.rows() == here.rows()
    states = [stage["state"] for one in jobs.runs for stage in RunDir(one.folder).read_stages()]
    keys = {stage["key"] for one in jobs.runs for stage in RunDir(one.folder).read_stages()}
    assert states.count("computed") == len(keys), "both jobs need student 0, and one of them makes it"


@pytest.fixture
def played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Slurm's commands as scripts that start jobs in the background of this machine."""
    folder = tmp_path / "slurm"
    folder.mkdir()
    for name, text in SLURM.items():
        (folder / name).write_text(f"#!/bin/sh\n{text}")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("SLURM_PLAYED", str(folder))
    return folder


def test_slurm_gets_one_array_with_what_the_settings_ask_for(do: Any, runs: Any, played: Path) -> None:
    asked = {"slurm_partition": "gpu", "gpus_per_node": 1, "mem_gb": 32}
    found = _events(component("executor/submitit", timeout_min=90, parameters=asked), runs("a", "fails"), do)
    assert [event["kind"] for event in found["a"]] == ["log", "progress", "row", "run_done"]
    assert found["fails"][-1]["message"] == "nothing left"
    lines = (played / "submitted.sh").read_text().splitlines()
    for line in ("partition=gpu", "gpus-per-node=1", "mem=32GB", "time=90", "cpus-per-task=1", "job-name=urn"):
        assert f"#SBATCH --{line}" in lines
    assert "#SBATCH --array=0-1%2" in lines
    assert not (played / "cancelled").exists()


def test_jobs_of_slurm_are_cancelled_when_the_parent_cannot_go_on(do: Any, runs: Any, played: Path) -> None:
    def interrupted(event: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        component("executor/submitit").run(runs("a", "b"), do, interrupted)
    assert (played / "cancelled").read_text().split() == ["70_0", "70_1"]


def test_a_job_out_of_time_is_queued_again_as_it_was(runs: Any, tmp_path: Path) -> None:
    events: list[Any] = []
    task = _Task(runs("a")[0], lambda run, emit: emit({"kind": "log"}), tmp_path / "x.events")
    again = task.checkpoint()
    for each in (task, again.function):
        each()
        events += map(json.loads, task.events.read_text().splitlines())
    assert again.function is task
    assert events == [{"kind": "log"}, None] + [{"kind": "log"}, None] * 2


def test_a_missing_package_is_one_message_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "submitit" else find(name))
    assert command(["run", "experiment=urn", "executor=submitit", f"output_dir={tmp_path}/o"]) == 2
    assert capsys.readouterr().err == (
        "heirloom run: executor=submitit: the package submitit is not installed. Run `pip install submitit`, or "
        "choose executor=processes.\n"
    )
    assert not list(tmp_path.iterdir())


def test_a_machine_without_slurm_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match=r"executor\.cluster: got slurm, but the command srun is not on this machine"):
        component("executor/submitit").check_available()
    _local().check_available()


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"slurm_partitoin": "gpu"}, r"executor\.parameters: Unknown argument 'partitoin' for executor 'slurm'"),
        ({"mem_gb": "much"}, r'executor\.parameters: Parameter "mem_gb" expected type'),
    ],
)
def test_what_submitit_does_not_know_is_refused(do: Any, runs: Any, parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        _local(parameters=parameters).run(runs("a"), do, lambda event: None)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"workers": 0}, "workers: got 0, want at least 1, or null for all"),
        ({"timeout_min": 0}, "timeout_min: got 0, want at least 1"),
        ({"max_num_timeout": -1}, "max_num_timeout: got -1, want 0 or more"),
        ({"cluster": "ray"}, 'cluster: got "ray"'),
    ],
)
def test_wrong_numbers_are_refused(setting: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        component("executor/submitit", **setting)
