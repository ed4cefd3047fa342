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

GAIN, HEAD, TAIL = (f"student/word_frequency_nll/{part}" for part in ("information_gain", "head", "tail"))
TYPES = "sampled/hill/2/q0"
NAME = "any rise of test loss"


def rows(slopes: dict[str, float], seeds: int = 1, **extra: Any) -> list[dict[str, Any]]:
    """Arms whose gain over unigrams falls by a slope from 2 nats and a seed's own more."""
    return [
        {"arm": arm, "seed": seed, "generation": g, GAIN: (2 + seed) * (1 - (slope + 0.01 * seed) * g), **extra}
        for arm, slope in slopes.items()
        for seed in range(seeds)
        for g in range(4)
    ]


def verdict(found: list[Collapse], arm: str, name: str) -> Collapse:
    (one,) = (one for one in found if (one.arm, one.name) == (arm, name))
    return one


def test_slopes_are_relative_to_human_only_seed_by_seed() -> None:
    history = rows({"replace": 0.15, "human_only": 0.1}, seeds=5)
    one = verdict(collapses(history, ["replace", "human_only"]), "replace", NAME)
    assert (one.state, one.control, one.n_seeds, one.caution) == ("held", "human_only", 5, "")
    assert one.evidence[0].slope == pytest.approx(-0.05)
    assert one.evidence[0].low == pytest.approx(-0.05), "what seeds share is taken out"


def test_without_the_control_and_for_the_control_itself_slopes_are_since_generation_0() -> None:
    alone = verdict(collapses(rows({"replace": 0.15}), ["replace"]), "replace", NAME)
    assert (alone.control, alone.evidence[0].slope) == ("generation 0", pytest.approx(-0.15))
    both = collapses(rows({"replace": 0.15, "human_only": 0.0}), ["replace", "human_only"])
    own = verdict(both, "human_only", NAME)
    assert (own.control, own.state) == ("generation 0", "not held")


def test_few_seeds_are_said_and_get_no_interval() -> None:
    one = verdict(collapses(rows({"a": 0.1}), ["a"]), "a", NAME)
    assert (one.state, one.caution, one.evidence[0].low) == ("held", "one seed", None)
    assert verdict(collapses(rows({"a": 0.1}, seeds=4), ["a"]), "a", NAME).caution == "4 of 5 seeds"
    world = [{**row, "seed": 0, "replica": row["seed"]} for row in rows({"a": 0.0}, seeds=99)]
    assert verdict(collapses(world, ["a"]), "a", NAME).caution == "99 of 100 seeds"


def test_the_noise_of_one_seed_is_that_of_its_control() -> None:
    # About its flat line the control leaves -1/3, 2/3, -1/3 times .12 nats of 2: sd .06 * sqrt(2/3), of a difference
    # sqrt 2 times that, and the slope over three generations, whose sum of squares is 2, has the error .06 * sqrt(2/3).
    control, arm = (2.0, 2.12, 2.0), (2.0, 1.8, 1.6)
    history = [
        {"arm": name, "seed": 0, "generation": g, GAIN: value}
        for name, values in {"a": arm, "human_only": control}.items()
        for g, value in enumerate(values)
    ]
    one = verdict(collapses(history, ["a", "human_only"]), "a", NAME)
    assert one.evidence[0].noise == pytest.approx(0.06 * (2 / 3) ** 0.5)
    assert (one.state, one.evidence[0].slope) == ("held", pytest.approx(-0.1))
    # Alone the arm's own scatter is what there is, and a line has none; the control's own has no factor of sqrt 2.
    assert verdict(collapses(history, ["a"]), "a", NAME).evidence[0].noise == pytest.approx(0)
    own = verdict(collapses(history, ["a", "human_only"]), "human_only", NAME)
    assert own.evidence[0].noise == pytest.approx(0.06 * (1 / 3) ** 0.5)
    assert own.state == "not held"


def test_losses_count_in_what_student_0_of_the_control_knew() -> None:
    # Both rise by .1 nats a word: of 2 nats 5% a generation, of 5.1 not 2%. Risen, the head is not ruled out.
    for known, is_met in ((2.0, [True, False]), (5.1, [False, True])):
        history = [
            {
                "arm": arm,
                "seed": 0,
                "generation": g,
                GAIN: known if g == 0 else 1.0,
                HEAD: 3 + slope * g,
                TAIL: 5 + slope * g,
            }
            for arm, slope in {"replace": 0.1, "human_only": 0.0}.items()
            for g in range(4)
        ]
        early = verdict(collapses(history, ["replace", "human_only"]), "replace", "early phase").evidence
        assert [(slope.measure, slope.slope) for slope in early] == [
            (TAIL, pytest.approx(0.1 / known)), (HEAD, pytest.approx(0.1 / known)),
        ]  # fmt: skip
        assert [slope.is_met for slope in early] == is_met


