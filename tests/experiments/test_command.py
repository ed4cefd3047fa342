"""The command of an experiment: mistakes are one line, help is what the module says, and cost comes first."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from rich.console import Console

from experiments.command import run_announced, run_module
from loops.plan import plan


def test_a_mistake_in_the_settings_of_an_experiment_is_one_line_and_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def main(overrides: Sequence[str]) -> None:
        plan(["experiment=urn", *overrides])

    monkeypatch.setattr("sys.argv", ["experiments/urn.py", "scal=smoke"])
    with pytest.raises(SystemExit) as stopped:
        run_module(main)
    assert stopped.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith("python -m experiments.urn: scal: unknown setting. Did you mean scale")
    assert "Traceback" not in said


def test_help_is_what_the_module_says_and_runs_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import experiments.urn

    monkeypatch.setattr("sys.argv", ["experiments/urn.py", "--help"])
    monkeypatch.setitem(__import__("sys").modules, "__main__", experiments.urn)
    with pytest.raises(SystemExit) as stopped:
        run_module(lambda words: pytest.fail(f"ran with {words}"))
    assert stopped.value.code == 0
    assert (experiments.urn.__doc__ or "").strip() in capsys.readouterr().out


def test_a_run_says_first_how_much_there_is_to_do(tmp_path: Path) -> None:
    console = Console(record=True, width=100)
    places = (f"store={tmp_path}/store", f"output_dir={tmp_path}/out", "arm=replace", "scale=smoke")
    results = run_announced("urn", places, console, trackers=False)
    assert "1 arm x 1 seed" in console.export_text()
    assert {run.arm for run in results.runs} == {"replace"}
