"""An alarm changes nothing and says what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from loops.controller.decision import Decision
from loops.run import component

Follow = Callable[[Any, list[float | None]], list[Decision]]


def test_an_alarm_rings_beyond_the_margin_or_where_nothing_can_be_measured(follow: Follow) -> None:
    decisions = follow(component("controller/alarm", margin=0.5), [2.0, 2.4, 2.6, 2.5, None])
    assert [decision.is_alarm for decision in decisions] == [False, False, True, False, True]
    assert [decision.entries["alarm"] for decision in decisions] == [0, 0, 1, 0, 1]
    assert all(decision.settings == {} and decision.teacher is None for decision in decisions)
    assert "0.1 beyond its limit" in decisions[2].reason
    assert "not measurable" in decisions[4].reason


def test_an_alarm_may_watch_what_should_not_fall(follow: Follow) -> None:
    decisions = follow(component("controller/alarm", margin=0.5, higher_is_worse=False), [2.0, 2.6, 1.6, 1.4])
    assert [decision.is_alarm for decision in decisions] == [False, False, False, True]
