"""Names in history rows, and replicas gathered into one row per generation."""

import pytest

from tracking.rows import ReplicaGroups, Row, mean_row, measures


def test_companions_are_not_measures() -> None:
    row: Row = {
        "generation": 0,
        "arm": "a",
        "seed": 0,
        "s/m/head": 1.0,
        "s/m/head/low": 0.5,
        "drawn/human": 3,
    }
    assert measures([row]) == ["s/m/head", "drawn/human"]


def test_a_companion_counts_beside_a_null() -> None:
    assert measures([{"s/m/head": None, "s/m/head/why": "too short"}]) == ["s/m/head"]


def test_replicas_are_averaged_by_hand() -> None:
    rows: list[Row] = [
        {"arm": "a", "seed": 0, "generation": 1, "replica": r, "w/x": v} for r, v in enumerate((1, 2, 6))
    ]
    assert mean_row(rows) == {"arm": "a", "seed": 0, "generation": 1, "w/x": 3.0}


def test_nulls_do_not_enter_the_mean() -> None:
    assert mean_row([{"w/x": None}, {"w/x": 4.0}])["w/x"] == 4.0
    assert mean_row([{"w/x": None}, {"w/x": None}])["w/x"] is None


def test_no_rows_are_an_error() -> None:
    with pytest.raises(ValueError, match="need at least one"):
        mean_row([])


def test_a_generation_is_handed_over_when_the_next_begins() -> None:
    groups = ReplicaGroups()
    handed = []
    for generation in (0, 1):
        for arm in ("a", "b"):
            for replica in (0, 1):
                row: Row = {
                    "arm": arm,
                    "seed": 0,
                    "generation": generation,
                    "replica": replica,
                    "w/x": replica,
                }
                handed += groups.add(row)
    assert [(row["arm"], row["generation"], row["w/x"]) for row in handed] == [("a", 0, 0.5), ("b", 0, 0.5)]
    assert [row["arm"] for row in groups.rest("b", 0)] == ["b"]
    assert [row["arm"] for row in groups.rest()] == ["a"]


def test_a_row_without_replica_is_handed_over_at_once() -> None:
    row: Row = {"arm": "a", "seed": 0, "generation": 1, "w/x": 1}
    assert ReplicaGroups().add(row) == [row]
