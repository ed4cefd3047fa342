from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from loops.plan import plan
from loops.run import execute
from loops.stage import main
from loops.store import Store
from tracking.run_dir import RunDir

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def finished(tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """A store, and the record of the last training in it."""
    sizes = ["source.replicas=3", "source.types=5", "prompts.count=5", "generations=1"]
    place = [f"store={tmp_path / 'store'}", f"output_dir={tmp_path / 'out'}"]
    runs = plan(["experiment=urn", "arm=replace", *sizes, *place])
    execute(runs, "test", trackers=False)
    student = [stage for stage in RunDir(runs[0].folder).read_stages() if stage["name"] == "train"][-1]
    return tmp_path / "store", student


def begun_again(store: Path, student: dict[str, str]) -> Path:
    """Leave a finished stage as an interruption would: its settings in the work folder, nothing else."""
    folder, work = store / "train" / student["key"], store / "work" / student["key"]
    work.mkdir(parents=True)
    shutil.copy(folder / "spec.json", work)
    shutil.rmtree(folder)
    return work


def test_a_finished_stage_is_found(finished: tuple[Path, dict[str, str]], capsys: pytest.CaptureFixture[str]) -> None:
    store, student = finished
    assert main([student["key"], "--store", str(store)]) == 0
    assert capsys.readouterr().out == f"train {student['key']}: found, digest {student['digest']}\n"


def test_a_stage_that_was_begun_is_done_in_a_process_of_its_own(finished: tuple[Path, dict[str, str]]) -> None:
    store, student = finished
    work = begun_again(store, student)
    words = [sys.executable, "-m", "loops.stage", student["key"], "--store", str(store)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(words, capture_output=True, text=True, check=True, cwd=ROOT, env=environment)
    assert done.stdout.startswith(f"train {student['key']}: computed in ")
    assert done.stdout.endswith(f"digest {student['digest']}\n")
    assert not work.exists()


def test_removed_weights_come_back(finished: tuple[Path, dict[str, str]], capsys: pytest.CaptureFixture[str]) -> None:
    path, student = finished
    store = Store(path)
    entry = store.find("train", student["key"])
    assert entry is not None
    store.strip(entry, ["world.npz"])
    assert not (entry.folder / "world.npz").exists()
    assert main([student["key"], "--store", str(path)]) == 0
    assert f"weights trained anew, digest {student['digest']}" in capsys.readouterr().out
    assert (entry.folder / "world.npz").exists()


def test_a_stage_begun_with_other_code_is_refused(
    finished: tuple[Path, dict[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    store, student = finished
    path = begun_again(store, student) / "spec.json"
    content = json.loads(path.read_text())
    content["settings"]["adapter"] = "fresh"  # stands in for any part of the key
    path.write_text(json.dumps(content))
    assert main([student["key"], "--store", str(store)]) == 2
    assert "was begun with other code, libraries or files" in capsys.readouterr().err


def test_an_unknown_key_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["0" * 32, "--store", str(tmp_path)]) == 2
    assert "neither finished nor begun" in capsys.readouterr().err
