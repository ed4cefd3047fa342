"""Questions put to arms of text: their rules on made-up rows, and each at its smallest scale, from one store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

import numpy as np
import pytest

from experiments.claims import State
from experiments.curves import STUDENT_0
from experiments.question import CONTROL, CONTROL_COLOUR, PALETTE, Question, colours
from loops.run import Results, run

NAMES = (
    "accumulate_or_replace",
    "temperature",
    "mitigation_grid",
    "linguistic_decline",
    "recursive_replace",
    "decoding",
)
SMALL = ("student.vocab_size=400", "student.hidden_size=32", "student.intermediate_size=64", "executor=inline")


def question(name: str) -> Question:
    return import_module(f"experiments.{name}").QUESTION  # type: ignore[no-any-return]


def rows_for(asked: Question, swapped: Mapping[str, str], n_seeds: int = 5) -> list[dict[str, Any]]:
    """Make rows in which every claim holds by 1 and more, before arms are swapped.

    Each claim is `arm` beyond `control`: an arm stands further along a measure the longer the chain of claims below it.
    """
    noise = np.random.default_rng(0)
    arms = {arm for claim in asked.claims for arm in (claim.arm, claim.control)} - {STUDENT_0}
    measures = {measure for claim in asked.claims for measure in claim.measures}
    place = {(arm, measure): 0.0 for arm in arms | {STUDENT_0} for measure in measures}
    for _ in range(len(asked.claims)):
        for claim in asked.claims:
            ((measure, _),) = claim.measures.items()
            low, high = (claim.control, claim.arm) if claim.direction == "above" else (claim.arm, claim.control)
            place[high, measure] = max(place[high, measure], place[low, measure] + 1)
    return [
        {"arm": swapped.get(arm, arm), "seed": seed, "generation": g}
        | {m: place[STUDENT_0 if g == 0 else arm, m] + noise.normal(0, 0.01) for m in measures}
        for arm in sorted(arms)
        for seed in range(n_seeds)
        for g in (0, 3)
    ]


@pytest.mark.parametrize("name", NAMES)
def test_the_rule_says_reproduced_of_what_is_claimed_and_nothing_of_four_seeds(name: str) -> None:
    asked = question(name)
    assert asked.judge(rows_for(asked, {})) == "reproduced"
    assert asked.judge(rows_for(asked, {}, n_seeds=4)) == "inconclusive"


@pytest.mark.parametrize("name", NAMES)
def test_the_rule_falls_when_an_arm_and_its_control_are_swapped(name: str) -> None:
    asked = question(name)
    for arm, control in {(claim.arm, claim.control) for claim in asked.claims if claim.control != STUDENT_0}:
        rows = rows_for(asked, {arm: control, control: arm})
        assert asked.judge(rows) == "contradicted", f"{arm} and {control}"


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Sequence[str]:
    folder = tmp_path_factory.mktemp("questions")
    return ("scale=smoke", *SMALL, f"output_dir={folder}/out", f"store={folder}/store")


@pytest.fixture(scope="module", params=NAMES)
def asked_of(request: pytest.FixtureRequest, places: Sequence[str]) -> tuple[Question, Results]:
    asked = question(request.param)
    return asked, run(f"experiment={asked.experiment}", *places)


def test_each_claim_and_title_is_measured_in_the_arms_that_it_names(asked_of: tuple[Question, Results]) -> None:
    asked, results = asked_of
    rows = results.rows()
    found = asked.findings(rows, [*asked.claims, *asked.beside])
    # One seed says nothing; what matters is that every arm and measure is there. Few texts leave quantiles unknown.
    unknown = {finding.claim.text for finding in found if finding.state != State.TOO_FEW}
    assert {text for text in unknown if "student 0" not in text and "impossible" not in text} == set()
    last = [row for row in rows if row["generation"] == 1]
    assert {row["arm"] for row in last} == {run.arm for run in results.runs}
    for measure in asked.titles:
        assert any(row.get(measure) is not None for row in last) or "typicality" in measure, measure


def test_one_command_prints_claim_tables_and_judgement_and_draws_every_arm(
    asked_of: tuple[Question, Results],
    places: Sequence[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked, results = asked_of
    import_module(f"experiments.{asked.experiment}").main(places)
    drawn = (results.runs[0].folder.parents[1] / f"{asked.experiment}.svg").read_text()
    shown = capsys.readouterr().out
    assert "all of it in the store" in shown
    assert "judgement: inconclusive" in shown
    assert asked.text.split("\n\n")[1].split("\n")[0] in shown
    assert all(claim.text in shown for claim in asked.claims)
    assert all(f"<!-- {arm} -->" in drawn for arm in {run.arm for run in results.runs})


def test_the_control_is_the_darkest_and_more_arms_than_colours_repeat_them() -> None:
    arms = [f"arm_{number}" for number in range(len(PALETTE) + 1)]
    chosen = colours([*arms, CONTROL])
    assert chosen[CONTROL] == CONTROL_COLOUR
    assert chosen["arm_0"] == chosen[arms[-1]] == PALETTE[0]
    assert len({chosen[arm] for arm in arms[:-1]}) == len(PALETTE)
