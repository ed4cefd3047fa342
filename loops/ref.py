"""A reference to what a stage left in the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Ref:
    """The handle that the loop passes on; the value stays on disk."""

    stage: str
    key: str
    """Where it lies: the stage's key."""
    digest: str
    """What it is: the digest of its content, which enters the keys of the stages that read it."""
    kind: str
    """How to open it: samples, rows, student, arrays, numbers."""

    def to_json(self) -> dict[str, str]:
        """Return plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, str]) -> Ref:
        """Make a reference from plain values."""
        return cls(**values)
