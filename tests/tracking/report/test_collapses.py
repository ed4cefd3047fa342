"""Verdicts on the page: one table for each arm, with state, evidence and what stands against it."""

from dataclasses import replace

from tracking.report.context import Context
from tracking.report.data import ReportData
from tracking.report.figures import figures_json
from tracking.report.parts import Section
from tracking.report.sections.collapses import collapses


def section(data: ReportData) -> Section:
    found = collapses(Context.of(data))
    assert found is not None
    return found


def test_every_arm_has_a_table_of_its_verdicts_beside_what_they_are_relative_to(data: ReportData) -> None:
    first, second = section(data).tables
    assert (first.title, second.title) == ("replace", "human_only")
    assert [row[0] for row in first.rows] == ["early phase", "late phase", "merging modes"]
    assert "relative to human_only" in first.caption
    assert "relative to generation 0" in second.caption


def test_a_state_says_where_a_phase_is_held_and_how_many_seeds_speak(data: ReportData) -> None:
    states = [row[1] for row in section(data).tables[0].rows]
    assert states == ["held in generations 0 to 3, 5 to 8", "not held (3 of 5 seeds)", "not measurable"]


def test_evidence_is_one_line_of_slope_interval_threshold_and_side(data: ReportData) -> None:
    early, late, modes = (row[2] for row in section(data).tables[0].rows)
    assert early == (
        "for: Word loss on human text, tail quarter +11.8% [+10.2%, +13.4%], threshold +2%, generations 0 to 3"
    )
    assert late.startswith("against: Word loss on human text, head quarter +2.5% (noise 1.2%), threshold")
    assert modes == "it takes a world of modes"


def test_the_lead_says_what_is_held_of_each_arm(data: ReportData) -> None:
    assert section(data).lead[1:] == ["replace: early phase.", "human_only: nothing is held."]


def test_figures_hold_the_evidence_in_numbers(data: ReportData) -> None:
    first = figures_json(data)["collapses"][0]
    assert (first["name"], first["state"], first["held_in"]) == ("early phase", "held", ((0, 3), (5, 8)))
    assert first["evidence"][0]["threshold"] == 0.02


def test_without_verdicts_there_is_no_section(data: ReportData) -> None:
    assert collapses(Context.of(replace(data, collapses=()))) is None
