"""A report as a folder: every panel in three files, the same bytes for the same data."""

from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tracking.report.context import Context
from tracking.report.data import COMPARISON, ReportData
from tracking.report.folder import WRITTEN, csv_text, write_files, write_panel
from tracking.report.page import sections_of
from tracking.report.parts import Figure
from tracking.tidy import Source, tidy


@pytest.fixture
def few(data: ReportData) -> ReportData:
    """Leave the sections of which there are many panels to the page's own tests."""
    headline = ("student/token_frequency_nll/tail", "sampled/compression/ratio")
    return replace(data, headline=headline, sections=("findings", "headline", "controls", "filters"))


def _files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_every_panel_is_there_as_svg_pdf_and_csv(few: ReportData, tmp_path: Path) -> None:
    table = tidy([Source("r", "reference", few.rows)])
    write_files(few, table, tmp_path)
    files = _files(tmp_path)
    assert {name.split("/")[0] for name in files} == set(WRITTEN)
    panels = [panel for s in sections_of(Context.of(few)) for figure in s.figures for panel in figure.panels]
    made = [Path(name) for name in files if name.startswith("figures/")]
    assert len(made) == 3 * len(panels)
    assert len({path.with_suffix("") for path in made}) == len(panels)
    assert pq.read_table(tmp_path / "rows.parquet").equals(table)
    for name, content in files.items():
        if name.endswith(".svg"):
            assert ElementTree.fromstring(content).tag == "{http://www.w3.org/2000/svg}svg"
        if name.endswith(".pdf"):
            assert content.startswith(b"%PDF-")
    write_files(few, table, tmp_path / "again")
    assert _files(tmp_path / "again") == files


def test_the_csv_holds_what_the_panel_shows(few: ReportData, tmp_path: Path) -> None:
    write_files(few, tidy([]), tmp_path)
    name = few.headline[0]
    path = tmp_path / "figures" / "headline" / f"headline_{name.replace('/', '_')}.csv"
    lines = list(csv.DictReader(path.open()))
    arm, last = few.arms[0].name, max(int(row["generation"]) for row in few.rows)  # type: ignore[arg-type]
    own = [float(row[name]) for row in few.rows if row["arm"] == arm and row["generation"] == last]  # type: ignore[arg-type]
    (line,) = (line for line in lines if line["arm"] == arm and line["generation"] == str(last))
    assert float(line["mean"]) == pytest.approx(sum(own) / len(own))
    assert float(line["low"]) < float(line["mean"]) < float(line["high"])
    assert line["n"] == str(len(own))


def test_title_and_legend_stand_in_the_file(few: ReportData, tmp_path: Path) -> None:
    figure = next(f for s in sections_of(Context.of(few)) for f in s.figures if f.key == "headline")
    svg, _, _ = write_panel(figure.panels[0], figure.legend, tmp_path)
    text = "".join(ElementTree.fromstring(svg.read_text()).itertext())
    for told in (figure.panels[0].title, *(mark.name for mark in figure.legend)):
        assert told in text


def test_bars_have_a_legend_of_blocks(few: ReportData, tmp_path: Path) -> None:
    figure = next(f for s in sections_of(Context.of(few)) for f in s.figures if f.key == "filters")
    assert isinstance(figure, Figure)
    assert {mark.kind for mark in figure.legend} == {"block"}
    assert all(path.stat().st_size for path in write_panel(figure.panels[0], figure.legend, tmp_path))


def test_what_an_earlier_report_drew_and_this_one_does_not_is_removed(few: ReportData, tmp_path: Path) -> None:
    old = tmp_path / "figures" / "tails" / "old.svg"
    old.parent.mkdir(parents=True)
    old.write_text("")
    mine = old.with_name("notes.txt")
    mine.write_text("")
    write_files(few, tidy([]), tmp_path)
    assert not old.exists()
    assert mine.exists()


def test_nothing_and_nan_are_empty_cells() -> None:
    rows = [{"a": 1.0, "b": float("nan")}, {"a": None, "b": "x,y"}]
    assert list(csv.reader(io.StringIO(csv_text(rows)))) == [["a", "b"], ["1.0", ""], ["", "x,y"]]
    assert csv_text([]) == "\n"


def test_a_comparison_has_every_section_of_a_report(data: ReportData) -> None:
    assert set(COMPARISON) == {*data.sections, "headline", "costs"}
