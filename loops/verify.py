"""Run recorded stages once more from their stored settings, and compare what comes out."""

from __future__ import annotations

import multiprocessing
import os
import platform
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from loops.code_digest import version
from loops.errors import ConfigError
from loops.executor.crew import THREAD_VARIABLES
from loops.layered import Layered
from loops.recorded import recorded_stages, store_of
from loops.ref import Ref
from loops.samples import Samples
from loops.spec import Spec, run_stage
from loops.store import Store
from tracking.run_dir import RunDir


@dataclass(frozen=True, slots=True)
class Check:
    """One stage, run once more."""

    generation: int
    name: str
    key: str
    equal: bool
    differing_rows: float | None
    """Share of drawn rows that came out differently; None for other stages."""


def verify(run: RunDir, names: Sequence[str], generation: int | None, done: set[str]) -> Iterator[Check]:
    """Run the stages called `names` (all, if empty) again in a folder of their own and compare digests.

    They run in a process whose threads are set before it starts, as they were in the run. Keys in `done` are left
    out, and those that are run join it: arms share stages.

    Raises:
        ConfigError: the run has no such stage.
    """
    stages = _chosen(run, names, generation)
    store, threads = store_of(run), int(run.read_config()["runtime"]["threads"])
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, str(threads)), TOKENIZERS_PARALLELISM="false")
    spawn = multiprocessing.get_context("spawn")
    with (
        tempfile.TemporaryDirectory(prefix="heirloom-verify-") as scratch,
        ProcessPoolExecutor(max_workers=1, mp_context=spawn) as pool,
    ):
        for stage in stages:
            if stage["key"] in done:
                continue
            done.add(stage["key"])
            yield pool.submit(again, store.root, Path(scratch), stage).result()


def elsewhere(run: RunDir) -> list[str]:
    """Say what was different where the run was computed: machine, Python, libraries."""
    there = run.read_provenance()
    before = {name: there[name] for name in ("machine", "python")} | there["versions"]
    now = {"machine": platform.machine(), "python": platform.python_version()}
    now |= {name: version(name) for name in there["versions"]}
    return [f"{name} {before[name]} there, {now[name]} here" for name in before if before[name] != now[name]]


def again(root: Path, scratch: Path, stage: dict[str, Any]) -> Check:
    """Run one stage once more with the inputs that it had; the store below `root` is only read."""
    below = Store(root)
    entry = below.entry(Ref(stage["stage"], stage["key"], stage["digest"], ""))
    spec = Spec.from_json(entry.spec)
    store = Layered(scratch, below)
    work = store.work(spec.store_key)
    work.mkdir(parents=True)
    output = run_stage(spec, store, lambda done, total, unit: None)
    differing = None
    if spec.stage == "draw":
        differing = differing_share(Samples.open(entry.folder), Samples.open(work))
    return Check(stage["generation"], stage["name"], stage["key"], output.digest == entry.ref.digest, differing)


def differing_share(before: Samples, now: Samples) -> float:
    """Return the share of rows that are not the same, place by place; a row that one side lacks differs.

    Raises:
        ValueError: both are empty.
    """
    longest, shortest = max(len(before), len(now)), min(len(before), len(now))
    if not longest:
        raise ValueError("differing_share: both tables are empty; there is nothing to compare.")
    same = int(np.count_nonzero(before.ids()[:shortest] == now.ids()[:shortest]))
    return 1 - same / longest


def _chosen(run: RunDir, names: Sequence[str], generation: int | None) -> list[dict[str, Any]]:
    stages = recorded_stages(run)
    there = sorted({stage["stage"] for stage in stages} | {stage["name"] for stage in stages})
    for name in names:
        if name not in there:
            raise ConfigError(f"--stages: {run.path} has no stage {name!r}; it has {', '.join(there) or 'none yet'}.")
    chosen = [
        stage
        for stage in stages
        if (not names or stage["stage"] in names or stage["name"] in names)
        and generation in (None, stage["generation"])
    ]
    if not chosen:
        raise ConfigError(f"{run.path}: no such stage in generation {generation}. `heirloom status` shows them.")
    return chosen
