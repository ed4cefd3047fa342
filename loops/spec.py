"""A stage before it runs: its name, components, inputs and random key, and the key of the store that these make."""

from __future__ import annotations

import importlib
import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from loops import digest
from loops.build import build, identity, library_versions
from loops.code_digest import code_digest, versions
from loops.errors import StageError
from loops.job import Job, Output, Progress
from loops.key import Key
from loops.ref import Ref
from loops.runtime import Runtime
from loops.store import Entry, Store

SPEC = "spec.json"


@dataclass(frozen=True)
class Spec:
    """All that decides what a stage leaves behind."""

    stage: str
    """A module of `loops.stages`."""
    runtime: Runtime
    components: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Role -> YAML node."""
    inputs: Mapping[str, Ref | list[Ref]] = field(default_factory=dict)
    given: Mapping[str, Ref | list[Ref]] = field(default_factory=dict)
    """What the components' `needs` name."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Plain values that are no component's, such as the budget of words."""
    key: Key | None = None
    """The stage's random key, if it draws."""
    plugins: tuple[str, ...] = ()

    @cached_property
    def built(self) -> dict[str, Any]:
        """The components, built."""
        return {role: build(node, role, self.plugins) for role, node in self.components.items()}

    @cached_property
    def identity(self) -> dict[str, Any]:
        """What the key is the digest of, by name, so that two keys can be compared part by part."""
        module = f"loops.stages.{self.stage}"
        libraries = versions(module) | library_versions(list(self.built.values()))
        bits: dict[str, Any] = {"versions": libraries}
        if "torch" in libraries:
            bits |= asdict(self.runtime)
        return {
            "stage": self.stage,
            "code": code_digest(module),
            "components": {role: identity(self.components[role], made) for role, made in self.built.items()},
            "inputs": {name: _digests(refs) for name, refs in self.inputs.items()},
            "given": {name: _digests(refs) for name, refs in self.given.items()},
            "settings": dict(self.settings),
            "key": self.key.digest if self.key else None,
            "bits": bits,
        }

    @cached_property
    def store_key(self) -> str:
        """The stage's name in the store."""
        return digest.of_value(self.identity)

    def to_json(self) -> dict[str, Any]:
        """Return plain values from which the stage can be run alone."""
        return {
            "stage": self.stage,
            "runtime": asdict(self.runtime),
            "components": {role: dict(node) for role, node in self.components.items()},
            "inputs": {name: _plain(refs) for name, refs in self.inputs.items()},
            "given": {name: _plain(refs) for name, refs in self.given.items()},
            "settings": dict(self.settings),
            "key": self.key.digest if self.key else None,
            "plugins": list(self.plugins),
            "identity": self.identity,
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Spec:
        """Make a stage from what `to_json` gave."""
        return cls(
            stage=values["stage"],
            runtime=Runtime(**values["runtime"]),
            components=values["components"],
            inputs={name: _refs(refs) for name, refs in values["inputs"].items()},
            given={name: _refs(refs) for name, refs in values["given"].items()},
            settings=values["settings"],
            key=Key(values["key"]) if values["key"] else None,
            plugins=tuple(values["plugins"]),
        )


def perform(spec: Spec, store: Store, progress: Progress) -> tuple[Entry, str]:
    """Return the finished stage and whether it was `found` in the store or `computed`."""
    entry = store.find(spec.stage, spec.store_key)
    if entry is not None:
        return entry, "found"
    with store.lock(spec.store_key):
        entry = store.find(spec.stage, spec.store_key)
        if entry is not None:  # another process did it while this one waited
            return entry, "found"
        return _compute(spec, store, progress), "computed"


def _compute(spec: Spec, store: Store, progress: Progress) -> Entry:
    work = store.work(spec.store_key)
    work.mkdir(parents=True, exist_ok=True)
    (work / SPEC).write_text(json.dumps(spec.to_json(), indent=1))
    before = time.perf_counter()
    output = run_stage(spec, store, progress)
    ref = Ref(spec.stage, spec.store_key, output.digest, output.kind)
    return store.commit(ref, time.perf_counter() - before, spec.to_json())


def run_stage(spec: Spec, store: Store, progress: Progress, work: Path | None = None) -> Output:
    """Run a stage in its work folder, or in another that is there."""
    for refs in (*spec.inputs.values(), *spec.given.values()):
        for ref in refs if isinstance(refs, list) else [refs]:
            restore(ref, store, progress)
    job = Job(
        work=work or store.work(spec.store_key),
        components=spec.built,
        nodes=spec.components,
        inputs={name: _opened(refs, store) for name, refs in spec.inputs.items()},
        refs=spec.inputs,
        given={name: _opened(refs, store) for name, refs in spec.given.items()},
        settings=spec.settings,
        key=spec.key or Key.root(0),
        runtime=spec.runtime,
        progress=progress,
    )
    output = importlib.import_module(f"loops.stages.{spec.stage}").run(job)
    assert isinstance(output, Output), output
    return output


def restore(ref: Ref, store: Store, progress: Progress) -> None:
    """Compute a student's weights anew where they were removed to free space, and those of the base that it sits on.

    Raises:
        StageError: other weights come out than were removed.
    """
    if ref.kind != "student":
        return
    if store.entry(ref).removed:
        with store.lock(ref.key):
            entry = store.refreshed(ref)  # another process may have done it while this one waited
            if entry.removed:
                _train_again(entry, store, progress)
    base = store.open(ref).base_ref
    if base is not None:
        restore(base, store, progress)


def _train_again(entry: Entry, store: Store, progress: Progress) -> None:
    work = store.work(entry.ref.key)
    work.mkdir(parents=True, exist_ok=True)
    (work / SPEC).write_text(json.dumps(entry.spec, indent=1))
    output = run_stage(Spec.from_json(entry.spec), store, progress, work)
    if output.digest != entry.ref.digest:
        raise StageError(
            f"{entry.folder}: its weights were removed to free space (keep), and today's code, libraries or machine "
            f"give others (digest {output.digest}, not {entry.ref.digest}). Remove this folder and run again: all "
            "that follows from it is computed anew."
        )
    store.commit(entry.ref, entry.seconds, entry.spec)


def _digests(refs: Ref | list[Ref]) -> str | list[str]:
    return [ref.digest for ref in refs] if isinstance(refs, list) else refs.digest


def _plain(refs: Ref | list[Ref]) -> Any:
    return [ref.to_json() for ref in refs] if isinstance(refs, list) else refs.to_json()


def _refs(refs: Any) -> Ref | list[Ref]:
    return [Ref.from_json(ref) for ref in refs] if isinstance(refs, list) else Ref.from_json(refs)


def _opened(refs: Ref | list[Ref], store: Store) -> Any:
    return [store.open(ref) for ref in refs] if isinstance(refs, list) else store.open(refs)
