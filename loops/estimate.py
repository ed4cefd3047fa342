"""What stages will take, from what stages took: those with the same settings, else those of the same kind."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from loops import digest
from loops.errors import StoreError
from loops.lookup import Step
from loops.ref import Ref
from loops.store import MANIFEST, read_entry

Nodes = Mapping[str, Mapping[str, Any]]
STEP_SIZES = ("max_steps", "per_device_train_batch_size", "gradient_accumulation_steps", "max_length")


@dataclass(frozen=True, slots=True)
class Estimate:
    """Seconds of computing and bytes on disk of stages that the store lacks."""

    n_stages: int
    seconds: float
    bytes: float
    rough: tuple[str, ...]
    """Stages of which the store has seen some of the same kind, but with other settings: scaled by what they read."""
    unknown: tuple[str, ...]
    """Stages of whose kind the store has seen none: in no sum."""

    @property
    def bound(self) -> str:
        """How far the sums can be relied on."""
        return "at least" if self.unknown else "roughly" if self.rough else "about"

    @property
    def says_nothing(self) -> bool:
        """Whether no stage was like any of these."""
        return self.n_stages > 0 and not self.seconds

    def caveats(self) -> list[str]:
        """Say what the sums rest on, and what is not in them."""
        told = {
            f"{', '.join(self.rough)}: from stages with other settings, in proportion to their tokens": self.rough,
            f"{', '.join(self.unknown)}: not known, since the store has seen none of the kind": self.unknown,
        }
        return [text for text, stages in told.items() if stages]


@dataclass
class _Taken:
    """What stages took together, and how large they were."""

    seconds: float = 0.0
    bytes: float = 0.0
    size: float = 0.0

    def add(self, seconds: float, n_bytes: float, size: float) -> None:
        self.seconds, self.bytes, self.size = self.seconds + seconds, self.bytes + n_bytes, self.size + size


@dataclass
class _Records:
    """What the finished stages of a store took, by settings and by kind."""

    alike: dict[str, _Taken] = field(default_factory=lambda: defaultdict(_Taken))
    kinds: dict[str, _Taken] = field(default_factory=lambda: defaultdict(_Taken))

    @classmethod
    def of(cls, root: Path, stages: set[str]) -> _Records:
        records = cls()
        for path in (path for stage in sorted(stages) for path in root.glob(f"{stage}/*/{MANIFEST}")):
            try:
                entry = read_entry(path.parent)
            except StoreError:  # a damaged manifest is the run's to refuse; an estimate does without
                continue
            files = [entry.folder / name for name in entry.files]
            n_bytes = sum(file.stat().st_size for file in files if file.exists())
            nodes, inputs = entry.spec["components"], entry.spec["inputs"]
            prompts = inputs["prompts"]["digest"] if "prompts" in inputs else None
            records.alike[_settings(entry.ref.stage, nodes, prompts)].add(entry.seconds, n_bytes, 1.0)
            records.kinds[_kind(entry.ref.stage, nodes)].add(entry.seconds, n_bytes, _size(nodes))
        return records


def estimate(steps: Sequence[Step], root: Path) -> Estimate:
    """Add up what the new stages among these will take, from the finished stages of a store."""
    new = [step.spec for step in steps if step.state == "new"]
    records = _Records.of(root, {spec.stage for spec in new})
    seconds, n_bytes, rough, unknown = 0.0, 0.0, set[str](), set[str]()
    for spec in new:
        prompts = spec.inputs.get("prompts")
        alike = _settings(spec.stage, spec.components, prompts.digest if isinstance(prompts, Ref) else None)
        kind = _kind(spec.stage, spec.components)
        if alike in records.alike:
            taken, size = records.alike[alike], 1.0
        elif kind in records.kinds:
            taken, size = records.kinds[kind], _size(spec.components)
            rough.add(spec.stage)
        else:
            unknown.add(spec.stage)
            continue
        seconds += taken.seconds / taken.size * size
        n_bytes += taken.bytes / taken.size * size
    return Estimate(len(new), seconds, n_bytes, tuple(sorted(rough)), tuple(sorted(unknown)))


def _settings(stage: str, nodes: Nodes, prompts: str | None) -> str:
    """Name what stages that take about as long have in common: components, and for draws the prompts."""
    return digest.of_value([stage, {role: dict(node) for role, node in nodes.items()}, prompts])


def _kind(stage: str, nodes: Nodes) -> str:
    """Name stages that do the same thing with the same student, whatever their sizes."""
    return digest.of_value(
        [stage, {role: dict(n) if role == "student" else n["_target_"] for role, n in nodes.items()}]
    )


def _size(nodes: Nodes) -> float:
    """Return the tokens that settings tell of; 1 where they tell of none."""
    generator, trainer = nodes.get("generator", {}), nodes.get("trainer", {})
    if generator.get("max_new_tokens"):
        tokens = generator.get("tokens") or generator["draws"] * generator["max_new_tokens"]
        return float(generator.get("n", 1) * tokens)
    if all(isinstance(trainer.get(name), int) for name in STEP_SIZES) and trainer.get("match") == "steps":
        return float(math.prod(trainer[name] for name in STEP_SIZES))
    return 1.0
