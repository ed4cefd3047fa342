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

MERGED = "base"
"""The folder beside an adapter that holds its base, where that was made by merging the adapter before."""


@dataclass(frozen=True)
class Student:
    """A model as files; `start` is untouched by construction, since nothing alive leaves a stage."""

    digest: str
    """Over tensors, tokenizer, template and architecture; not over paths or versions."""
    folder: Path
    model: Mapping[str, Any]
    """The model component's YAML node: how to open the files."""
    base: Student | None = None
    """What the adapter in `folder` sits on; None where the folder holds a whole model."""
    base_ref: Ref | None = None
    """The stored student that is the base, or that holds it; None where the base lies in `folder` itself."""

    def save(self) -> None:
        """Write what is not tensors beside them."""
        content = {
            "digest": self.digest,
            "model": dict(self.model),
            "base": self.base.digest if self.base else None,
            "base_ref": self.base_ref.to_json() if self.base_ref else None,
            "merged": self.base is not None and self.base.folder.name == MERGED,
        }
        (self.folder / "student.json").write_text(json.dumps(content, indent=1))

    @classmethod
    def open(cls, folder: Path, store: Store) -> Student:
        """Read a student from its folder, and the base that its adapter sits on."""
        content = json.loads((folder / "student.json").read_text())
        ref = Ref.from_json(content["base_ref"]) if content["base_ref"] else None
        base = None
        if content["merged"]:
            holder = store.entry(ref).folder if ref else folder
            base = cls(content["base"], holder / MERGED, content["model"])
        elif ref:
            base = store.open(ref)
            assert isinstance(base, Student), base
        return cls(content["digest"], folder, content["model"], base, ref)
