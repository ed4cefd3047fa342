"""Walks a run's stages without computing any: what the store holds, and what would be computed."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from loops.arm import Arm
from loops.engine import Engine
from loops.loop import run_arm
from loops.ref import Ref
from loops.spec import Spec
from loops.store import MANIFEST, Entry, Store, read_entry

UNKNOWN = "unknown"
"""The kind of a reference to what is not there yet."""


@dataclass(frozen=True, slots=True)
class Step:
    """One stage of a walk."""

    generation: int
    label: str
    spec: Spec
    key: str
    """Of a stage whose inputs are not there yet: a stand-in, equal for equal stages of one plan."""
    state: Literal["found", "shared", "new"]
    """In the store; or computed by an earlier step of the plan; or still to be computed."""
    is_certain: bool
    """Whether all inputs are known, so that `new` means that the store lacks it."""


def walk(arm: Arm, seen: set[str] | None = None) -> list[Step]:
    """Return the stages of a run in order; `seen` holds the keys of the plan so far and grows.

    A stage that the store lacks gets a stand-in for its digest, and the walk goes on from there: the keys that follow
    are stand-ins too, equal for equal stages, so that arms show what they will share.
    """
    engine = _Lookup(_Catalogue(Path(arm.place["store"])), arm.runtime, arm.arm, arm.seed, _silent, arm.plugins)
    engine.seen = set() if seen is None else seen
    for _ in run_arm(arm, engine):
        pass
    return engine.steps


def _silent(event: dict[str, Any]) -> None:
    """Tell nobody."""


@dataclass
class _Lookup(Engine):
    seen: set[str] = field(default_factory=set)
    steps: list[Step] = field(default_factory=list)

    def _perform(self, spec: Spec, label: str) -> Ref:
        inputs = [*spec.inputs.values(), *spec.given.values()]
        refs = [ref for given in inputs for ref in (given if isinstance(given, list) else [given])]
        is_certain = all(ref.kind != UNKNOWN for ref in refs)
        entry = self.store.find(spec.stage, spec.store_key) if is_certain else None
        state: Literal["found", "shared", "new"] = "found" if entry else "new"
        if state == "new" and spec.store_key in self.seen:
            state = "shared"
        self.seen.add(spec.store_key)
        self.steps.append(Step(self.generation, label, spec, spec.store_key, state, is_certain))
        return entry.ref if entry else Ref(spec.stage, spec.store_key, f"of {spec.store_key}", UNKNOWN)


class _Catalogue(Store):
    """Says what is there without reading more than manifests, and stands in for what is not there yet."""

    def find(self, stage: str, key: str) -> Entry | None:
        """Return a finished stage, its files unchecked, or None."""
        if key not in self._checked:
            folder = self.folder(stage, key)
            if not (folder / MANIFEST).exists():
                return None
            self._checked[key] = read_entry(folder)
        return self._checked[key]

    def entry(self, ref: Ref) -> Entry:
        """Return the finished stage, or a stand-in without files."""
        if ref.kind == UNKNOWN:
            return Entry(ref, self.folder(ref.stage, ref.key), 0.0, {}, {})
        return super().entry(ref)

    def open(self, ref: Ref) -> Any:
        """Open what is there, or a stand-in."""
        return _NotYet() if ref.kind == UNKNOWN else super().open(ref)


class _NotYet(dict[str, Any]):
    """Stands in for what a stage will leave: not empty, measures nothing, carries no adapter."""

    base = None

    def __init__(self) -> None:
        super().__init__(parts={})
