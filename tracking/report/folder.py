"""A report as a folder: the page, each panel as SVG and PDF with its numbers as CSV, and all rows as Parquet."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pyarrow as pa
import pyarrow.parquet as pq
from matplotlib.artist import Artist
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from tracking.files import write_atomically
from tracking.report.context import Context
from tracking.report.data import ReportData
from tracking.report.page import page_html, sections_of
from tracking.report.palette import INK
from tracking.report.panels import Panel
from tracking.report.parts import Mark
from tracking.report.svg import literal

PAGE, ROWS, DIFFERENCES, COSTS, FIGURES = "report.html", "rows.parquet", "differences.csv", "costs.csv", "figures"
WRITTEN = (PAGE, ROWS, DIFFERENCES, COSTS, FIGURES)
_FORMATS = ("svg", "pdf")
# No dates and no versions: the same figures give the same bytes.
_METADATA = {"svg": {"Date": None, "Creator": None}, "pdf": {"CreationDate": None, "Creator": None, "Producer": None}}


def write_files(data: ReportData, rows: pa.Table, folder: Path) -> None:
    """Write everything, over what an earlier report left there.

    Raises:
        RunDirError: a file could not be written.
    """
    context = Context.of(data)
    sections = sections_of(context)
    write_atomically(folder / PAGE, page_html(context, sections))
    buffer = io.BytesIO()
    pq.write_table(rows, buffer, compression="zstd")
    write_atomically(folder / ROWS, buffer.getvalue())
    write_atomically(folder / DIFFERENCES, csv_text(map(asdict, data.differences)))
    write_atomically(folder / COSTS, csv_text(map(asdict, data.costs)))
    made = {
        path
        for section in sections
        for figure in section.figures
        for panel in figure.panels
        for path in write_panel(panel, figure.legend, folder / FIGURES / section.key)
    }
    for path in (folder / FIGURES).rglob("*"):
        if path.suffix in (".svg", ".pdf", ".csv") and path not in made:  # of an earlier report
            path.unlink()


def write_panel(panel: Panel, legend: Sequence[Mark], folder: Path) -> list[Path]:
    """Write one panel as SVG and PDF, with its title and legend, and its numbers as CSV."""
    stem = folder / re.sub(r"[^\w.=-]+", "_", panel.key)
    _complete(panel, legend)
    paths = [stem.with_name(f"{stem.name}.{kind}") for kind in (*_FORMATS, "csv")]
    for path, kind in zip(paths, _FORMATS, strict=False):
        buffer = io.BytesIO()
        # Text stays text, so that it can be searched and set in another font.
        with mpl.rc_context({"svg.fonttype": "none", "pdf.fonttype": 42, "svg.hashsalt": panel.key}):
            panel.figure.savefig(buffer, format=kind, bbox_inches="tight", metadata=_METADATA[kind])
        write_atomically(path, buffer.getvalue())
    write_atomically(paths[-1], csv_text(panel.numbers))
    return paths


def csv_text(rows: Iterable[Mapping[str, Any]]) -> str:
    """Write rows as CSV; None and NaN are empty."""
    rows = list(rows)
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, list(dict.fromkeys(name for row in rows for name in row)), lineterminator="\n")
    writer.writeheader()
    writer.writerows([{name: "" if value != value else value for name, value in row.items()} for row in rows])
    return buffer.getvalue()


def _complete(panel: Panel, legend: Sequence[Mark]) -> None:
    """Add what stands around a panel in a page: the title above it, the legend below."""
    panel.figure.text(0.002, 1.0, literal(panel.title), fontsize=12, fontweight="bold", color=INK, va="bottom")
    if legend:
        panel.figure.legend(
            handles=list(map(_handle, legend)),
            loc="upper left",
            bbox_to_anchor=(0.0, 0.0),
            ncols=min(3, len(legend)),
            frameon=False,
            fontsize=10,
            labelcolor=INK,
        )


def _handle(mark: Mark) -> Artist:
    if mark.kind == "block":
        return Patch(color=mark.colour, label=literal(mark.name))
    return Line2D(
        [],
        [],
        color=mark.colour,
        linestyle="--" if mark.kind == "dashes" else "-",
        linewidth=0.9 if mark.kind == "law" else 1.8,
        marker=mark.marker or None,
        label=literal(mark.name),
    )
