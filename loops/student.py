"""A student is a value: a digest and a folder of files; a stage opens it, uses it and saves a new one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loops.ref import Ref

if TYPE_CHECKING:
    from loops.store import Store


@dataclass(frozen=True)
class Student:
    """A model as files; `start` is untouched by construction, since nothing alive leaves a stage."""

    digest: str
    """Over tensors, tokenizer, template and architecture; not over paths or versions."""
    folder: Path
    model: Mapping[str, Any]
    """The model component's YAML node: how to open the files."""
    base: Student | None
    """What the adapter in `folder` sits on; None where the folder holds a whole model."""
    base_ref: Ref | None

    def save(self) -> None:
        """Write what is not tensors beside them."""
        content = {
            "digest": self.digest,
            "model": dict(self.model),
            "base": self.base_ref.to_json() if self.base_ref else None,
        }
        (self.folder / "student.json").write_text(json.dumps(content, indent=1))

    @classmethod
    def open(cls, folder: Path, store: Store) -> Student:
        """Read a student from its folder, and the base that its adapter sits on."""
        content = json.loads((folder / "student.json").read_text())
        base_ref = Ref.from_json(content["base"]) if content["base"] else None
        base = store.open(base_ref) if base_ref else None
        assert base is None or isinstance(base, Student)
        return cls(content["digest"], folder, content["model"], base, base_ref)
