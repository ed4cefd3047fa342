"""Curves: means and bands by hand, and what is null kept apart from what is not there."""

import numpy as np
import pytest

from tracking.report.context import Context
from tracking.report.curves import Band, CurveBook, curve_book
from tracking.report.data import Arm, ReportData
from tracking.report.sections.curves import measures, tails
from tracking.rows import Row

NAME = "student/perplexity/value"


def book_of(*rows: Row) -> CurveBook:
    return curve_book(ReportData("t", "c", [Arm("a", "")], rows), rows)


def row(value: float | None, seed: int = 0, generation: int = 0, beside: Row = {}) -> Row:  # noqa: B006
    return {"arm": "a", "seed": seed, "generation": generation, NAME: value, **beside}


def test_the_band_over_three_seeds_is_the_t_interval_by_hand() -> None:
    # mean 2, s = 1, t(2) at 97.5% = 4.302653: half width 4.302653 / sqrt(3) = 2.484138
    curve = book_of(row(1.0, 0), row(2.0, 1), row(3.0, 2)).curves[NAME, "a"]
    assert curve.mean.tolist() == [2.0]
    assert curve.low.tolist() == pytest.approx([2 - 2.484138], abs=1e-5)
    assert curve.high.tolist() == pytest.approx([2 + 2.484138], abs=1e-5)
    assert curve.band is Band.SEEDS


def test_one_seed_has_the_interval_within_the_run() -> None:
    curve = book_of(row(2.0, beside={f"{NAME}/low": 1.5, f"{NAME}/high": 2.75})).curves[NAME, "a"]
    assert (curve.low[0], curve.high[0], curve.band) == (1.5, 2.75, Band.WITHIN_RUN)


def test_one_seed_without_an_interval_has_no_band() -> None:
    curve = book_of(row(2.0)).curves[NAME, "a"]
    assert np.isnan(curve.low).all()
    assert curve.band is Band.NONE


def test_replicas_are_units_like_seeds_and_said_so() -> None:
    curve = book_of(*(row(float(replica), beside={"replica": replica}) for replica in range(3))).curves[NAME, "a"]
    assert (curve.mean[0], curve.n_units[0], curve.band) == (1.0, 3, Band.REPLICAS)


def test_a_null_leaves_the_mean_to_the_others_and_is_listed_with_its_reason() -> None:
    book = book_of(row(4.0, 0), row(None, 1, beside={f"{NAME}/why": "812 of 5,000 words", f"{NAME}/low": None}))
    curve = book.curves[NAME, "a"]
    assert (curve.mean[0], curve.n_units[0], curve.n_asked[0]) == (4.0, 1, 2)
    assert [tuple(missing) for missing in book.missing] == [(NAME, "a", 0, 1, "812 of 5,000 words")]


def test_a_generation_without_the_measure_is_not_a_null() -> None:
    book = book_of(row(4.0), {"arm": "a", "seed": 0, "generation": 1, "drawn/tokens": 7})
    curve = book.curves[NAME, "a"]
    assert (curve.at(0), curve.at(1), curve.at(9)) == (4.0, None, None)
    assert curve.n_asked.tolist() == [1, 0]
    assert not book.missing


def test_generations_need_not_come_in_order() -> None:
    curve = book_of(row(5.0, generation=2), row(3.0, generation=0)).curves[NAME, "a"]
    assert (curve.generations, curve.mean.tolist()) == ((0, 2), [3.0, 5.0])


def test_a_row_of_an_arm_that_nobody_described_is_still_shown() -> None:
    rows: list[Row] = [{"arm": "b", "seed": 0, "generation": 0, NAME: 1.0}]
    assert curve_book(ReportData("t", "c", [Arm("a", "")], rows), rows).arms == ("a", "b")


def test_what_repeats_another_measure_or_could_not_be_measured_of_human_text_has_no_panel() -> None:
    coverage = "sampled/support_coverage"
    values = {f"{coverage}/all": 0.7, f"{coverage}/all/z": -4.0, f"{coverage}/z": 1.0}
    human = {f"{coverage}/human": None, f"{coverage}/human/why": "reference has 812 of 5,000 words"}
    data = ReportData("t", "c", [Arm("a", "")], [{"arm": "a", "seed": 0, "generation": 0, **values, **human}])
    section = measures(Context.of(data))
    assert section is not None
    assert [panel.key for figure in section.figures for panel in figure.panels] == [f"{coverage}/all", f"{coverage}/z"]
    reasons = [tuple(missing) for missing in Context.of(data).book.missing]
    assert reasons == [(f"{coverage}/human", "a", 0, 1, "reference has 812 of 5,000 words")]


def test_only_a_loss_is_worse_above_zero() -> None:
    parts = {
        f"{name}/{part}": 1.0
        for name in ("student/word_frequency_nll", "sampled/support_coverage")
        for part in ("seen_1", "seen_2_3")
    }
    rows: list[Row] = [{"arm": "a", "seed": 0, "generation": g, **parts} for g in (0, 1)]
    section = tails(Context.of(ReportData("t", "c", [Arm("a", "")], rows)))
    assert section is not None
    captions = {figure.key.split("/")[1]: figure.caption for figure in section.figures}
    assert captions["word_frequency_nll"].endswith("mean over seeds; above zero the last student is worse.")
    assert captions["support_coverage"].endswith("minus generation 0, mean over seeds.")
