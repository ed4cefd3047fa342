"""Why a stage would not be found again: which part of its key has changed since it was recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from loops.errors import HeirloomError
from loops.recorded import FORKED_FROM, recorded_stages, store_of
from loops.ref import Ref
from loops.spec import Spec
from loops.store import Store
from tracking.run_dir import RunDir, differing_keys


@dataclass(frozen=True, slots=True)
class Change:
    """One difference, and the stages that it is in."""

    generation: int
    """Of the first stage that differs."""
    name: str
    part: str
    """Dotted path inside the identity, such as `components.trainer.code`."""
    old: Any
    new: Any
    stages: int
    """How many stages differ in this way."""

    def sentence(self) -> str:
        """Say it in one line."""
        others = f", and {self.stages - 1} more" if self.stages > 1 else ""
        return f"generation {self.generation}, {self.name}{others}: {self.part}: {self.old} -> {self.new}"


def changes(run: RunDir) -> list[Change]:
    """Return what differs between the recorded keys of a run and those of today, in the order of its stages.

    Each stage is asked by itself, with the inputs that it had: what only follows from a changed input is not listed.
    """
    store, found = store_of(run), dict[tuple[str, str, str], Change]()
    seen: dict[str, dict[str, tuple[Any, Any]]] = {}
    for stage in recorded_stages(run):
        if stage["key"] in seen:
            continue
        seen[stage["key"]] = differences = _differences(store, stage)
        for part, (old, new) in differences.items():
            same = (part, str(old), str(new))
            known = found.get(same)
            first = known or Change(stage["generation"], stage["name"], part, old, new, 0)
            found[same] = Change(first.generation, first.name, part, old, new, first.stages + 1)
    return list(found.values())


def settings_changed(run: RunDir) -> list[str]:
    """Say which settings the same command would give other values today, since a YAML file has changed."""
    from loops.config import compose
    from loops.plan import NOT_OF_A_RUN

    overrides = run.read_provenance().get("overrides")
    there = run.read_config()
    if overrides is None or FORKED_FROM in there:  # a fork's settings are its trunk's, changed
        return []
    own = {name: value for name, value in compose(overrides).items() if name not in NOT_OF_A_RUN}
    return differing_keys(there, own)


def _differences(store: Store, stage: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Compare the identity that a stage was stored with and the one that it would have now."""
    try:
        entry = store.entry(Ref(stage["stage"], stage["key"], stage["digest"], ""))
        now = Spec.from_json(entry.spec).identity
    except HeirloomError as error:
        return {"can no longer be asked": ("", str(error))}
    old, new = _leaves(entry.spec["identity"]), _leaves(now)
    return {
        part: (old.get(part, "absent"), new.get(part, "absent"))
        for part in dict.fromkeys([*old, *new])
        if old.get(part, "absent") != new.get(part, "absent")
    }


def _leaves(value: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, inner in value.items():
        if isinstance(inner, Mapping) and inner:
            found |= _leaves(inner, f"{prefix}{name}.")
        else:
            found[f"{prefix}{name}"] = inner
    return found
