"""What a stage is given and what it hands over."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from loops import digest
from loops.given import Given
from loops.key import Key
from loops.ref import Ref
from loops.rows import Rows
from loops.runtime import Runtime
from loops.samples import Samples
from loops.student import Student

Progress = Callable[[int, int | None, str], None]
"""Called with what is done, the total if it is known, and the unit."""


class Output(NamedTuple):
    """What a stage left in its work folder."""

    kind: str
    digest: str


@dataclass(frozen=True)
class Job:
    """One stage at work: everything alive is here, and only files leave."""

    work: Path
    """The folder that belongs to the stage's key; an interrupted predecessor may have left finished parts."""
    components: Mapping[str, Any]
    nodes: Mapping[str, Mapping[str, Any]]
    """The YAML node of each component."""
    inputs: Mapping[str, Any]
    refs: Mapping[str, Any]
    """The reference of each input."""
    given: Mapping[str, Any]
    settings: Mapping[str, Any]
    key: Key
    runtime: Runtime
    progress: Progress

    def given_to(self, component: Any) -> Given:
        """Return what a component declared in `needs`, and nothing else."""
        return Given({name: self.given[name] for name in getattr(component, "needs", ())})

    def samples(self, samples: Samples) -> Output:
        """Hand over rows."""
        samples.save(self.work)
        return Output("samples", samples.digest)

    def rows(self, rows: Rows) -> Output:
        """Hand over references to rows."""
        rows.save(self.work)
        return Output("rows", rows.digest)

    def student(self, student: Student) -> Output:
        """Hand over a student whose files lie in the work folder."""
        student.save()
        return Output("student", student.digest)

    def arrays(self, arrays: dict[str, np.ndarray]) -> Output:
        """Hand over named arrays."""
        np.savez(self.work / "arrays.npz", **arrays)  # type: ignore[arg-type]
        return Output("arrays", digest.of_arrays(arrays))

    def numbers(self, numbers: Any) -> Output:
        """Hand over plain JSON values."""
        (self.work / "numbers.json").write_text(json.dumps(numbers, indent=1))
        return Output("numbers", digest.of_value(numbers))

    def rows_of(self, name: str) -> Rows:
        """Return an input as references to rows: those that it is, or every row of what was drawn or read."""
        value = self.inputs[name]
        return Rows.all_of(value, self.ref(name)) if isinstance(value, Samples) else value

    def ref(self, name: str) -> Ref:
        """Return the reference of one input."""
        ref = self.refs[name]
        assert isinstance(ref, Ref), ref
        return ref
