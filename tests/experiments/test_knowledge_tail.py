"""The experiment at its smallest scale, its rule on made-up rows, and the figure."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import experiments.knowledge_tail
from experiments.claims import findings, judge
from experiments.knowledge_tail import CLAIMS, FLUENCY, FREQUENT, RARE, draw, main, recall_table, recalls
from loops.run import Results, run

SHOWN = {"replace": (0.1, 0.8, 0.25), "mixed": (0.3, 0.9, 0.22), "accumulate": (0.4, 0.9, 0.2)}
"""Recall of rare and of frequent facts and loss on frequent words, as the claim would have them."""


def rows(shown: dict[str, tuple[float, float, float]], n_seeds: int = 5) -> list[dict[str, Any]]:
    noise = np.random.default_rng(0).normal(0, 0.005, (n_seeds, 4, 3))
    figures = shown | {"human_only": (0.45, 0.95, 0.2)}
    return [
        {"arm": arm, "seed": seed, "generation": 3}
        | dict(zip((RARE, FREQUENT, FLUENCY), np.add(values, noise[seed, place]).tolist(), strict=True))
        for seed in range(n_seeds)
        for place, (arm, values) in enumerate(figures.items())
    ]


@pytest.fixture(scope="module")
def overrides(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    folder = tmp_path_factory.mktemp("knowledge_tail")
    small = ("student.vocab_size=400", "student.hidden_size=32", "student.intermediate_size=64", "executor=inline")
    places = (f"output_dir={folder}/out", f"store={folder}/store")
    return ("scale=smoke", "arm=[replace,human_only]", *small, *places)


@pytest.fixture(scope="module")
def results(overrides: tuple[str, ...]) -> Results:
    return run("experiment=knowledge_tail", *overrides)


def test_the_rule_says_reproduced_of_what_is_claimed() -> None:
    assert judge(findings(rows(SHOWN), CLAIMS)) == "reproduced"
    assert judge(findings(rows(SHOWN, n_seeds=4), CLAIMS)) == "inconclusive"


@pytest.mark.parametrize("other", ["human_only", "accumulate", "mixed"])
def test_the_rule_falls_when_labels_of_arms_are_swapped(other: str) -> None:
    names = {"replace": other, other: "replace"}
    swapped = [{**row, "arm": names.get(row["arm"], row["arm"])} for row in rows(SHOWN)]
    assert judge(findings(swapped, CLAIMS)) == "contradicted"


@pytest.mark.parametrize(
    "replace",
    [
        pytest.param((0.45, 0.95, 0.2), id="nothing is forgotten"),
        pytest.param((0.1, 0.6, 0.25), id="frequent facts are forgotten as well"),
        pytest.param((0.1, 0.8, 0.5), id="the text is no longer fluent"),
    ],
)
def test_each_part_of_the_claim_can_fail(replace: tuple[float, float, float]) -> None:
    assert judge(findings(rows(SHOWN | {"replace": replace}), CLAIMS)) != "reproduced"


def test_the_smoke_scale_measures_recall_in_every_generation_of_every_arm(results: Results) -> None:
    measured = results.rows()
    assert {(row["arm"], row["generation"]) for row in measured} == {
        (arm, g) for arm in ("replace", "human_only") for g in (0, 1)
    }
    for row in measured:
        for name in (RARE, "student/fact_recall/value"):
            assert 0 <= row[f"{name}/low"] <= row[name] <= row[f"{name}/high"] <= 1
        assert 0 <= row[FREQUENT] <= 1
        assert f"{FREQUENT}/low" not in row, "a decile of 30 people is too few for an interval"
        assert row["student/fact_recall/chance"] == pytest.approx(1 / 5)
        assert row[FLUENCY] > 0
    assert {finding.n_seeds for finding in findings(measured, CLAIMS)} == {0, 1}


def test_the_tables_and_the_figure_show_each_arm(results: Results, tmp_path: Path) -> None:
    measured = results.rows()
    shown = recall_table(measured)
    assert list(shown.columns[0].cells) == ["student 0", "replace", "human_only"]
    everything = recalls(measured, "replace", 1, "value")
    assert everything.tolist() == [measured[1]["student/fact_recall/value"]]
    assert next(iter(shown.columns[11].cells)) == f"{measured[0]['student/fact_recall/value']:.2f}"
    draw(measured, tmp_path / "a.svg")
    draw(measured, tmp_path / "b.svg")
    content = (tmp_path / "a.svg").read_text()
    assert content == (tmp_path / "b.svg").read_text()
    assert "<!-- human_only -->" in content


def test_one_command_says_what_it_costs_and_prints_claim_tables_and_judgement(
    results: Results,
    overrides: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(experiments.knowledge_tail, "FIGURE", tmp_path / "figure.svg")
    main(overrides)
    shown = capsys.readouterr().out
    assert "2 arms x 1 seed" in shown
    assert "all of it in the store" in shown
    assert "fluency survives, facts fail" in " ".join(shown.split())
    assert "too few seeds to say" in shown
    assert "says a fact" in shown
    assert "judgement: inconclusive" in shown
    assert (tmp_path / "figure.svg").exists()
