from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from loops import code_digest
from loops.cli import command
from loops.code_digest import version


def test_json_holds_every_stage_with_exactly_the_promised_names(urn: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["status", str(urn.run("replace")), "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert list(content) == ["stages"]
    names = {"generation", "name", "key", "digest", "seconds", "state", "arm", "seed"}
    assert all(set(stage) == names for stage in content["stages"])
    assert {stage["generation"] for stage in content["stages"]} == {0, 1, 2, 3}
    assert {stage["state"] for stage in content["stages"]} == {"computed", "found"}


def test_an_experiment_folder_shows_all_its_runs(urn: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["status", str(urn.experiment)]) == 0
    shown = capsys.readouterr().out
    assert "replace, seed 0" in shown
    assert "accumulate, seed 0" in shown
    assert shown.count("complete.") == 3


def test_a_run_cut_short_is_said_not_to_be_complete(new_urn: Any, capsys: pytest.CaptureFixture[str]) -> None:
    run = new_urn("arm=replace").run("replace")
    history = run / "history.jsonl"
    rows = [line for line in history.read_text().splitlines() if json.loads(line)["generation"] < 3]
    history.write_text("\n".join(rows) + "\n")
    assert command(["status", str(run)]) == 0
    assert "not complete" in capsys.readouterr().out


def test_a_run_that_has_only_started_has_no_stages(new_urn: Any, capsys: pytest.CaptureFixture[str]) -> None:
    run = new_urn("arm=replace").run("replace")
    (run / "stages.jsonl").unlink()
    (run / "history.jsonl").unlink()
    capsys.readouterr()
    assert command(["status", str(run), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"stages": []}


def test_why_says_that_nothing_has_changed(urn: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["status", str(urn.run("replace")), "--why"]) == 0
    assert "Every key would be the same now." in capsys.readouterr().out


def test_why_names_the_library_whose_version_has_changed(
    urn: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    was = version("numpy")
    monkeypatch.setattr(code_digest, "version", lambda name: "99.0" if name == "numpy" else version(name))
    code_digest.versions.cache_clear()
    try:
        assert command(["status", str(urn.run("human_only")), "--why"]) == 0
    finally:
        code_digest.versions.cache_clear()
    shown = capsys.readouterr().out
    assert "generation 0, truth, and " in shown
    assert f" more: bits.versions.numpy: {was} -> 99.0\n" in shown
    assert "The first is generation 0, truth; stages after it follow" in shown


def test_why_names_a_setting_whose_yaml_has_changed(new_urn: Any, capsys: pytest.CaptureFixture[str]) -> None:
    run = new_urn("arm=replace").run("replace")
    config = run / "config.yaml"
    config.write_text(config.read_text().replace("smoothing: 0.0", "smoothing: 0.5"))
    assert command(["status", str(run), "--why"]) == 0
    assert "settings: trainer.smoothing: 0.5 there, 0.0 now" in capsys.readouterr().out


def test_a_folder_without_runs_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["status", str(tmp_path / "nothing")]) == 2
    assert "is not a folder" in capsys.readouterr().err
