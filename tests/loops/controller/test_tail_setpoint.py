"""The human share that holds a tail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from loops.controller.decision import Decision
from loops.run import component

Follow = Callable[[Any, list[float | None]], list[Decision]]


SET = {"margin": 0.5, "first_share": 0.1, "least_share": 0.05, "greatest_share": 0.4, "gain": 0.2, "integral_gain": 0.1}


def test_tail_setpoint_follows_its_rule(follow: Follow) -> None:
    # Set value 2.5. e = -0.5, 0.3, 0.3, -0.4.
    # 0.1; 0.1 + 0.2 * 0.8 + 0.1 * 0.3 = 0.29; 0.29 + 0 + 0.03 = 0.32; 0.32 + 0.2 * -0.7 + 0.1 * -0.4 = 0.14
    decisions = follow(component("controller/tail_setpoint", **SET), [2.0, 2.8, 2.8, 2.1])
    shares = [decision.settings["mixer.human_share"] for decision in decisions]
    assert shares == pytest.approx([0.1, 0.29, 0.32, 0.14])
    assert shares == [decision.entries["human_share"] for decision in decisions]
    assert "0.3 worse than its set value: from 0.1 to 0.29" in decisions[1].reason
    assert "0.4 better" in decisions[3].reason


def test_tail_setpoint_keeps_to_its_bounds_and_does_not_wind_up(follow: Follow) -> None:
    # Ten generations at the greatest share, then one good one: it falls at once, 0.4 + 0.2 * -3.5 + 0.1 * -0.5 < 0.05.
    decisions = follow(component("controller/tail_setpoint", **SET), [2.0, *[5.5] * 10, 2.0])
    shares = [decision.settings["mixer.human_share"] for decision in decisions]
    assert shares == [0.1, *[0.4] * 10, 0.05]


def test_tail_setpoint_spends_the_most_where_the_tail_cannot_be_measured(follow: Follow) -> None:
    decisions = follow(component("controller/tail_setpoint", **SET), [2.0, None, 2.5])
    assert [decision.settings["mixer.human_share"] for decision in decisions] == [0.1, 0.4, 0.4]
