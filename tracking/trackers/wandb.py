"""Weights & Biases: one run per arm and seed that mirrors its rows, with `generation` as the axis.

Works offline and without an account; `wandb sync <run folder>/wandb/offline-run-*` sends it later.
"""

import hashlib
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tracking.events import Event
from tracking.files import parse_object, read_text, write_atomically
from tracking.rows import ReplicaGroups, Row, arm_of, generation_of, unit_of
from tracking.run_dir import RunDir
from tracking.tracker import OpenTracker, TrackerContext, TrackerError

if TYPE_CHECKING:
    import wandb

_QUIET = {
    "console": "off",
    "silent": True,
    "disable_git": True,
    "disable_code": True,
    "save_code": False,
    "x_disable_meta": True,
    "x_disable_stats": True,
    "x_disable_machine_info": True,
}
"""W&B's own settings: it gets our rows, and nothing of the machine, the code or the screen."""


@dataclass(frozen=True, slots=True)
class Wandb:
    """Mirrors history rows to Weights & Biases; arms of one seed share a group."""

    project: str
    """Project that the runs appear in."""
    entity: str | None
    """User or team; null for the account's own."""
    mode: Literal["offline", "online"]
    """Offline writes to the run folder alone; online needs an account."""

    def open(self, context: TrackerContext) -> OpenTracker:
        """Begin to mirror; W&B itself starts with the first row that it does not have yet."""
        return _OpenWandb(self, context)


@dataclass(slots=True)
class _Mirror:
    """What W&B has of one run: kept in the run folder, so that a resumed run goes on under the same id."""

    path: Path
    id: str
    digests: dict[str, str]
    """By generation, the digest of the row that was sent."""

    @classmethod
    def of(cls, folder: Path) -> "_Mirror":
        path = folder / "wandb" / "mirror.json"
        if not path.exists():
            return cls(path, secrets.token_hex(8), {})
        kept = parse_object(read_text(path), str(path))
        return cls(path, str(kept["id"]), dict(kept["digests"]))

    def has(self, row: Row) -> bool:
        return self.digests.get(str(generation_of(row))) == _digest(row)

    def add(self, row: Row) -> None:
        self.digests[str(generation_of(row))] = _digest(row)
        write_atomically(self.path, json.dumps({"id": self.id, "digests": self.digests}, indent=2) + "\n")


@dataclass(slots=True)
class _OpenWandb:
    settings: Wandb
    context: TrackerContext
    groups: ReplicaGroups = field(default_factory=ReplicaGroups)
    runs: "dict[tuple[str, int], wandb.Run]" = field(default_factory=dict)

    def event(self, event: Event) -> None:
        """Mirror a row; end the W&B run when ours is done."""
        if event["kind"] == "row":
            for row in self.groups.add(event["row"]):
                self._mirror(row)
        elif event["kind"] == "run_done":
            run = (event["arm"], event["seed"])
            for row in self.groups.rest(*run):
                self._mirror(row)
            if run in self.runs:
                self.runs.pop(run).finish()

    def close(self) -> None:
        """Send what is left; a run that did not end is marked as failed there."""
        for row in self.groups.rest():
            self._mirror(row)
        for run in self.runs.values():
            run.finish(exit_code=1)
        self.runs.clear()

    def _mirror(self, row: Row) -> None:
        arm, seed = arm_of(row), unit_of(row).seed
        folder = next((run.folder for run in self.context.runs if (run.arm, run.seed) == (arm, seed)), None)
        if folder is None:
            raise ValueError(f"wandb: got a row of {arm}, seed {seed}, which is not among the runs to track.")
        mirror = _Mirror.of(folder)
        if mirror.has(row):
            return
        if (arm, seed) not in self.runs:
            self.runs[arm, seed] = self._start(arm, seed, folder, mirror.id)
        numbers = {name: value for name, value in row.items() if isinstance(value, int | float)}
        self.runs[arm, seed].log(numbers)
        mirror.add(row)

    def _start(self, arm: str, seed: int, folder: Path, run_id: str) -> "wandb.Run":
        with _writes_under(self.context.folder / ".wandb"):
            try:
                import wandb
            except ImportError as error:
                raise TrackerError(
                    "trackers.wandb: wandb is not installed. Install it with `pip install wandb`, or leave "
                    "this tracker out; history.jsonl holds every row either way."
                ) from error
            folder.mkdir(parents=True, exist_ok=True)
            try:
                run = wandb.init(
                    project=self.settings.project,
                    entity=self.settings.entity,
                    mode=self.settings.mode,
                    dir=folder,
                    id=run_id,
                    resume="allow",
                    reinit="create_new",
                    name=f"{arm}, seed {seed}",
                    group=f"{self.context.name}, seed {seed}",
                    tags=[arm[:64]],
                    config={"arm": arm, "seed": seed, **_config(folder)},
                    settings=_QUIET,
                )
            except wandb.Error as error:
                raise TrackerError(
                    f"trackers.wandb: W&B did not start in mode {self.settings.mode} ({error}). "
                    "Log in with `wandb login`, or set trackers.wandb.mode=offline."
                ) from error
        run.define_metric("generation")
        run.define_metric("*", step_metric="generation")
        return run


@contextmanager
def _writes_under(folder: Path) -> Iterator[None]:
    """Keep W&B's caches and logs in a folder and its crash reports at home; what the user has set stays."""
    wanted = {
        "WANDB_CACHE_DIR": str(folder / "cache"),
        "WANDB_CONFIG_DIR": str(folder / "config"),
        "WANDB_DATA_DIR": str(folder / "data"),
        "WANDB_ERROR_REPORTING": "false",
    }
    added = {name: value for name, value in wanted.items() if name not in os.environ}
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            del os.environ[name]


def _config(folder: Path) -> Mapping[str, object]:
    run = RunDir(folder)
    return run.read_config() if run.config_path.exists() else {}


def _digest(row: Row) -> str:
    return hashlib.blake2b(json.dumps(row, sort_keys=True).encode(), digest_size=16).hexdigest()
