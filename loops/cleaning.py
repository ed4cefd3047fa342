"""What can leave the store: stages that no run refers to, work that nobody goes on with, weights beyond `keep`."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from loops.errors import ConfigError
from loops.lookup import walk
from loops.recorded import is_complete, recorded, recorded_stages
from loops.ref import Ref
from loops.store import Entry, Store
from tracking.run_dir import RunDir, find_runs

WEIGHTS = (".safetensors", ".npz")
"""Files of a student that are large; tokenizer, configuration and training log stay."""


@dataclass(frozen=True, slots=True)
class Removal:
    """Something that can go."""

    what: str
    """work, stage or weights."""
    path: Path
    bytes: int
    entry: Entry | None
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Use:
    """What one run needs from the store."""

    keys: frozenset[str]
    """Stages that it has done, or would find when it is started again."""
    ahead: frozenset[str]
    """Stages that it would go on with: their work folders may hold half of what they do."""
    weights: frozenset[str]
    """Students whose weights stay, by its `keep`."""


def users(store: Store, roots: Sequence[Path]) -> list[Use]:
    """Return what each run under these folders needs from a store.

    Raises:
        ConfigError: no run there has this store.
        RunDirError: a run's files are damaged.
    """
    mine = []
    for run in (run for root in roots for run in find_runs(root)):
        if run.provenance_path.exists() and Path(run.read_provenance()["place"]["store"]) == store.root.resolve():
            mine.append(_use(run, store))
    if not mine:
        places = ", ".join(map(str, roots))
        raise ConfigError(
            f"{store.root}: no run in {places} has this store, so nothing in it would be kept. Say where its runs lie "
            "with --output-dir, or remove the folder yourself."
        )
    return mine


def removable(store: Store, roots: Sequence[Path]) -> list[Removal]:
    """Return all that can go. What a run finishes from now on is no part of it."""
    entries = {entry.ref.key: entry for entry in store.entries()}  # first: later ones are none of ours
    work = sorted((store.root / "work").glob("*"))
    uses = users(store, roots)
    needed = _closure({key for use in uses for key in use.keys}, entries)
    ahead = {key for use in uses for key in use.ahead}
    return [
        *(
            Removal("work", path, _size(path), None)
            for path in work
            if path.name not in ahead and _is_free(store, path)
        ),
        *(Removal("stage", e.folder, _size(e.folder), e) for key, e in entries.items() if key not in needed),
        *_weights([entries[key] for key in entries if key in needed], uses),
    ]


def remove(store: Store, removals: Iterable[Removal]) -> None:
    """Remove it."""
    for removal in removals:
        if removal.entry is None:
            shutil.rmtree(removal.path, ignore_errors=True)
        elif removal.files:
            store.strip(removal.entry, removal.files)
        else:
            store.forget(removal.entry.ref)


def apply_keep(store: Store, roots: Sequence[Path]) -> None:
    """Remove the weights that no run keeps, and nothing else."""
    remove(store, [removal for removal in removable(store, roots) if removal.what == "weights"])


def _use(run: RunDir, store: Store) -> Use:
    stages, arm, complete = recorded_stages(run), recorded(run), is_complete(run)
    keys, ahead = {str(stage["key"]) for stage in stages}, set[str]()
    if not complete:  # what it has done may be more than it has written down
        steps = walk(arm)
        keys |= {step.key for step in steps if step.state == "found"}
        ahead = {step.key for step in steps if step.is_certain and step.state != "found"}
    students = {
        stage["key"]: Ref(stage["stage"], stage["key"], stage["digest"], "student")
        for stage in stages
        if stage["stage"] in ("base", "train")
    }
    if complete and arm.keep != "all":
        return Use(frozenset(keys), frozenset(ahead), _kept(stages, students, arm.keep, store))
    return Use(frozenset(keys), frozenset(ahead), frozenset(keys))


def _kept(
    stages: Sequence[Mapping[str, object]], students: Mapping[str, Ref], keep: str, store: Store
) -> frozenset[str]:
    """Return the keys of the students that `ends` or `last` keeps, with the bases that they sit on."""
    by_generation = {stage["generation"]: str(stage["key"]) for stage in stages if stage["key"] in students}
    last = max(int(str(stage["generation"])) for stage in stages)
    chosen = {by_generation[g] for g in ((0, last) if keep == "ends" else (last,)) if g in by_generation}
    kept: set[str] = set()
    for key in chosen:
        ref: Ref | None = students[key]
        while ref is not None and store.find(ref.stage, ref.key):
            kept.add(ref.key)
            ref = store.open(ref).base_ref
    return frozenset(kept)


def _weights(needed: Sequence[Entry], uses: Sequence[Use]) -> Iterator[Removal]:
    kept = {key for use in uses for key in use.weights}
    for entry in needed:
        files = tuple(name for name in entry.files if name.endswith(WEIGHTS))
        if entry.ref.kind == "student" and entry.ref.key not in kept and files:
            size = sum((entry.folder / name).stat().st_size for name in files if (entry.folder / name).exists())
            yield Removal("weights", entry.folder, size, entry, files)


def _closure(keys: set[str], entries: Mapping[str, Entry]) -> set[str]:
    """Add what the stages were made from: rows point to texts, adapters to their bases, `verify` to all inputs."""
    found, waiting = set[str](), list(keys)
    while waiting:
        key = waiting.pop()
        if key in found or key not in entries:
            continue
        found.add(key)
        spec = entries[key].spec
        for refs in (*spec["inputs"].values(), *spec["given"].values()):
            waiting += [ref["key"] for ref in (refs if isinstance(refs, list) else [refs])]
    return found


def _is_free(store: Store, work: Path) -> bool:
    """Say whether nobody holds the lock of a work folder."""
    path = store.root / "locks" / work.name
    if not path.exists():
        return True
    try:
        with FileLock(path).acquire(timeout=0):
            return True
    except Timeout:
        return False


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
