from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from loops.cli import command
from tracking.report import page


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


def test_a_report_that_would_not_change_is_left_and_one_that_would_is_drawn(
    new_urn: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[Path] = []
    write = page.write_report
    monkeypatch.setattr(page, "write_report", lambda data, path, stamp: drawn.append(path) or write(data, path, stamp))
    urn = new_urn()
    path = urn.experiment / "report.html"
    assert drawn == [path]
    assert command(["report", str(urn.experiment)]) == 0
    assert new_urn().experiment == urn.experiment
    assert drawn == [path], "neither the verb nor the same run again draws it"
    history = urn.run("replace") / "history.jsonl"
    rows = history.read_text().splitlines(keepends=True)
    history.write_text("".join(rows[:-1]))
    assert command(["report", str(urn.experiment)]) == 0
    assert drawn == [path, path]
    path.unlink()
    assert command(["report", str(urn.experiment)]) == 0
    assert drawn == [path, path, path]


def test_json_prints_the_figures(urn: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["report", str(urn.experiment), "--json"]) == 0
    text = capsys.readouterr().out
    assert isinstance(json.loads(text), dict)
    assert "student/known_truth/types" in text


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["report", str(tmp_path)]) == 2
    assert "holds no run" in capsys.readouterr().err


@pytest.fixture
def drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three generations of two arms that use fewer words each time, and human text, as files in this folder."""
    monkeypatch.chdir(tmp_path)

    def write(name: str, n: int, n_words: int) -> None:
        rng = random.Random(name)
        texts = (" ".join(f"w{rng.randrange(n_words)}" for _ in range(12)) for _ in range(n))
        (tmp_path / name).write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))

    for g, n_words in ((0, 100), (1, 40), (2, 10)):
        write(f"cold_{g}.jsonl", 50, n_words)
        write(f"warm_{g}.jsonl", 50, n_words + 50)
    write("human.jsonl", 120, 200)
    return tmp_path


def from_files(*words: str) -> int:
    return command(["report", *words, "--reference", "human.jsonl", "--metrics", "distinct_n,missing_mass"])


def test_generations_drawn_elsewhere_get_a_history_and_a_report(
    drawn: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert from_files("--from", "cold=cold_{g}.jsonl", "--from", "warm=warm_{g}.jsonl", "distinct_n.n=[1]") == 0
    assert capsys.readouterr().out.strip() == "outputs/cold/report.html"
    folder = drawn / "outputs" / "cold"
    rows = [json.loads(line) for line in (folder / "history.jsonl").read_text().splitlines()]
    assert [(row["arm"], row["generation"]) for row in rows] == [(a, g) for a in ("cold", "warm") for g in (0, 1, 2)]
    # 50 texts of 12 words, beside half of 120 such texts: 600 words each, of which the last hold all 10 words.
    assert rows[2]["sampled/distinct_n/1"] == 10 / 600
    assert "sampled/distinct_n/2" not in rows[2]
    first = rows[0]
    assert first["sampled/distinct_n/1/low"] <= first["sampled/distinct_n/1"] <= first["sampled/distinct_n/1/high"]
    assert {row["sampled/missing_mass/1/human"] for row in rows} == {first["sampled/missing_mass/1/human"]}
    assert rows[2]["sampled/missing_mass/1"] > 0.9 > rows[0]["sampled/missing_mass/1"]
    page = (folder / "report.html").read_text()
    for said in ("Generation 2 of cold: ", "Human words missing in sampled texts", "heirloom report --from"):
        assert said in page
    assert (drawn / "cold_1.jsonl").read_text().splitlines()[0].split('"')[3][:40] in page
    assert "the first texts of each file, in its order" in page
    assert "What each student was trained on" not in page


def test_a_report_on_files_can_be_written_again_but_over_nothing_else(
    drawn: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert from_files("--from", "cold_{g}.jsonl", "--out", "mine") == 0
    assert from_files("--from", "cold_{g}.jsonl", "--out", "mine") == 0
    (drawn / "mine" / "notes.txt").touch()
    capsys.readouterr()
    assert from_files("--from", "cold_{g}.jsonl", "--out", "mine") == 2
    assert "--out: mine holds notes.txt. Give a folder of its own." in capsys.readouterr().err


def test_figures_of_files_are_printed_without_a_trace(drawn: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert from_files("--from", "cold_{g}.jsonl", "--json") == 0
    figures = json.loads(capsys.readouterr().out)
    curve = next(curve for curve in figures["curves"] if curve["measure"] == "sampled/distinct_n/2")
    assert (curve["arm"], curve["generations"]) == ("main", [0, 1, 2])
    assert len(set(curve["human"])) == 1
    assert not (drawn / "outputs").exists()


def test_without_human_text_the_curves_stand_alone(drawn: Path) -> None:
    assert command(["report", "--from", "cold_{g}.jsonl", "--metrics", "distinct_n"]) == 0
    rows = [json.loads(line) for line in (drawn / "outputs/cold/history.jsonl").read_text().splitlines()]
    assert rows[2]["sampled/distinct_n/1"] == 10 / 600
    assert "sampled/distinct_n/1/human" not in rows[2]
    page = (drawn / "outputs/cold/report.html").read_text()
    assert "Distinct words in sampled texts" in page
    assert "standard errors from human text" not in page


def test_a_generation_that_has_collapsed_is_null_with_its_reason(drawn: Path) -> None:
    (drawn / "cold_3.jsonl").write_text('{"text": "w1"}\n' * 30)
    assert from_files("--from", "cold_{g}.jsonl") == 0
    rows = [json.loads(line) for line in (drawn / "outputs/cold/history.jsonl").read_text().splitlines()]
    assert rows[3]["sampled/distinct_n"] is None
    assert "30 of 600 words in 30 documents" in rows[3]["sampled/distinct_n/why"]
    assert rows[2]["sampled/distinct_n/1"] == 10 / 600
    page = (drawn / "outputs/cold/report.html").read_text()
    assert "What could not be measured" in page
    assert "Too small to have a say in the sizes: cold_3.jsonl." in page


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "nothing to report on. Want a run's folder, or --from 'gen_{g}.jsonl'"),
        (["folder", "--words", "5"], "--words goes with --from"),
        (["folder", "--seed", "0"], "--seed goes with --from"),
        (["folder", "--out", "x"], "--out goes with --from"),
        (["--from", "gone_{g}.jsonl"], "--from: no file matches gone_{g}.jsonl"),
        (["--from", "cold_{g}.jsonl", "--metrics", "distnct_n"], "Did you mean metrics/distinct_n"),
        (["--from", "{g}_{g}.jsonl", "--from", "cold_{g}.jsonl"], "are both arm 'main'"),
    ],
)
def test_what_does_not_go_together_is_one_message(
    drawn: Path, words: Sequence[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (drawn / "1_1.jsonl").write_text('{"text": "w1"}\n')
    assert command(["report", *words]) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert "Traceback" not in captured.err
