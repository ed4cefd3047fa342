"""The report's figures as plain data: what is drawn, in numbers."""

import json
from collections.abc import Callable

import pytest

from tracking.report.data import ReportData
from tracking.report.figures import figures_json


def test_figures_are_json_without_nan(data: ReportData) -> None:
    text = json.dumps(figures_json(data), allow_nan=False)
    assert json.loads(text)["title"] == data.title


def test_a_curve_has_its_mean_over_seeds_its_band_and_the_human_value(data: ReportData) -> None:
    name = "sampled/distinct_n/2"
    curve = next(c for c in figures_json(data)["curves"] if (c["measure"], c["arm"]) == (name, "human_only"))
    values = [row[name] for row in data.rows if (row["arm"], row["generation"]) == ("human_only", 2)]
    assert curve["mean"][2] == pytest.approx(sum(values) / 3)  # type: ignore[arg-type]
    assert curve["low"][2] < curve["mean"][2] < curve["high"][2]
    assert (curve["n"], curve["band"], curve["human"][0]) == ([3, 3, 3, 3], "t interval over seeds", 0.55)


def test_a_null_everywhere_is_null_and_its_reason_is_listed(make_experiment: Callable[..., ReportData]) -> None:
    figures = figures_json(make_experiment(seeds=(0,)))
    name = "sampled/distinct_n/2"
    curve = next(c for c in figures["curves"] if (c["measure"], c["arm"]) == (name, "replace"))
    assert curve["mean"][3] is None
    assert curve["band"] == "interval within one run"
    assert {"measure": name, "arm": "replace", "generation": 3, "n_units": 1, "reason": "sampled has 812 of 5,000 words"} in figures["not_measurable"]  # fmt: skip # noqa: E501


def test_every_kind_of_figure_is_there(data: ReportData) -> None:
    figures = figures_json(data)
    for kind in (
        "curves",
        "auditor",
        "head_tail",
        "differences",
        "collapses",
        "sharpening",
        "buckets",
        "drops",
        "theory",
        "stages",
    ):
        assert figures[kind], kind
