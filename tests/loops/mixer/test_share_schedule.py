"""How a human share changes over generations."""

from __future__ import annotations

from typing import Any

import pytest

from loops.errors import ConfigError
from loops.mixer.share_schedule import ShareSchedule
from loops.run import component


@pytest.mark.parametrize(
    ("schedule", "shares"),
    [
        (ShareSchedule("constant", 0.3, None, None), [0.3, 0.3, 0.3, 0.3, 0.3]),
        (ShareSchedule("step", 0.5, 0.1, 3), [0.5, 0.5, 0.1, 0.1, 0.1]),
        (ShareSchedule("linear", 0.5, 0.1, 5), [0.5, 0.4, 0.3, 0.2, 0.1]),
        (ShareSchedule("linear", 0.0, 0.4, 3), [0.0, 0.2, 0.4, 0.4, 0.4]),
        (ShareSchedule("exponential", 0.8, 0.1, 4), [0.8, 0.4, 0.2, 0.1, 0.1]),
        (ShareSchedule("inverse", 0.6, None, None), [0.6, 0.3, 0.2, 0.15, 0.12]),
    ],
)
def test_the_share_of_each_generation(schedule: ShareSchedule, shares: list[float]) -> None:
    assert [schedule.at(g) for g in range(1, 6)] == pytest.approx(shares)
    assert schedule.shares[0] <= min(shares)
    assert schedule.shares[1] == max(shares)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"schedule": "linear"}, r"last_human_share: got None, want a share in \[0, 1\] with schedule=linear"),
        ({"schedule": "step", "last_human_share": 1.5}, "last_human_share: got 1.5, want a share"),
        ({"schedule": "step", "last_human_share": 0.1}, "last_generation: got None, want 2 or more"),
        ({"schedule": "step", "last_human_share": 0.1, "last_generation": 1}, "last_generation: got 1, want 2 or more"),
        ({"schedule": "exponential", "last_human_share": 0.0, "last_generation": 3}, "want both shares above 0"),
        ({"schedule": "inverse", "last_human_share": 0.1}, "schedule=inverse knows no end"),
        ({"last_generation": 4}, "schedule=constant knows no end"),
        ({"human_share": None, "schedule": "inverse"}, "human_share is null, so there is no share to change"),
    ],
)
def test_a_schedule_that_makes_no_sense_is_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        component("mixer/mix", **{"human_share": 0.5, **settings})
