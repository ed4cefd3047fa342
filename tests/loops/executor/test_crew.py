"""Work shared out; that processes may die is tested with runs, in test_processes.py."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from loops.executor.crew import one_by_one, workers_that_fit


def halve(number: int, emit: Callable[[float], None]) -> None:
    if number % 2:
        raise ValueError(f"{number} is odd")
    emit(number / 2)


def told(number: int, error: BaseException) -> str:
    return f"{number}: {error}"


def test_items_are_done_in_order_and_one_that_fails_is_told_of() -> None:
    found: list[object] = []
    one_by_one([4, 3, 8], halve, told, found.append)
    assert found == [2, "3: 3 is odd", 4]


def test_ctrl_c_is_no_failure_of_an_item() -> None:
    def interrupted(number: int, emit: Callable[[float], None]) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        one_by_one([1], interrupted, told, lambda event: None)


def test_at_least_one_worker_fits() -> None:
    assert workers_that_fit(10_000) == 1
    assert workers_that_fit(1) >= 1
