"""What every section of the report is built from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tracking.number_text import number_text, signed_text
from tracking.report.curves import Curve, CurveBook, curve_book
from tracking.report.data import Label, ReportData
from tracking.report.labels import label_of
from tracking.report.palette import HUMAN, Style, arm_styles
from tracking.report.parts import Mark


@dataclass(frozen=True, slots=True)
class Context:
    """The data with its curves, and the style of each arm."""

    data: ReportData
    book: CurveBook
    auditor: CurveBook
    styles: Mapping[str, Style]

    @classmethod
    def of(cls, data: ReportData) -> "Context":
        """Average the rows once, for all sections."""
        book, auditor = curve_book(data, data.rows), curve_book(data, data.auditor, "auditor/")
        arms = list(dict.fromkeys([*book.arms, *auditor.arms]))
        return cls(data, book, auditor, arm_styles(arms, data.controls))

    def label(self, measure: str) -> Label:
        """Name a measure."""
        return label_of(measure, self.data.labels)

    def legend(self, curves: Iterable[Curve]) -> list[Mark]:
        """List the arms of some curves, and the human value if any has one."""
        drawn = list(curves)
        marks = self.arm_marks(dict.fromkeys(curve.arm for curve in drawn))
        if any(np.isfinite(curve.human).any() for curve in drawn):
            marks.append(Mark("human text", HUMAN, "dashes"))
        return marks

    def arm_marks(self, arms: Iterable[str]) -> list[Mark]:
        """List arms with their colours."""
        return [Mark(arm, self.styles[arm].colour, "line", self.styles[arm].marker) for arm in arms]


def band_caption(curves: Sequence[Curve]) -> str:
    """Say what lines, bands and marks are, for exactly these curves."""
    bands = list(dict.fromkeys(curve.band for curve in curves))
    n_units = [int(curve.n_asked.max()) for curve in curves]
    sentences = []
    for band in bands:
        counts = sorted({n for n, curve in zip(n_units, curves, strict=True) if curve.band == band})
        number = " to ".join(f"{count:,}" for count in dict.fromkeys((counts[0], counts[-1])))
        sentences.append(band.sentence(number))
    if any(((curve.n_units < curve.n_asked) & (curve.n_units > 0)).any() for curve in curves):
        sentences.append("A hollow mark is a mean over fewer, since the measure is null in some.")
    if any(((curve.n_units == 0) & (curve.n_asked > 0)).any() for curve in curves):
        sentences.append("A cross at the foot is a generation in which the measure could not be taken.")
    if any(np.isfinite(curve.human).any() for curve in curves):
        sentences.append("Dashed grey: the same measure of human text at the same budget.")
    return " ".join(sentences)


def change_reading(curves: Sequence[Curve], title: str) -> str:
    """Say the first and the last value of each arm: "replace 5.25 to 6.62 (+1.37)"."""
    parts = []
    for curve in curves:
        if (ends := _ends(curve)) is not None:
            first, last = ends
            change = signed_text(last - first)
            parts.append(f"{curve.arm} {number_text(first)} to {number_text(last)} ({change})")
    return f"{title}: {'; '.join(parts)}." if parts else ""


def pair_reading(heads: Sequence[Curve], tails: Sequence[Curve], unit: str) -> str:
    """Say how far head and tail of each arm moved: "replace +0.34 and +1.81"."""
    at_tail = {tail.arm: _ends(tail) for tail in tails}
    parts = []
    for head in heads:
        both = (_ends(head), at_tail.get(head.arm))
        changes = [signed_text(ends[1] - ends[0]) for ends in both if ends is not None]
        if len(changes) == len(both):
            parts.append(f"{head.arm} {' and '.join(changes)}")
    return f"Change of head and tail in {unit}: {'; '.join(parts)}." if parts else ""


def _ends(curve: Curve) -> tuple[float, float] | None:
    """Return the first and the last measured mean, if there are two."""
    measured = curve.mean[np.isfinite(curve.mean)]
    return (float(measured[0]), float(measured[-1])) if len(measured) > 1 else None
