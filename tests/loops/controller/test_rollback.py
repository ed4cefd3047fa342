"""The best student writes again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from loops.controller.decision import Decision
from loops.run import component

Follow = Callable[[Any, list[float | None]], list[Decision]]


def test_rollback_lets_the_best_student_write_again(follow: Follow) -> None:
    # 3.0 is 1.0 worse than student 0's 2.0: it writes again. 2.4 is within the margin: student 2 writes.
    decisions = follow(component("controller/rollback", margin=0.5), [2.0, 3.0, 2.4, 1.5, 2.2, 1.9])
    assert [decision.entries["teacher"] for decision in decisions] == [0, 0, 2, 3, 3, 5]
    assert [decision.teacher for decision in decisions] == [None, 0, None, None, 3, None]
    assert [decision.is_alarm for decision in decisions] == [False, True, False, False, True, False]
    assert "student 3 writes again" in decisions[4].reason


def test_rollback_does_not_go_to_a_student_that_was_given_up(follow: Follow) -> None:
    # Student 1 is given up for student 0; when student 2 fails too, 0 writes again although 1 was better than 2.
    decisions = follow(component("controller/rollback", margin=0.5), [2.0, 2.6, 3.5])
    assert [decision.teacher for decision in decisions] == [None, 0, 0]


def test_rollback_from_a_student_that_cannot_be_measured(follow: Follow) -> None:
    decisions = follow(component("controller/rollback"), [2.0, None])
    assert decisions[1].teacher == 0
    decisions = follow(component("controller/rollback"), [None, None])
    assert [decision.teacher for decision in decisions] == [None, None]
