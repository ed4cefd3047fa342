"""A history written by hand, seen by a controller as the loop shows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from loops.controller.decision import Decision

TAIL = "student/word_frequency_nll/tail"
History = list[dict[str, Any]]


@pytest.fixture
def follow() -> Callable[[Any, list[float | None]], list[Decision]]:
    """Return what a controller decides on these values, one generation after the other."""

    def decisions(controller: Any, values: list[float | None]) -> list[Decision]:
        history: History = []
        made = []
        for g, value in enumerate(values):
            history.append({"generation": g, TAIL: value})
            made.append(controller.decide(history, g))
            history[-1] |= {f"controller/{name}": entry for name, entry in made[-1].entries.items()}
        return made

    return decisions
