"""Which students a generation uses: who writes, and what the new student starts from."""

from __future__ import annotations

from typing import NamedTuple

from loops.arm import Arm
from loops.engine import Engine
from loops.human import Human
from loops.ref import Ref


class Teacher(NamedTuple):
    """Who writes: a student and its number."""

    student: Ref
    number: int


def teacher_of(arm: Arm, engine: Engine, previous: Ref, g: int) -> Teacher:
    """Return who writes for generation g: student g-1, or student 0 in every generation."""
    if arm.loop.teacher == "self":
        return Teacher(previous, g - 1)
    student_0 = engine.known["student_0"]
    assert isinstance(student_0, Ref), student_0
    return Teacher(student_0, 0)


def start_of(arm: Arm, engine: Engine, human: Human, previous: Ref) -> Ref:
    """Return what student g starts from: the weights before any data, student 0, or student g-1."""
    starts = {"base": human.base, "generation_0": engine.known["student_0"], "previous": previous}
    start = starts[arm.loop.start]
    assert isinstance(start, Ref), start
    return start


def adapter_of(arm: Arm, engine: Engine, start: Ref) -> str:
    """Return this training's adapter policy: where the start carries no adapter yet, the first one is fresh."""
    if arm.loop.adapter in ("continue", "merge") and engine.open(start).base is None:
        return "fresh"
    return arm.loop.adapter
