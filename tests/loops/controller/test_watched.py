"""What controllers watch, and settings that make no sense."""

from __future__ import annotations

import pytest

from loops.errors import ConfigError, StageError
from loops.run import component

TAIL = "student/word_frequency_nll/tail"


def test_a_part_that_the_history_lacks_is_named_with_those_it_has() -> None:
    alarm = component("controller/alarm", measure="student/word_frequency_nll/tale")
    row = {"generation": 0, TAIL: 1.0, f"{TAIL}/low": 0.9, "student/word_frequency_nll/head": 2.0}
    message = "has no student/word_frequency_nll/tale, it has student/word_frequency_nll/head, student/word_freq.*/tail"
    with pytest.raises(StageError, match=message):
        alarm.decide([row], 0)
    failed = {"generation": 0, "student/word_frequency_nll": None, "student/word_frequency_nll/why": "too little"}
    assert alarm.decide([failed], 0).is_alarm


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("alarm", {"margin": -1.0}, "margin: got -1.0, want 0 or more"),
        ("alarm", {"measure": "tail"}, "measure: got 'tail', want view/metric/part"),
        ("tail_setpoint", {"least_share": 0.2, "first_share": 0.1}, "want 0 <= least_share <= first_share"),
        ("tail_setpoint", {"gain": 0.0, "integral_gain": 0.0}, "want 0 or more, and one above 0"),
        ("tail_setpoint", {"margin": -1.0}, "margin: got -1.0"),
    ],
)
def test_settings_that_make_no_sense_are_refused(name: str, settings: dict[str, float], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        component(f"controller/{name}", **settings)
