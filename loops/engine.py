"""The engine: makes stages of what the loop asks for, and finds or computes them in the store."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from loops.build import build
from loops.errors import ConfigError
from loops.key import Key
from loops.ref import Ref
from loops.runtime import Runtime
from loops.spec import Spec, perform
from loops.store import Store

Emit = Callable[[dict[str, Any]], None]
Refs = Ref | list[Ref]


@dataclass
class Engine:
    """Runs the stages of one arm with one seed and remembers which it ran."""

    store: Store
    runtime: Runtime
    arm: str
    seed: int
    emit: Emit
    plugins: tuple[str, ...] = ()
    known: dict[str, Refs] = field(default_factory=dict)
    """What a component's `needs` may name, as far as the loop has come."""
    stages: list[dict[str, Any]] = field(default_factory=list)
    """One row a stage, for `status`."""
    audit: list[dict[str, Any]] = field(default_factory=list)
    """Figures on the auditor split; written beside the history, given to no component and no tracker."""
    mitigated: set[str] = field(default_factory=set)
    """Which mitigations have changed something so far; see `loops.mitigation`."""
    generation: int = 0

    def do(
        self,
        stage: str,
        components: Mapping[str, Mapping[str, Any]] | None = None,
        inputs: Mapping[str, Refs] | None = None,
        settings: Mapping[str, Any] | None = None,
        key: Key | None = None,
        given: Mapping[str, Refs] | Mapping[str, Ref] | None = None,
        label: str | None = None,
    ) -> Ref:
        """Return what a stage leaves: found in the store, or computed now.

        What the components need is handed in from `given` and from all that is known so far.
        """
        nodes = dict(components or {})
        built = {role: build(node, role, self.plugins) for role, node in nodes.items()}
        at_hand = self.known | dict(given or {})
        needs = {need for component in built.values() for need in getattr(component, "needs", ())}
        for role, component in built.items():
            absent = [need for need in getattr(component, "needs", ()) if need not in at_hand]
            if absent:
                there = ", ".join(sorted(at_hand))
                raise ConfigError(f"{role}: {type(component).__name__} needs {absent[0]}; stage {stage} has {there}.")
        spec = Spec(
            stage=stage,
            runtime=self.runtime,
            components=nodes,
            inputs=dict(inputs or {}),
            given={need: at_hand[need] for need in sorted(needs)},
            settings=dict(settings or {}),
            key=key,
            plugins=self.plugins,
        )
        return self._perform(spec, label or stage)

    def _perform(self, spec: Spec, label: str) -> Ref:
        place = {"arm": self.arm, "seed": self.seed, "generation": self.generation, "stage": label}
        self.emit({"kind": "stage_started", **place})

        def progress(done: int, total: int | None, unit: str) -> None:
            self.emit({"kind": "progress", **place, "done": done, "total": total, "unit": unit})

        entry, state = perform(spec, self.store, progress)
        self.emit({"kind": "stage_done", **place, "seconds": entry.seconds, "state": state})
        self.stages.append(
            {
                "generation": self.generation,
                "name": label,
                "stage": spec.stage,
                "key": entry.ref.key,
                "digest": entry.ref.digest,
                "seconds": entry.seconds,
                "state": state,
            }
        )
        return entry.ref

    def open(self, ref: Ref) -> Any:
        """Open what a stage left."""
        return self.store.open(ref)

    def warn(self, message: str) -> None:
        """Say once what is probably a mistake, with the fix."""
        self.emit({"kind": "warning", "arm": self.arm, "seed": self.seed, "message": message})
