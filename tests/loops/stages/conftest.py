"""A job as the engine would hand it to a stage."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from loops.job import Job
from loops.key import Key
from loops.ref import Ref
from loops.runtime import Runtime


@pytest.fixture
def make_job(tmp_path: Path) -> Callable[..., Job]:
    """Hand out a job with these inputs, and references of the same names; each call has a folder of its own."""
    made: list[Path] = []

    def job(inputs: dict[str, Any], components: dict[str, Any] | None = None, seed: int = 0) -> Job:
        made.append(tmp_path / str(len(made)))
        made[-1].mkdir()
        return Job(
            work=made[-1],
            components=components or {},
            nodes={},
            inputs=inputs,
            refs={name: Ref("draw", name, name, "samples") for name in inputs},
            given={},
            settings={},
            key=Key.root(seed),
            runtime=Runtime(threads=1, device="cpu", dtype="float32", attn_implementation="sdpa"),
            progress=lambda done, total, unit: None,
        )

    return job
