"""Closing the loop: a controller reads the history and decides on the next generation."""

from __future__ import annotations

from typing import Any

from loops.arm import Arm
from loops.controller.decision import Decision
from loops.engine import Engine
from loops.past import Past


def decided(arm: Arm, decision: Decision) -> Arm:
    """Return the settings that hold in the generation after a decision."""
    return arm.changed(decision.settings) if decision.settings else arm


def decide(arm: Arm, engine: Engine, past: Past, rows: list[dict[str, Any]]) -> Decision:
    """Let the controller read the history with this generation's rows, and enter what it decides, with the reason.

    It reads what students scored on the reference split; the auditor's figures are in no history.
    """
    past.rows += rows
    decision: Decision = arm.built["controller"].decide(past.rows, engine.generation)
    for row in rows:
        for name, value in decision.entries.items():
            row |= {f"controller/{name}": value, f"controller/{name}/why": decision.reason}
    if decision.is_alarm:
        engine.warn(f"generation {engine.generation}: {decision.reason}")
    if decision.teacher is not None:
        past.back_to(decision.teacher)
    return decision
