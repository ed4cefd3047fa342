"""One report of many runs, from the command: what is written, and what is refused."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import loops.compare
from loops.cli import command
from loops.compare import REFERENCE
from tracking.report.data import ReportData
from tracking.rows import is_companion, measures

SMALL = ("source.types=10", "source.draws=10", "source.replicas=3", "generations=2", "trackers=[]")


@dataclass(frozen=True)
class Runs:
    """Experiments on one urn, and others that do not go with them."""

    root: Path

    def start(self, name: str, *overrides: str) -> Path:
        place = [f"output_dir={self.root}", f"store={self.root}/store", f"name={name}"]
        assert command(["run", "experiment=urn", *SMALL, *place, *overrides]) == 0
        return self.root / name

    def compare(self, *words: str) -> int:
        return command(["compare", *words])


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    made = Runs(tmp_path_factory.mktemp("compared"))
    made.start("first", "seeds=[0,1]")
    made.start("second", "seeds=[0,1]", "arm=replace", "trainer.smoothing=0.5")
    made.start("larger", "arm=replace", "source.types=11")
    made.start("texts", "arm=[replace,human_only]", "metrics=[distinct_n]", "metrics.distinct_n.n=[1]")
    made.start("apart", "arm=replace", "seeds=[7]")
    return made


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[ReportData]:
    """Gather what would be written, since drawing takes seconds."""
    gathered: list[ReportData] = []
    monkeypatch.setattr(loops.compare, "write_files", lambda data, rows, folder: gathered.append(data))
    return gathered


def _history(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for path in sorted(folder.rglob("history.jsonl")) for line in path.open()]


def test_the_arms_of_one_experiment(runs: Runs, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert runs.compare(str(runs.root / "first"), "--out", str(tmp_path / "c")) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "c" / "report.html")
    page = (tmp_path / "c" / "report.html").read_text()
    for told in ("heirloom compare", "Arms against human_only", "What each arm cost", "The measures compared"):
        assert told in page
    rows = _history(runs.root / "first")
    lines = pq.read_table(tmp_path / "c" / "rows.parquet").to_pylist()
    assert len(lines) == sum("/" in name and not is_companion(name, row) for row in rows for name in row)
    assert {(line["arm"], line["seed"], line["replica"], line["generation"]) for line in lines} == {
        (row["arm"], row["seed"], row["replica"], row["generation"]) for row in rows
    }
    assert {line["measure"] for line in lines} == set(measures(rows))
    one = next(
        row for row in rows if (row["arm"], row["seed"], row["replica"], row["generation"]) == ("replace", 1, 2, 2)
    )
    (same,) = (
        line["value"]
        for line in lines
        if line["run"].endswith("first/replace/seed_1")
        and (line["replica"], line["generation"], line["measure"]) == (2, 2, "student/known_truth/types")
    )
    assert same == one["student/known_truth/types"]
    figures = tmp_path / "c" / "figures"
    headline = ["student_known_truth_types", "student_known_truth_missing_mass", "student_known_truth_heterozygosity"]
    for name in headline:
        assert all((figures / "headline" / f"headline_{name}.{kind}").exists() for kind in ("svg", "pdf", "csv"))
    assert [line["n_runs"] for line in csv.DictReader((tmp_path / "c" / "costs.csv").open())] == ["2"] * 3
    assert len(list(csv.DictReader((tmp_path / "c" / "differences.csv").open()))) == 2 * len(headline)


def test_several_experiments_keep_their_arms_apart(
    runs: Runs, shown: list[ReportData], capsys: pytest.CaptureFixture[str]
) -> None:
    assert runs.compare(str(runs.root / "first"), str(runs.root / "second")) == 0
    assert Path(capsys.readouterr().out.strip()) == runs.root / "compare" / "first,second" / "report.html"
    (data,) = shown
    arms = ["first/replace", "first/accumulate", "first/human_only", "second/replace"]
    assert [arm.name for arm in data.arms] == [cost.arm for cost in data.costs] == arms
    assert data.arms[3].description.endswith("trainer.smoothing=0.5")
    assert {d.control for d in data.differences} == {"first/human_only"}
    types = "student/known_truth/types"
    (found,) = (d for d in data.differences if (d.arm, d.measure) == ("second/replace", types))
    last: dict[str, dict[tuple[int, int], float]] = {}
    for name in ("first/human_only", "second/replace"):
        rows = (row for row in _history(runs.root / name) if row["generation"] == 2)
        last[name] = {(row["seed"], row["replica"]): row[types] for row in rows}
    left, right = last["second/replace"], last["first/human_only"]
    assert found.mean == pytest.approx(sum(left[pair] - right[pair] for pair in right) / 6)
    assert found.n_seeds == 6, "2 seeds of 3 replicas"


def test_arms_controls_and_measures_can_be_chosen(runs: Runs, shown: list[ReportData]) -> None:
    folders = [str(runs.root / "first" / arm) for arm in ("accumulate", "replace")]
    assert runs.compare(*folders, "--control", "accumulate", "--measure", "student/known_truth/entropy") == 0
    (found,) = shown[0].differences
    assert (found.arm, found.control, found.measure) == ("replace", "accumulate", "student/known_truth/entropy")
    assert shown[0].headline == ("student/known_truth/entropy",)


def test_without_a_control_among_them_the_first_arm_is_what_others_are_compared_with(
    runs: Runs, shown: list[ReportData], capsys: pytest.CaptureFixture[str]
) -> None:
    assert runs.compare(*(str(runs.root / "first" / arm) for arm in ("accumulate", "replace"))) == 0
    assert Path(capsys.readouterr().out.strip()).parent.name == "first,replace,accumulate"
    assert shown[0].controls == ["replace"]


def test_a_run_that_is_given_twice_counts_once(runs: Runs, shown: list[ReportData]) -> None:
    assert runs.compare(str(runs.root / "first"), str(runs.root / "first" / "replace" / "seed_0")) == 0
    assert [cost.n_runs for cost in shown[0].costs] == [2, 2, 2]


def test_what_stands_in_the_way_of_reading_is_an_alarm(runs: Runs, shown: list[ReportData]) -> None:
    small = runs.start("small", "arm=replace", "measure.window=128", "prompts.count=5")
    assert runs.compare(str(runs.root / "first"), str(runs.root / "apart"), str(small)) == 0
    budget, prompts, seeds = shown[0].alarms
    assert budget.startswith("Measured at different budgets, so figures are not comparable: first/replace, first/acc")
    assert "small/replace with n_words=None, max_words=100, n_texts=500, window=128, stride=128." in budget
    assert prompts.startswith("Students were sampled for different prompts")
    assert seeds == "No seed in common with first/human_only, so no paired difference: apart/replace."
    assert not shown[0].texts


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["first", "nothing_here"], "nothing_here: is not a folder. Want outputs/<name>"),
        (["first", "store"], "store: holds no run. Want outputs/<name>"),
        (["second"], "second/replace/seed_0: one arm alone (replace) has nothing to be compared with. Give an exp"),
        (["first", "larger"], "these runs were measured on different reference texts: first/replace has "),
        (
            ["second", "texts/human_only"],
            "no measure of a student is in two of these arms: second/replace has student/",
        ),
        (["first", "--control", "human"], "--control: there is no arm 'human'. Did you mean human_only?"),
        (
            ["first", "--measure", "student/known_truth/type"],
            "--measure: no two arms have 'student/known_truth/type'. D",
        ),
        (["first", "--out", "{root}/first"], "first holds accumulate, human_only, replace. Give a folder of its own."),
        (
            ["first", "--out", "{root}/first/replace/seed_0/history.jsonl"],
            "history.jsonl is no folder. Give a folder of",
        ),
    ],
)
def test_what_cannot_be_compared_is_one_message(
    runs: Runs, words: Sequence[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    is_folder = [(runs.root / word.split("/")[0]).parent.exists() and not word.startswith("-") for word in words]
    made = [
        str(runs.root / word) if is_path and not words[place - 1].startswith("--") else word.format(root=runs.root)
        for place, (word, is_path) in enumerate(zip(words, is_folder, strict=True))
    ]
    assert runs.compare(*made) == 2
    error = capsys.readouterr().err
    assert error.startswith("heirloom compare: ")
    assert message in error
    assert error.count("\n") == 1


def test_a_run_that_has_only_just_started_is_refused(runs: Runs, capsys: pytest.CaptureFixture[str]) -> None:
    begun = runs.start("begun", "arm=[replace,accumulate]")
    stages = begun / "replace" / "seed_0" / "stages.jsonl"
    kept = [line for line in stages.read_text().splitlines() if json.loads(line)["name"] not in REFERENCE]
    stages.write_text("".join(f"{line}\n" for line in kept[:2]))
    assert runs.compare(str(begun)) == 2
    assert "no reference text among its stages; it has only just started" in capsys.readouterr().err
    (begun / "replace" / "seed_0" / "history.jsonl").unlink()
    stages.unlink()
    assert runs.compare(str(begun)) == 2
    assert "stages.jsonl: not there. The run has not written it yet" in capsys.readouterr().err


def test_experiments_of_one_name_are_told_apart_by_their_places(tmp_path: Path, shown: list[ReportData]) -> None:
    for place in ("a", "b"):
        Runs(tmp_path / place).start("same", "arm=replace", "generations=1")
    assert command(["compare", str(tmp_path / "a" / "same"), str(tmp_path / "b" / "same")]) == 0
    assert [arm.name for arm in shown[0].arms] == ["a/same/replace", "b/same/replace"]
