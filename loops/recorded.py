"""A run as its folder tells it: the settings that it was written with, and where its store lies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from loops.arm import Arm
from loops.errors import ConfigError
from loops.store import Store
from tracking.run_dir import RunDir, find_runs

FORKED_FROM = "forked_from"
"""The part of a fork's settings that holds its trunk: whose run, up to which generation, with which settings."""


def recorded_runs(roots: Sequence[Path]) -> list[RunDir]:
    """Return the runs in these folders, each once.

    Raises:
        RunDirError: a folder holds no run.
    """
    runs = {run.path.resolve(): run for root in roots for run in find_runs(root)}
    return list(runs.values())


def recorded(run: RunDir) -> Arm:
    """Return a run from its folder, ready to be walked or forked.

    Raises:
        RunDirError: its files are missing or damaged.
    """
    provenance = run.read_provenance()
    place = provenance["place"]
    overrides = tuple(provenance.get("overrides", ()))
    return made(run.read_config(), run.name, run.arm, run.seed, run.path, place, overrides)


def made(
    config: Mapping[str, Any],
    name: str,
    arm: str,
    seed: int,
    folder: Path,
    place: Mapping[str, Any],
    overrides: tuple[str, ...] = (),
) -> Arm:
    """Return a run of these settings; where they say that it was forked, its trunk too."""
    trunk, generation = None, -1
    fork = config.get(FORKED_FROM)
    if fork is not None:
        trunk = made(fork["config"], name, arm, seed, folder, place)
        generation = int(fork["generation"])
    return Arm(name, arm, seed, folder, config, place, trunk, generation, overrides)


def store_of(run: RunDir) -> Store:
    """Return the store that a run was computed in.

    Raises:
        ConfigError: it is not there any more.
    """
    root = Path(run.read_provenance()["place"]["store"])
    if not root.is_dir():
        raise ConfigError(f"{run.path}: its store {root} is not there. Run the experiment again with store={root}.")
    return Store(root)


def stores_of(runs: Sequence[RunDir]) -> dict[Path, Store]:
    """Return the store of each run, by its folder; runs of one store share what is opened.

    Raises:
        ConfigError: one is not there any more.
    """
    stores = {run.path: store_of(run) for run in runs}
    by_root = {store.root: store for store in stores.values()}
    return {path: by_root[store.root] for path, store in stores.items()}


def recorded_stages(run: RunDir) -> list[dict[str, Any]]:
    """Return the stages that a run has done so far; none where it has only just started."""
    return run.read_stages() if run.stages_path.exists() else []


def is_complete(run: RunDir) -> bool:
    """Say whether every generation has its row in the history."""
    rows = run.read_history() if run.history_path.exists() else []
    done = {int(row["generation"]) for row in rows}
    return done >= set(range(int(run.read_config()["generations"]) + 1))
