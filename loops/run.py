"""Run experiments: from the command, or from Python as `run("experiment=urn")`."""

from __future__ import annotations

import platform
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loops.arm import Arm
from loops.code_digest import version
from loops.config import component
from loops.engine import Emit, Engine
from loops.errors import HeirloomError
from loops.loop import run_arm
from loops.plan import plan
from loops.ref import Ref
from loops.samples import Samples
from loops.store import Store
from tracking.events import Event
from tracking.run_dir import RunDir
from tracking.tracker import OpenTracker, RunRef, TrackerContext

__all__ = ["Results", "component", "run"]

SECONDS_BETWEEN_WRITES = 2.0
WRITING_SHARE = 0.05
"""Most of the time that goes into writing the history while it grows: thousands of replicas have long ones."""
RECORDED = (
    "torch",
    "transformers",
    "trl",
    "peft",
    "accelerate",
    "datasets",
    "tokenizers",
    "numpy",
    "pyarrow",
)


class RunFailed(HeirloomError):  # noqa: N818 (says what it is)
    """At least one run of the plan failed; the others were finished."""

    def __init__(self, failures: Sequence[Mapping[str, Any]]) -> None:
        self.failures = failures
        self.exit_code = max(int(failure["code"]) for failure in failures)
        super().__init__("\n".join(f"{f['arm']}, seed {f['seed']}: {f['message']}" for f in failures))


@dataclass(frozen=True)
class Results:
    """What a plan left: rows, and texts by view and generation."""

    runs: Sequence[Arm]

    def rows(self) -> list[dict[str, Any]]:
        """Return the history rows of all arms and seeds."""
        return [row for run in self.runs for row in RunDir(run.folder).read_history()]

    def samples(self, view: str, generation: int, arm: str | None = None, seed: int | None = None) -> Samples:
        """Return the texts of a view: sampled, drawn, kept or corpus.

        Raises:
            HeirloomError: this generation of this run has no such view.
        """
        for run in self.runs:
            if arm in (None, run.arm) and seed in (None, run.seed):
                return view_samples(run.folder, Store(Path(run.place["store"])), view, generation)
        raise HeirloomError(f"samples: no run with arm {arm!r} and seed {seed!r}.")


def run(*overrides: str, multirun: bool = False, trackers: bool = False) -> Results:
    """Run an experiment from Python, quietly unless `trackers`; the same overrides as on the command line.

    Raises:
        ConfigError: before anything starts.
        RunFailed: when all runs have ended, if one of them failed.
    """
    runs = plan(overrides, multirun)
    execute(runs, "heirloom run " + " ".join(overrides), trackers)
    return Results(runs)


def execute(runs: Sequence[Arm], command: str, trackers: bool = True) -> None:
    """Do the runs of a plan with the executor and trackers that it names.

    Raises:
        RunDirError: a run folder was written with other settings.
        RunFailed: at least one run failed.
    """
    check_folders(runs)
    for run in runs:
        write_head(run, command)
    first = runs[0]
    opened: list[OpenTracker] = []
    if trackers:
        context = TrackerContext(
            name=first.name,
            folder=first.folder.parent.parent,
            runs=tuple(RunRef(run.arm, run.seed, run.folder) for run in runs),
            generations=max(run.loop.generations for run in runs),
            headline=tuple(first.place["headline"]),
        )
        opened = [first.built[f"trackers.{name}"].open(context) for name in first.nodes("trackers")]
    failures: list[Event] = []

    def emit(event: Any) -> None:
        if event["kind"] == "run_failed":
            failures.append(event)
        for tracker in opened:
            tracker.event(event)

    try:
        first.built["executor"].run(runs, work, emit)
    finally:
        for tracker in opened:
            tracker.close()
    if failures:
        raise RunFailed(failures)
    if any(run.keep != "all" for run in runs):
        from loops.cleaning import apply_keep

        apply_keep(Store(Path(first.place["store"])), [Path(first.place["output_dir"])])


def check_folders(runs: Sequence[Arm]) -> None:
    """Refuse folders that were written with other settings, before anything is written.

    Raises:
        RunDirError: which, and what differs.
    """
    for run in runs:
        RunDir(run.folder).check_config(run.config)


def write_head(run: Arm, command: str) -> None:
    """Write what a run is before it starts: settings and provenance."""
    import yaml

    folder = RunDir(run.folder)
    run.folder.mkdir(parents=True, exist_ok=True)
    folder.write_config(yaml.safe_dump(dict(run.config), sort_keys=False, allow_unicode=True), run.config)
    folder.write_provenance(
        {
            "command": command,
            "overrides": list(run.overrides),
            "arm": run.arm,
            "seed": run.seed,
            "python": platform.python_version(),
            "machine": platform.machine(),
            "versions": {name: version(name) for name in RECORDED},
            "place": {**run.place, "store": str(Path(run.place["store"]).resolve())},
        }
    )


def work(run: Arm, emit: Emit) -> None:
    """Do one run: fold over the generations, and write what is learned as it is learned."""
    store = Store(Path(run.place["store"]), recompute=run.place["recompute"])
    engine = Engine(store, run.runtime, run.arm, run.seed, emit, run.plugins)
    folder = RunDir(run.folder)
    emit({"kind": "run_started", "arm": run.arm, "seed": run.seed})
    rows: list[dict[str, Any]] = []
    due = 0.0
    for new in run_arm(run, engine):
        rows += new
        before = time.monotonic()
        if before > due:
            _write(folder, rows, engine)
            due = time.monotonic() + max(SECONDS_BETWEEN_WRITES, (time.monotonic() - before) / WRITING_SHARE)
        for row in new:
            emit({"kind": "row", "arm": run.arm, "seed": run.seed, "generation": row["generation"], "row": row})
    _write(folder, rows, engine)
    emit({"kind": "run_done", "arm": run.arm, "seed": run.seed})


def _write(folder: RunDir, rows: Sequence[Mapping[str, Any]], engine: Engine) -> None:
    folder.rewrite_history(rows)
    folder.rewrite_stages(engine.stages)
    folder.rewrite_auditor(engine.audit)


def view_samples(folder: Path, store: Store, view: str, generation: int) -> Samples:
    """Return the texts of a view of one generation of a run, from the store.

    Raises:
        HeirloomError: this generation has no such view.
    """
    views = views_of(folder, generation)
    if view not in views:
        raise HeirloomError(
            f"{folder}: generation {generation} has no view {view!r}, it has {', '.join(views) or 'none'}."
        )
    value = store.open(views[view])
    samples: Samples = value if isinstance(value, Samples) else value.samples()
    return samples


def views_of(folder: Path, generation: int) -> dict[str, Ref]:
    """Return what a generation of a run has to show, by view."""
    stages = [stage for stage in RunDir(folder).read_stages() if stage["generation"] == generation]
    kinds = {
        "sample": ("sampled", "samples"),
        "draw": ("drawn", "samples"),
        "drawn": ("drawn", "rows"),
        "kept": ("kept", "rows"),
        "mix": ("corpus", "rows"),
        "human": ("corpus", "rows"),
    }
    views = {}
    for stage in stages:
        if stage["name"] in kinds:
            view, kind = kinds[stage["name"]]
            views[view] = Ref(stage["stage"], stage["key"], stage["digest"], kind)
        if stage["stage"] == "judge":
            views["kept"] = Ref("judge", stage["key"], stage["digest"], "rows")
    if "drawn" in views and "kept" not in views:
        views["kept"] = views["drawn"]
    return views
