"""History rows as lines, one for each value."""

from __future__ import annotations

from typing import Any

from tracking.tidy import SCHEMA, Source, tidy

ROW: dict[str, Any] = {
    "arm": "replace", "seed": 3, "generation": 2, "start": "base",
    "sampled/distinct_n/2": 0.5, "sampled/distinct_n/2/low": 0.4, "sampled/distinct_n/2/high": 0.6,
    "sampled/distinct_n/2/human": 0.7, "drawn/tokens": 100,
    "sampled/hill": None, "sampled/hill/why": "sampled has 812 of 5,000 words",
}  # fmt: skip


def _lines(*sources: Source) -> list[dict[str, Any]]:
    table = tidy(sources)
    assert table.schema == SCHEMA
    lines: list[dict[str, Any]] = table.to_pylist()
    return lines


def test_each_measure_is_a_line_with_what_stands_beside_it() -> None:
    place = {"run": "o/a/replace/seed_3", "arm": "replace", "seed": 3, "replica": None, "generation": 2}
    nothing = {"value": None, "low": None, "high": None, "human": None, "why": None}
    line = {**place, "split": "reference", **nothing}
    assert _lines(Source("o/a/replace/seed_3", "reference", [ROW])) == [
        {**line, "measure": "sampled/distinct_n/2", "value": 0.5, "low": 0.4, "high": 0.6, "human": 0.7},
        {**line, "measure": "drawn/tokens", "value": 100.0},
        {**line, "measure": "sampled/hill", "why": "sampled has 812 of 5,000 words"},
    ]


def test_replicas_and_the_auditor_are_told_apart() -> None:
    row = {"arm": "a", "seed": 0, "generation": 0, "replica": 7, "student/x/y": 1.0}
    lines = _lines(Source("r", "reference", [row]), Source("r", "auditor", [{**row, "student/x/y": 2.0}]))
    assert [(line["split"], line["replica"], line["value"]) for line in lines] == [
        ("reference", 7, 1.0), ("auditor", 7, 2.0),
    ]  # fmt: skip


def test_without_rows_the_columns_are_there() -> None:
    assert _lines() == []
