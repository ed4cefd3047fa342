"""Which students a generation uses: who writes, and what the new student starts from."""

from __future__ import annotations

from typing import NamedTuple

from loops.arm import Arm
from loops.engine import Engine
from loops.human import Human
from loops.past import Past
from loops.ref import Ref


class Teacher(NamedTuple):
    """Who writes: a student and its number."""

    student: Ref
    number: int


def teacher_of(arm: Arm, past: Past) -> Teacher:
    """Return who writes: the last student that may, or student 0 in every generation."""
    number = max(past.students) if arm.loop.teacher == "self" else 0
    return Teacher(past.students[number], number)


def start_of(arm: Arm, human: Human, past: Past) -> Ref:
    """Return what a student starts from: the weights before any data, student 0, or the last one that may write."""
    last = past.students[max(past.students)]
    return {"base": human.base, "generation_0": past.students[0], "previous": last}[arm.loop.start]


def adapter_of(arm: Arm, engine: Engine, start: Ref) -> str:
    """Return this training's adapter policy: where the start carries no adapter yet, the first one is fresh."""
    if arm.loop.adapter in ("continue", "merge") and engine.open(start).base is None:
        return "fresh"
    return arm.loop.adapter
