"""A few texts of the loop's first drawing and what its filters say of them, before any training."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from loops.arm import Arm
from loops.engine import Engine
from loops.human import prepare
from loops.layered import Layered
from loops.lookup import walk
from loops.loop import draw
from loops.passes import passes_for_filter
from loops.policies import Teacher
from loops.ref import Ref
from loops.samples import Sample
from loops.store import Store
from loops.verdicts import Verdicts


@dataclass(frozen=True, slots=True)
class Preview:
    """Texts, and why each is dropped."""

    writer: str
    """Who wrote them, in words."""
    texts: Sequence[Sample]
    reasons: Sequence[str | None]
    """filter/reason of the filter that drops a text; None: all filters keep it."""


def preview(arm: Arm, rows: int) -> Preview:
    """Draw for `rows` prompts as generation 1 would, from student 0 if the store has it, else from the base.

    What is computed for this goes to a temporary folder; the run's store is only read.
    """
    root = Path(arm.place["store"])
    small = replace(arm, config={**arm.config, "prompts": {**arm.config["prompts"], "count": rows}})
    with tempfile.TemporaryDirectory(prefix="heirloom-preview-") as scratch:
        store = Layered(Path(scratch), Store(root))
        engine = Engine(store, arm.runtime, arm.arm, arm.seed, _silent, arm.plugins)
        human = prepare(small, engine)
        student, writer = _student_0(arm) or (human.base, _base_in_words(arm))
        engine.generation, engine.known["student_0"] = 1, student
        drawn = draw(small, engine, Teacher(student, 0), human.prompts, 1, "generator")
        samples = engine.open(drawn)
        return Preview(writer, list(samples.text_rows()), _judged(small, engine, drawn, len(samples)))


def _silent(event: dict[str, Any]) -> None:
    """Tell nobody."""


def _student_0(arm: Arm) -> tuple[Ref, str] | None:
    """Find the student that generation 0 trains, if some run has trained it."""
    for step in walk(arm):
        if step.generation == 0 and step.spec.stage == "train" and step.state == "found":
            entry = Store(Path(arm.place["store"])).find("train", step.key)
            if entry is not None and not entry.removed:
                return entry.ref, "student 0, which the store already holds"
    return None


def _base_in_words(arm: Arm) -> str:
    checkpoint = arm.config["student"].get("model_name_or_path")
    if checkpoint:
        later = ", before generation 0 trains it" if arm.loop.generation_0 == "train" else ""
        return f"{checkpoint} as it came{later}"
    return "fresh weights that have learned nothing yet: expect noise. Once student 0 is trained, it writes here"


def _judged(arm: Arm, engine: Engine, drawn: Ref, n_rows: int) -> list[str | None]:
    """Let the filters judge one after the other; return the reason for each text."""
    reasons: list[str | None] = [None] * n_rows
    standing, rows = np.arange(n_rows), drawn
    for name, node in arm.nodes("filters").items():
        if not len(standing):
            break
        key = arm.key.fold("filter", 1, name)
        given = {"drawn": drawn, **passes_for_filter(arm, engine, name, rows)}
        rows = engine.do("judge", {"filter": node}, {"rows": rows}, key=key, given=given)
        verdicts = Verdicts.open(engine.store.entry(rows).folder)
        for i, reason in zip(standing, verdicts.reason.to_pylist(), strict=True):
            reasons[i] = None if reason is None else f"{name}/{reason}"
        standing = standing[verdicts.kept]
    return reasons
