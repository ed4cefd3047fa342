"""A run that was killed, at random moments or at the worst ones, ends like one that was left alone."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from loops.run import Results, run
from loops.store import Store
from tracking.run_dir import RunDir

ROOT = Path(__file__).resolve().parents[1]
# 12,000 rows: the human sample takes two shards.
URN = ("experiment=urn", "source.replicas=120", "generations=1", "arm=[replace,accumulate]")

RUN = """
import os, signal, sys
from pathlib import Path
import loops.shards, loops.store, loops.trainer.counts, tracking.files
from loops.models.categorical import Categorical
from loops.run import run

def die():
    os.kill(os.getpid(), signal.SIGKILL)

def at(number, before, after=None):
    '''Return a function that lets `number` calls pass, and dies in the next.'''
    left = [number]
    def call(*values, **named):
        left[0] -= 1
        if left[0] < 0:
            before(*values, **named)
            die()
        return after(*values, **named)
    return call

rename, fsync = Path.rename, os.fsync

def renamed(wanted, number, done):
    '''Die at a renaming: just before it, or when it is done and nothing after it.'''
    left = [number]
    def call(path, target):
        if wanted(path):
            left[0] -= 1
        if left[0] >= 0 or not wanted(path):
            return rename(path, target)
        if done:
            rename(path, target)
        die()
    Path.rename = call

{patch}
run(*sys.argv[1:])
"""
POINTS = {
    "half of a shard is written": """
write = loops.shards.ShardWriter.write
def half(writer, table):
    path = writer.folder / f"shard-{writer.written:05d}.partial"
    path.write_bytes(bytes(table.nbytes // 2))
loops.shards.ShardWriter.write = at(1, half, write)
""",
    "one shard of two is there": """
write = loops.shards.ShardWriter.write
loops.shards.ShardWriter.write = at(1, lambda *_: None, write)
""",
    "the shard is written and has no name": """
renamed(lambda path: path.suffix == ".partial" and path.name.startswith("shard"), 1, False)
""",
    "the first manifest is written and has no name": """
renamed(lambda path: path.name == "manifest.json.partial", 0, False)
""",
    "a manifest of two shards is written and the folder has no name": """
renamed(lambda path: path.parent.name == "work", 1, False)
""",
    "the drawn texts have a manifest and the folder has no name": """
renamed(lambda path: path.parent.name == "work" and (path / "shard-00000.arrow").exists(), 3, False)
""",
    "the folder has its name and its parent is not flushed": """
renamed(lambda path: path.parent.name == "work", 7, True)
""",
    "training has begun": """
Categorical.fit = at(1, lambda *_: None, Categorical.fit)
""",
    "training has written half of a student": """
fit = Categorical.fit
def half(model, corpus, weight, start, smoothing, folder):
    fit(model, corpus, weight, start, smoothing, folder)
    path = folder / "world.npz"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
Categorical.fit = at(1, half, fit)
""",
    "training is done and not handed over": """
fit = Categorical.fit
Categorical.fit = at(0, fit, fit)
""",
    "the history is half written": """
replace = os.replace
os.replace = at(3, lambda *_: None, replace)
""",
}


def _overrides(folder: Path) -> list[str]:
    return [*URN, f"output_dir={folder}/outputs", f"store={folder}/store"]


def _digests(results: Results) -> list[tuple[Any, ...]]:
    stages = [stage for one in results.runs for stage in RunDir(one.folder).read_stages()]
    return [(stage["generation"], stage["name"], stage["key"], stage["digest"]) for stage in stages]


def _checksums(folder: Path) -> dict[str, dict[str, str]]:
    """Return the checksums of texts, references and weights by stage, each file checked against its manifest."""
    store = Store(folder / "store")
    found = {}
    for entry in store.entries():
        checked = Store(folder / "store").find(entry.ref.stage, entry.ref.key)
        assert checked is not None
        files = {name: checksum for name, checksum in checked.files.items() if not name.endswith(".json")}
        found[f"{entry.ref.stage}/{entry.ref.key}"] = files
    return found


@pytest.fixture(scope="module")
def alone(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[list[tuple[Any, ...]], dict[str, dict[str, str]], list[Any]]:
    folder = tmp_path_factory.mktemp("alone")
    results = run(*_overrides(folder))
    return _digests(results), _checksums(folder), results.rows()


@pytest.mark.parametrize("point", POINTS)
def test_killed_where_it_hurts_and_restarted_a_run_ends_the_same(tmp_path: Path, point: str, alone: Any) -> None:
    script = RUN.replace("{patch}", POINTS[point])
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", script, *_overrides(tmp_path)]
    killed = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    results = run(*_overrides(tmp_path))
    assert (_digests(results), _checksums(tmp_path), results.rows()) == alone
    assert not list((tmp_path / "store" / "work").glob("*"))


def test_what_was_done_before_the_kill_is_found(tmp_path: Path) -> None:
    script = RUN.replace("{patch}", POINTS["training has begun"])
    command = [sys.executable, "-c", script, *_overrides(tmp_path)]
    subprocess.run(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, check=False)
    finished = {entry.ref.key for entry in Store(tmp_path / "store").entries()}
    results = run(*_overrides(tmp_path))
    stages = RunDir(results.runs[0].folder).read_stages()
    assert {stage["key"] for stage in stages if stage["state"] == "found"} >= finished
    assert len(finished) > 10


def test_killed_at_random_moments_a_run_ends_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # The long version: python tests/kill_run.py --kills 20 experiment=urn
    spec = importlib.util.spec_from_file_location("kill_run", ROOT / "tests" / "kill_run.py")
    assert spec is not None
    assert spec.loader is not None
    kill_run = importlib.util.module_from_spec(spec)
    sys.modules["kill_run"] = kill_run
    spec.loader.exec_module(kill_run)
    settings = ["--kills", "3", "--seed", "1", "--folder", str(tmp_path)]
    assert kill_run.main([*settings, "experiment=urn", "source.replicas=50", "generations=4", "arm=replace"]) == 0
    printed = capsys.readouterr().out
    assert printed.count("\nkill") == 3
    assert "0 of " in printed
    assert "contents are equal" in printed
