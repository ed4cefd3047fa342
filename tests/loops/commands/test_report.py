from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from loops.cli import command


def test_an_experiment_gets_one_report_over_its_arms(urn: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["report", str(urn.experiment)]) == 0
    path = Path(capsys.readouterr().out.strip())
    assert path == urn.experiment / "report.html"
    page = path.read_text()
    assert "human_only" in page
    assert "accumulate" in page


def test_each_run_folder_asked_for_gets_its_own(urn: Any, capsys: pytest.CaptureFixture[str]) -> None:
    folders = [urn.run("replace"), urn.run("accumulate")]
    assert command(["report", *map(str, folders)]) == 0
    assert capsys.readouterr().out.split() == [str(folder / "report.html") for folder in folders]
    assert all((folder / "report.html").stat().st_size > 10_000 for folder in folders)


def test_json_prints_the_figures(urn: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["report", str(urn.experiment), "--json"]) == 0
    text = capsys.readouterr().out
    assert isinstance(json.loads(text), dict)
    assert "student/known_truth/types" in text


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["report", str(tmp_path)]) == 2
    assert "holds no run" in capsys.readouterr().err
