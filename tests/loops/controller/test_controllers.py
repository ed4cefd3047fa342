"""What controllers decide, on histories written by hand."""

from __future__ import annotations

from typing import Any

import pytest

from loops.controller.decision import Decision
from loops.errors import ConfigError, StageError
from loops.run import component

TAIL = "student/word_frequency_nll/tail"
History = list[dict[str, Any]]


def follow(controller: Any, values: list[float | None]) -> tuple[History, list[Decision]]:
    """Let a controller see one generation after the other, as the loop does."""
    history: History = []
    decisions = []
    for g, value in enumerate(values):
        history.append({"generation": g, TAIL: value})
        decisions.append(controller.decide(history, g))
        history[-1] |= {f"controller/{name}": entry for name, entry in decisions[-1].entries.items()}
    return history, decisions


def test_none_decides_nothing() -> None:
    assert follow(component("controller/none"), [1.0, 9.0])[1] == [Decision(), Decision()]


def test_an_alarm_rings_beyond_the_margin_or_where_nothing_can_be_measured() -> None:
    _, decisions = follow(component("controller/alarm", margin=0.5), [2.0, 2.4, 2.6, 2.5, None])
    assert [decision.is_alarm for decision in decisions] == [False, False, True, False, True]
    assert [decision.entries["alarm"] for decision in decisions] == [0, 0, 1, 0, 1]
    assert all(decision.settings == {} and decision.teacher is None for decision in decisions)
    assert "0.1 beyond its limit" in decisions[2].reason
    assert "not measurable" in decisions[4].reason


def test_an_alarm_may_watch_what_should_not_fall() -> None:
    _, decisions = follow(component("controller/alarm", margin=0.5, higher_is_worse=False), [2.0, 2.6, 1.6, 1.4])
    assert [decision.is_alarm for decision in decisions] == [False, False, False, True]


def test_rollback_lets_the_best_student_write_again() -> None:
    # 3.0 is 1.0 worse than student 0's 2.0: it writes again. 2.4 is within the margin: student 2 writes.
    _, decisions = follow(component("controller/rollback", margin=0.5), [2.0, 3.0, 2.4, 1.5, 2.2, 1.9])
    assert [decision.entries["teacher"] for decision in decisions] == [0, 0, 2, 3, 3, 5]
    assert [decision.teacher for decision in decisions] == [None, 0, None, None, 3, None]
    assert [decision.is_alarm for decision in decisions] == [False, True, False, False, True, False]
    assert "student 3 writes again" in decisions[4].reason


def test_rollback_does_not_go_to_a_student_that_was_given_up() -> None:
    # Student 1 is given up for student 0; when student 2 fails too, 0 writes again although 1 was better than 2.
    _, decisions = follow(component("controller/rollback", margin=0.5), [2.0, 2.6, 3.5])
    assert [decision.teacher for decision in decisions] == [None, 0, 0]


def test_rollback_from_a_student_that_cannot_be_measured() -> None:
    _, decisions = follow(component("controller/rollback"), [2.0, None])
    assert decisions[1].teacher == 0
    _, decisions = follow(component("controller/rollback"), [None, None])
    assert [decision.teacher for decision in decisions] == [None, None]


SET = {"margin": 0.5, "first_share": 0.1, "least_share": 0.05, "greatest_share": 0.4, "gain": 0.2, "integral_gain": 0.1}


def test_tail_setpoint_follows_its_rule() -> None:
    # Set value 2.5. e = -0.5, 0.3, 0.3, -0.4.
    # 0.1; 0.1 + 0.2 * 0.8 + 0.1 * 0.3 = 0.29; 0.29 + 0 + 0.03 = 0.32; 0.32 + 0.2 * -0.7 + 0.1 * -0.4 = 0.14
    _, decisions = follow(component("controller/tail_setpoint", **SET), [2.0, 2.8, 2.8, 2.1])
    shares = [decision.settings["mixer.human_share"] for decision in decisions]
    assert shares == pytest.approx([0.1, 0.29, 0.32, 0.14])
    assert shares == [decision.entries["human_share"] for decision in decisions]
    assert "0.3 worse than its set value: from 0.1 to 0.29" in decisions[1].reason
    assert "0.4 better" in decisions[3].reason


def test_tail_setpoint_keeps_to_its_bounds_and_does_not_wind_up() -> None:
    # Ten generations at the greatest share, then one good one: it falls at once, 0.4 + 0.2 * -3.5 + 0.1 * -0.5 < 0.05.
    _, decisions = follow(component("controller/tail_setpoint", **SET), [2.0, *[5.5] * 10, 2.0])
    shares = [decision.settings["mixer.human_share"] for decision in decisions]
    assert shares == [0.1, *[0.4] * 10, 0.05]


def test_tail_setpoint_spends_the_most_where_the_tail_cannot_be_measured() -> None:
    _, decisions = follow(component("controller/tail_setpoint", **SET), [2.0, None, 2.5])
    assert [decision.settings["mixer.human_share"] for decision in decisions] == [0.1, 0.4, 0.4]


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
