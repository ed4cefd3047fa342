"""Verdicts from history rows: against which control, by which measure, and why not; and from a run to its report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from loops.collapses import collapses
from loops.report import figures, report_data
from loops.run import run
from tracking.report.data import Collapse
from tracking.report.page import report_html

LOSS = "student/perplexity/nll"
TYPES = "sampled/distinct_n/1"


def rows(slopes: dict[str, float], seeds: int = 1, **extra: Any) -> list[dict[str, Any]]:
    """Arms whose loss rises by a slope from a level of the seed's own."""
    return [
        {"arm": arm, "seed": seed, "generation": g, LOSS: 3 + seed + (slope + 0.01 * seed) * g, **extra}
        for arm, slope in slopes.items()
        for seed in range(seeds)
        for g in range(4)
    ]


def verdict(found: list[Collapse], arm: str, name: str) -> Collapse:
    (one,) = (one for one in found if (one.arm, one.name) == (arm, name))
    return one


def test_slopes_are_relative_to_human_only_seed_by_seed() -> None:
    history = rows({"replace": 1.5, "human_only": 1.0}, seeds=5)
    one = verdict(collapses(history, ["replace", "human_only"]), "replace", "any rise of test loss")
    assert (one.state, one.control, one.n_seeds, one.caution) == ("held", "human_only", 5, "")
    assert one.evidence[0].slope == pytest.approx(0.5)
    assert one.evidence[0].low == pytest.approx(0.5), "what seeds share is taken out"


def test_without_the_control_and_for_the_control_itself_slopes_are_since_generation_0() -> None:
    alone = verdict(collapses(rows({"replace": 1.5}), ["replace"]), "replace", "any rise of test loss")
    assert (alone.control, alone.evidence[0].slope) == ("generation 0", pytest.approx(1.5))
    both = collapses(rows({"replace": 1.5, "human_only": 0.0}), ["replace", "human_only"])
    own = verdict(both, "human_only", "any rise of test loss")
    assert (own.control, own.state) == ("generation 0", "not held")


def test_few_seeds_are_said_and_get_no_interval() -> None:
    name = "any rise of test loss"
    one = verdict(collapses(rows({"a": 1.0}), ["a"]), "a", name)
    assert (one.state, one.caution, one.evidence[0].low) == ("held", "one seed", None)
    assert verdict(collapses(rows({"a": 1.0}, seeds=4), ["a"]), "a", name).caution == "4 of 5 seeds"
    world = [{**row, "seed": 0, "replica": row["seed"]} for row in rows({"a": 1.0}, seeds=99)]
    assert verdict(collapses(world, ["a"]), "a", name).caution == "99 of 100 seeds"


def test_logarithms_are_taken_where_a_role_is_relative() -> None:
    history = [{"arm": "a", "seed": 0, "generation": g, TYPES: 0.4 / 2**g} for g in range(4)]
    one = verdict(collapses(history, ["a"]), "a", "late phase")
    (types,) = one.evidence
    assert types.slope == pytest.approx(-0.6931, abs=1e-4), "halved in each generation"
    assert types.is_met
    assert one.state == "not measurable"
    assert "no head loss: it takes student/word_frequency_nll/head or student/divergence/kl/head" in one.reason


def test_the_reason_that_the_history_gives_is_the_reason() -> None:
    history = rows({"a": 1.0}, **{"sampled/hill": None, "sampled/hill/why": "sampled has 812 of 5,000 words"})
    one = verdict(collapses(history, ["a"]), "a", "collapsing variance")
    assert (one.state, one.evidence) == ("not measurable", ())
    assert one.reason == "sampled/hill: sampled has 812 of 5,000 words"


def test_a_world_gets_its_verdicts_in_the_report(tmp_path: Path) -> None:
    place = (f"output_dir={tmp_path / 'out'}", f"store={tmp_path / 'store'}")
    world = ("source.types=12", "source.draws=60", "prompts.count=60")
    results = run("experiment=collapses", "scale=smoke", "arm=[replace_cold,human_only]", *world, *place)
    folders = [arm.folder for arm in results.runs]
    data = report_data(folders)
    cold, control = ([one for one in data.collapses if one.arm == arm] for arm in ("replace_cold", "human_only"))
    held = {one.name for one in cold if one.state == "held"}
    assert {"any rise of test loss", "collapsing variance", "disappearing tail", "early phase"} <= held
    assert not any(one.state == "held" for one in control if one.name.endswith("test loss")), "it is fitted anew, alike"
    assert {one.caution for one in cold if one.evidence} == {"2 of 100 seeds"}
    told = json.loads(figures(folders))["collapses"]
    assert [one["name"] for one in told] == [one.name for one in data.collapses]
    assert told[0]["evidence"][0]["measure"] == "student/divergence/kl"
    assert 'id="collapses"' in report_html(data)
