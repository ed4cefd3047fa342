"""The store: what every stage left, under the key of what went into it.

outputs/store/<stage>/<key>/   done: files, spec.json, manifest.json (written last)
outputs/store/work/<key>/      under way: belongs to the key, so its next owner goes on there
outputs/store/locks/<key>      saves two processes from doing the same work; it is the renaming that makes it right
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock

from loops import digest
from loops.errors import StoreError
from loops.ref import Ref
from loops.rows import Rows
from loops.samples import Samples
from loops.shards import is_shard
from loops.student import Student

MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Entry:
    """One finished stage."""

    ref: Ref
    folder: Path
    seconds: float
    spec: dict[str, Any]
    files: dict[str, str]
    """Name -> checksum."""
    removed: Mapping[str, str] = field(default_factory=dict)
    """Files that were here and were taken out to free space; what they held is computed anew when it is read."""

    @property
    def n_shards(self) -> int:
        """How many shards of rows lie here."""
        return sum(is_shard(name) for name in self.files)


class Store:
    """A folder of finished stages; opening one checks its files against its manifest, once a process."""

    def __init__(self, root: Path, recompute: bool = False) -> None:
        self.root = root
        self.recompute = recompute
        """Whether a damaged entry counts as absent, so that its stage runs again."""
        self._checked: dict[str, Entry] = {}
        self._open: dict[Ref, Any] = {}

    def folder(self, stage: str, key: str) -> Path:
        """Return where a finished stage lies."""
        return self.root / stage / key

    def work(self, key: str) -> Path:
        """Return where a stage is under way."""
        return self.root / "work" / key

    def find(self, stage: str, key: str) -> Entry | None:
        """Return a finished stage, or None.

        Raises:
            StoreError: its files are not those that it was finished with.
        """
        if key not in self._checked:
            folder = self.folder(stage, key)
            if not (folder / MANIFEST).exists():
                return None
            try:
                self._checked[key] = _checked_entry(folder)
            except StoreError:
                if not self.recompute:
                    raise
                return None
        return self._checked[key]

    def entry(self, ref: Ref) -> Entry:
        """Return the finished stage behind a reference.

        Raises:
            StoreError: it is gone.
        """
        entry = self.find(ref.stage, ref.key)
        if entry is None:
            raise StoreError(
                f"{self.folder(ref.stage, ref.key)}: gone from the store. Run the experiment again: it is recomputed."
            )
        return entry

    def open(self, ref: Ref) -> Any:
        """Open what a stage left, by its kind; what was opened last stays open."""
        if ref not in self._open:
            opener = _OPENERS[ref.kind]
            self._open[ref] = opener(self.entry(ref).folder, self)
            while len(self._open) > 256:
                self._open.pop(next(iter(self._open)))
        return self._open[ref]

    @contextmanager
    def lock(self, key: str) -> Iterator[None]:
        """Hold a stage's lock; whoever waited finds it done."""
        path = self.root / "locks" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path):
            yield

    def commit(self, ref: Ref, seconds: float, spec: dict[str, Any]) -> Entry:
        """Finish a stage: flush its files, write the manifest last, give the folder its name, flush the parent."""
        work, folder = self.work(ref.key), self.folder(ref.stage, ref.key)
        for partial in work.rglob("*.partial"):
            partial.unlink()
        files = {}
        for path in sorted(path for path in work.rglob("*") if path.is_file() and path.name != MANIFEST):
            _flush(path)
            files[path.relative_to(work).as_posix()] = digest.of_file(path)
        manifest = {"ref": ref.to_json(), "files": files, "seconds": seconds, "spec": spec}
        _write_manifest(work, manifest)
        folder.parent.mkdir(parents=True, exist_ok=True)
        if folder.exists():
            shutil.rmtree(folder)  # refused earlier for its checksums, or without a manifest
        work.rename(folder)
        _flush(folder.parent)
        entry = Entry(ref, folder, seconds, spec, files)
        self._checked[ref.key] = entry
        self._open.pop(ref, None)
        return entry

    def forget(self, ref: Ref) -> None:
        """Remove a finished stage; it is recomputed from its key when it is asked for."""
        shutil.rmtree(self.folder(ref.stage, ref.key), ignore_errors=True)
        self._checked.pop(ref.key, None)
        self._open.pop(ref, None)

    def strip(self, entry: Entry, names: Sequence[str]) -> None:
        """Take files out of a finished stage; it still counts as finished, and its manifest says what is gone."""
        manifest = json.loads((entry.folder / MANIFEST).read_text())
        manifest["removed"] = {**entry.removed, **{name: entry.files[name] for name in names}}
        manifest["files"] = {name: checksum for name, checksum in entry.files.items() if name not in names}
        _write_manifest(entry.folder, manifest)
        for name in names:
            (entry.folder / name).unlink(missing_ok=True)
        self._checked.pop(entry.ref.key, None)
        self._open.pop(entry.ref, None)

    def refreshed(self, ref: Ref) -> Entry:
        """Return a finished stage as it is now, whatever another process has done to it."""
        self._checked.pop(ref.key, None)
        return self.entry(ref)

    def entries(self) -> Iterator[Entry]:
        """Yield every finished stage, without checking files."""
        for path in sorted(self.root.glob(f"*/*/{MANIFEST}")):
            if path.parent.parent.name != "work":
                yield read_entry(path.parent)


def _open_arrays(folder: Path, _: Store) -> dict[str, np.ndarray]:
    with np.load(folder / "arrays.npz", allow_pickle=False) as arrays:
        return dict(arrays)


def _open_numbers(folder: Path, _: Store) -> Any:
    return json.loads((folder / "numbers.json").read_text())


_OPENERS: dict[str, Callable[[Path, Store], Any]] = {
    "samples": lambda folder, _: Samples.open(folder),
    "rows": Rows.open,
    "student": Student.open,
    "arrays": _open_arrays,
    "numbers": _open_numbers,
}


def read_entry(folder: Path) -> Entry:
    """Read a finished stage's manifest, its files unchecked.

    Raises:
        StoreError: it is no manifest.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text())
        ref, removed = Ref.from_json(manifest["ref"]), manifest.get("removed", {})
        return Entry(ref, folder, manifest["seconds"], manifest["spec"], manifest["files"], removed)
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{folder / MANIFEST}: not a manifest ({error}). {_REMEDY}") from error


def _checked_entry(folder: Path) -> Entry:
    entry = read_entry(folder)
    for name, checksum in entry.files.items():
        path = folder / name
        if not path.exists() or digest.of_file(path) != checksum:
            state = "is missing" if not path.exists() else "does not match its checksum"
            raise StoreError(f"{path}: {state}. {_REMEDY}")
    return entry


_REMEDY = "The stage is not used. Recompute it with `recompute=true`, or remove its folder."


def _write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    partial = folder / f"{MANIFEST}.partial"
    partial.write_text(json.dumps(manifest, indent=1))
    _flush(partial)
    partial.rename(folder / MANIFEST)
    _flush(folder)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
