from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tracking.report.data import Label, ReportData
from tracking.report.page import write_report
from tracking.report.stamp import bears, stamp_of


def test_a_page_bears_the_stamp_of_its_data_and_no_other(
    make_experiment: Callable[..., ReportData], tmp_path: Path
) -> None:
    data, path = make_experiment(), tmp_path / "report.html"
    write_report(data, path, stamp_of(data))
    assert bears(path, stamp_of(make_experiment())), "equal data, made anew"
    assert not bears(path, stamp_of(replace(data, labels={"drawn/rows": Label("Rows", "")})))
    assert not bears(path, stamp_of(make_experiment(seeds=(0,))))
    rows = [dict(row) for row in data.rows]
    rows[-1]["seed"] = 99
    assert not bears(path, stamp_of(replace(data, rows=rows))), "the last value of the last row counts"


def test_no_page_and_a_page_without_a_stamp_bear_none(data: ReportData, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    assert not bears(path, stamp_of(data))
    write_report(data, path)
    assert not bears(path, stamp_of(data))
    assert not bears(path, "")
    path.write_bytes(b"\xff\xfe torn")
    assert not bears(path, stamp_of(data))
