"""Which replicas there are, and where their rows stand."""

from __future__ import annotations

import numpy as np
import pytest

from loops.replicas import check_draws, places, replica_numbers


def test_replicas_are_counted_or_listed() -> None:
    assert replica_numbers(3).tolist() == [0, 1, 2]
    assert replica_numbers((7, 2)).tolist() == [7, 2]


@pytest.mark.parametrize("wrong", [0, (), (1, 1), (-1,)])
def test_no_replicas_or_the_same_twice_are_refused(wrong: int | tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="want 1 or more, or a list of different numbers from 0"):
        replica_numbers(wrong)


def test_draws_are_counted_or_infinite() -> None:
    check_draws(1)
    check_draws(None)
    with pytest.raises(ValueError, match="draws: got 0, want at least 1, or null for infinitely many"):
        check_draws(0)


def test_rows_of_each_replica_stand_where_they_stand_in_their_order() -> None:
    found = places(np.array([9, 4, 9, 4, 4]), np.array([4, 6, 9]))
    assert [mine.tolist() for mine in found] == [[1, 3, 4], [], [0, 2]]
