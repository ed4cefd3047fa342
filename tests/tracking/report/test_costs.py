"""What each arm cost, on the page."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tracking.report.context import Context
from tracking.report.data import Arm, ArmCost, ReportData
from tracking.report.page import report_html
from tracking.report.sections.costs import costs
from tracking.rows import Row

ROWS: list[Row] = [
    {"arm": arm, "seed": seed, "generation": g, "student/x/y": value + seed}
    for arm, value in (("cheap", 1.0), ("dear", 5.0))
    for seed in (0, 1)
    for g in (0, 1)
]


def _context(human: Sequence[float | None], headline: Sequence[str] = ("student/x/y",)) -> Context:
    found = [
        ArmCost("cheap", 2, 0, 2000.0, human[0], 0.0, 4.0, 6.0, 10.0),
        ArmCost("dear", 1, 1500.0, 2000.0, human[1], 1.0, 4.0, 130.0, 134.0),
    ]
    arms = [Arm("cheap", ""), Arm("dear", "")]
    return Context.of(ReportData("t", "c", arms, ROWS, costs=found, headline=headline, sections=("costs",)))


def test_each_arm_has_a_row_and_the_whole_is_told_in_words() -> None:
    section = costs(_context([500.0, 1000.0]))
    assert section is not None
    # 2 x 6 + 130 = 142 s; 2 x 10 + 134 = 154 s
    assert section.lead == ["3 runs took 2 min 22 s of work; with nothing shared they would have taken 2 min 34 s."]
    assert section.tables[0].rows == [
        ["cheap", "2", "0", "2,000", "500", "6.0 s", "0.00 s", "4.0 s", "10 s"],
        ["dear", "1", "1,500", "2,000", "1,000", "2 min 10 s", "1.0 s", "4.0 s", "2 min 14 s"],
    ]
    assert "split evenly between them" in section.tables[0].caption


def test_the_price_in_human_text_is_drawn_where_arms_differ_in_it() -> None:
    section = costs(_context([500.0, 1000.0]))
    assert section is not None
    (panel,) = section.figures[0].panels
    by_arm = {row["arm"]: row for row in panel.numbers}
    assert (by_arm["cheap"]["cost"], by_arm["cheap"]["mean"]) == (500.0, 1.5)
    assert (by_arm["dear"]["cost"], by_arm["dear"]["mean"]) == (1000.0, 5.5)
    # Two values one apart: standard error 0.5, t at 1 degree of freedom 12.706.
    assert np.isclose(float(by_arm["dear"]["high"] or 0), 5.5 + 12.706 * 0.5, atol=1e-3)


def test_no_price_is_drawn_where_all_read_as_much_or_it_is_not_known() -> None:
    for human in ([500.0, 500.0], [None, 500.0], [None, None]):
        section = costs(_context(human))
        assert section is not None
        assert not section.figures
    section = costs(_context([500.0, 1000.0], headline=()))
    assert section is not None
    assert not section.figures


def test_human_text_that_is_not_known_is_said() -> None:
    section = costs(_context([None, 500.0]))
    assert section is not None
    assert section.tables[0].rows[0][4] == "n/m"


def test_without_costs_there_is_no_section() -> None:
    assert costs(Context.of(ReportData("t", "c", [Arm("a", "")], ROWS))) is None


def test_the_section_stands_on_the_page() -> None:
    assert "What each arm cost" in report_html(_context([500.0, 1000.0]).data)
