"""No controller."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from loops.controller.decision import Decision
from loops.run import component

Follow = Callable[[Any, list[float | None]], list[Decision]]


def test_none_decides_nothing(follow: Follow) -> None:
    assert follow(component("controller/none"), [1.0, 9.0]) == [Decision(), Decision()]