def test_masses_count_in_quarters_of_the_human_one_and_take_bigrams_before_words() -> None:
    # .006 of human bigrams go missing in a generation: 2.4% of a quarter.
    history = [
        {
            "arm": "a",
            "seed": 0,
            "generation": g,
            "sampled/missing_mass/2": 0.7 + 0.006 * g,
            "sampled/missing_mass/1": 0.1,
        }
        for g in range(4)
    ]
    one = verdict(collapses(history, ["a"]), "a", "disappearing tail")
    assert (one.state, one.evidence[0].measure) == ("held", "sampled/missing_mass/2")
    assert one.evidence[0].slope == pytest.approx(0.024)
    words = [{name: value for name, value in row.items() if not name.endswith("/2")} for row in history]
    assert verdict(collapses(words, ["a"]), "a", "disappearing tail").evidence[0].measure == "sampled/missing_mass/1"


def test_a_student_that_knows_nothing_has_nothing_to_lose() -> None:
    history = [{"arm": "a", "seed": 0, "generation": g, GAIN: -0.3 - g, HEAD: 3.0 + g} for g in range(4)]
    one = verdict(collapses(history, ["a"]), "a", NAME)
    assert (one.state, one.evidence) == ("not measurable", ())
    assert (
        one.reason
        == f"{GAIN}: its unit is {GAIN} of student 0, which is -0.3, want more than 0: train it longer or on more"
    )
    unit = [{name: value for name, value in row.items() if name != GAIN} for row in history]
    assert verdict(collapses(unit, ["a"]), "a", "late phase").reason.endswith(
        f"{GAIN} of student 0, which is not measured"
    )


def test_logarithms_are_taken_where_a_role_is_relative() -> None:
    history = [{"arm": "a", "seed": 0, "generation": g, TYPES: 400 / 2**g} for g in range(4)]
    one = verdict(collapses(history, ["a"]), "a", "late phase")
    (types,) = one.evidence
    assert types.slope == pytest.approx(-0.6931, abs=1e-4), "halved in each generation"
    assert types.is_met
    assert one.state == "not measurable"
    assert "no head loss: it takes student/word_frequency_nll/head or student/divergence/kl/head" in one.reason


def test_the_reason_that_the_history_gives_is_the_reason() -> None:
    history = rows({"a": 0.1}, **{"sampled/hill": None, "sampled/hill/why": "sampled has 812 of 5,000 words"})
    one = verdict(collapses(history, ["a"]), "a", "collapsing variance")
    assert (one.state, one.evidence) == ("not measurable", ())
    assert one.reason == "sampled/hill: sampled has 812 of 5,000 words"


def test_a_world_gets_its_verdicts_in_the_report(tmp_path: Path) -> None:
    place = (f"output_dir={tmp_path / 'out'}", f"store={tmp_path / 'store'}")
    world = ("source.types=12", "source.exponent=1.5", "source.draws=150", "prompts.count=150")
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
    assert told[0]["evidence"][0]["measure"] == "student/divergence/information_gain"
    assert 'id="collapses"' in report_html(data)


def test_wide_kernels_merge_the_modes_of_a_world_and_human_rows_hold_them(tmp_path: Path) -> None:
    # Each generation adds 1.5^2 to the variance around centres 8.7 apart: after five the middle of two is as dense.
    place = (f"output_dir={tmp_path / 'out'}", f"store={tmp_path / 'store'}")
    world = ("source.shape=blobs", "student=kernel_density", "student.bandwidth=1.5", "metrics=[mode_separation]")
    arms = ("arm=[replace,human_only]", "generations=4", "source.replicas=2")
    rows = run("experiment=collapses_vectors", *world, *arms, *place).rows()
    found = collapses(rows, ["replace", "human_only"])
    merging = verdict(found, "replace", "merging modes")
    assert (merging.state, merging.evidence[0].measure) == ("held", "student/mode_separation/value")
    assert merging.evidence[0].slope < -0.1
    assert verdict(found, "human_only", "merging modes").state == "not held"
