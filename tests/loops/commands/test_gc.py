from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from loops.cli import command
from loops.lookup import walk
from loops.recorded import recorded
from loops.store import Store
from tracking.run_dir import RunDir


def freed(urn: Any, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    assert command(["gc", "--store", str(urn.store), "--output-dir", str(urn.root / "out"), *words]) == 0
    return capsys.readouterr().out


def keys(store: Path) -> set[str]:
    return {entry.ref.key for entry in Store(store).entries()}


def weights(urn: Any, arm: str) -> dict[int, bool]:
    """Whether each generation's student still has its weights."""
    store = Store(urn.store)
    students = [stage for stage in RunDir(urn.run(arm)).read_stages() if stage["name"] == "train"]
    return {s["generation"]: (store.folder("train", s["key"]) / "world.npz").exists() for s in students}


def test_a_store_that_is_all_in_use_loses_nothing(
    new_urn: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    urn = new_urn()
    before = keys(urn.store)
    assert "0 bytes freed." in freed(urn, capsys)
    assert keys(urn.store) == before


def test_stages_of_a_removed_run_go_and_shared_ones_stay(
    new_urn: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    urn = new_urn("arm=[replace,accumulate]")
    shutil.rmtree(urn.run("accumulate"))
    before = keys(urn.store)
    assert "bytes would be freed." in freed(urn, capsys, "--dry-run")
    assert keys(urn.store) == before
    freed(urn, capsys)
    assert keys(urn.store) == {stage["key"] for stage in RunDir(urn.run("replace")).read_stages()}


def test_with_ends_the_weights_between_go_and_all_else_stays(
    new_urn: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    urn = new_urn("arm=replace")
    before, history = keys(urn.store), (urn.run("replace") / "history.jsonl").read_text()
    assert command(["run", "experiment=urn", "scale=smoke", "trackers=[]", *urn.place, "arm=replace", "keep=ends"]) == 0
    assert weights(urn, "replace") == {0: True, 1: False, 2: False, 3: True}  # at the end of the run, without gc
    assert keys(urn.store) == before
    assert "0 bytes freed." in freed(urn, capsys)
    assert command(["report", str(urn.run("replace"))]) == 0
    assert (urn.run("replace") / "history.jsonl").read_text() == history


def test_a_stage_that_reads_removed_weights_trains_them_anew(new_urn: Callable[..., Any]) -> None:
    urn = new_urn("arm=replace", "keep=last")
    assert weights(urn, "replace") == {0: False, 1: False, 2: False, 3: True}
    # Another generator draws from students 0, 1 and 2, and from student 0 first, which is the same in both runs.
    words = ["run", "experiment=urn", "scale=smoke", "trackers=[]", *urn.place, "arm=replace", "name=cold"]
    assert command([*words, "generator.temperature=0.5"]) == 0
    stages = RunDir(urn.root / "out" / "cold_smoke" / "replace" / "seed_0").read_stages()
    states = {s["generation"]: s["state"] for s in stages if s["name"] == "train"}
    assert states == {0: "found", 1: "computed", 2: "computed", 3: "computed"}
    assert weights(urn, "replace")[0]


def test_weights_that_another_run_keeps_stay(new_urn: Callable[..., Any]) -> None:
    urn = new_urn("arm=replace")
    words = ["run", "experiment=urn", "scale=smoke", "trackers=[]", *urn.place, "arm=replace", "keep=last"]
    assert command([*words, "name=twin"]) == 0
    assert all(weights(urn, "replace").values())


def test_other_weights_than_were_removed_are_refused(
    new_urn: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    urn = new_urn("arm=replace", "keep=last")
    student_0 = next(s for s in RunDir(urn.run("replace")).read_stages() if s["name"] == "train")
    manifest = urn.store / "train" / student_0["key"] / "manifest.json"
    content = json.loads(manifest.read_text())
    content["spec"]["components"]["trainer"]["smoothing"] = 1.0
    manifest.write_text(json.dumps(content))
    words = ["run", "experiment=urn", "scale=smoke", "trackers=[]", *urn.place, "arm=replace", "name=cold"]
    assert command([*words, "generator.temperature=0.5"]) == 3
    assert "its weights were removed to free space" in capsys.readouterr().err


def test_a_run_cut_short_keeps_what_it_did_and_the_work_it_goes_on_with(
    new_urn: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    urn = new_urn("arm=replace", "keep=last")
    run = urn.run("replace")
    history = [line for line in (run / "history.jsonl").read_text().splitlines() if '"generation": 3' not in line]
    (run / "history.jsonl").write_text("\n".join(history) + "\n")
    (run / "stages.jsonl").write_text("")  # killed before it could write down its stages
    student = next(step for step in walk(recorded(RunDir(run))) if (step.generation, step.label) == (3, "train"))
    shutil.rmtree(urn.store / "train" / student.key)
    for name in (student.key, "of_nobody"):
        (urn.store / "work" / name).mkdir(parents=True)
    before = keys(urn.store)
    assert "1 work folders that nobody goes on with" in freed(urn, capsys)
    assert [path.name for path in (urn.store / "work").iterdir()] == [student.key]
    later = {stage.key for stage in walk(recorded(RunDir(run))) if stage.state == "found"}
    assert later <= keys(urn.store) < before  # what followed student 3 is out of reach until it is trained


def test_work_that_is_held_stays(new_urn: Callable[..., Any], capsys: pytest.CaptureFixture[str]) -> None:
    urn = new_urn("arm=replace")
    work = urn.store / "work" / "held"
    work.mkdir(parents=True)
    with FileLock(urn.store / "locks" / "held"):
        freed(urn, capsys)
        assert work.exists()
    freed(urn, capsys)
    assert not work.exists()


def test_a_store_whose_runs_are_elsewhere_is_left_alone(
    new_urn: Callable[..., Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    urn = new_urn("arm=replace")
    other = tmp_path / "other_store"
    other.mkdir()
    assert command(["gc", "--store", str(other), "--output-dir", str(urn.root / "out")]) == 2
    assert "has this store, so nothing in it would be kept" in capsys.readouterr().err
    assert command(["gc", "--store", str(tmp_path / "absent")]) == 2
    assert "is no folder" in capsys.readouterr().err


def test_an_unknown_keep_is_refused(urn: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["run", "experiment=urn", *urn.place, "keep=some"]) == 2
    assert "keep: got 'some', want one of all, ends, last." in capsys.readouterr().err
