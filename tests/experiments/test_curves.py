"""Tables and figures of arms over generations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from experiments.curves import STUDENT_0, draw, means_table, values_of, with_student_0

ROWS: list[dict[str, Any]] = [
    {"arm": arm, "seed": seed, "generation": g, "m": float(value + seed), "only": 1.0 if arm == "b" else None}
    for arm, series in {"a": (1, 3), "b": (1, 9)}.items()
    for seed in (0, 1)
    for g, value in enumerate(series)
]


def test_values_are_gathered_by_generation() -> None:
    found = values_of(ROWS, "a", "m")
    assert {g: values.tolist() for g, values in found.items()} == {0: [1.0, 2.0], 1: [3.0, 4.0]}
    assert values_of(ROWS, "a", "only") == {}


def test_replicas_are_values_of_their_own() -> None:
    rows = [{"arm": "a", "seed": 0, "generation": 0, "replica": r, "m": float(r)} for r in range(3)]
    assert values_of(rows, "a", "m")[0].tolist() == [0.0, 1.0, 2.0]


def test_student_0_is_an_arm_that_stays_as_it_is() -> None:
    added = [row for row in with_student_0(ROWS) if row["arm"] == STUDENT_0]
    assert [(row["seed"], row["generation"], row["m"]) for row in added] == [(0, 1, 1.0), (1, 1, 2.0)]
    assert with_student_0(ROWS)[: len(ROWS)] == ROWS


def test_the_table_shows_means_at_the_end_beside_student_0_and_nothing_where_nothing_was_measured() -> None:
    shown = means_table(ROWS, {"m": "Measure", "only": "Only b"})
    columns = [list(column.cells) for column in shown.columns]
    # Student 0: (1 + 2) / 2; a: (3 + 4) / 2; b: (9 + 10) / 2.
    assert columns == [[STUDENT_0, "a", "b"], ["1.500", "3.500", "9.500"], ["", "", "1.000"]]


def test_a_figure_has_a_panel_a_measure_and_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    titles = {"m": "Measure", "only": "Only b"}
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        draw(ROWS, titles, {"a": "#000000"}, tmp_path / name / "figure.svg")
    content = (tmp_path / "one" / "figure.svg").read_text()
    assert content == (tmp_path / "two" / "figure.svg").read_text()
    assert content.count("<!-- generation -->") == 2
    assert "<!-- Only b -->" in content


def test_one_seed_is_drawn_without_a_band(tmp_path: Path) -> None:
    draw([row for row in ROWS if row["seed"] == 0], {"m": "Measure"}, {}, tmp_path / "figure.svg")
    assert "FillBetween" not in (tmp_path / "figure.svg").read_text()
    draw(ROWS, {"m": "Measure"}, {}, tmp_path / "figure.svg")
    assert "FillBetween" in (tmp_path / "figure.svg").read_text()
