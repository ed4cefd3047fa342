"""The page: sections in order, put into one HTML file that needs no network."""

from collections.abc import Callable, Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from tracking.files import write_atomically
from tracking.report.context import Context
from tracking.report.data import ReportData
from tracking.report.parts import Section
from tracking.report.sections import collapses, comparisons, costs, curves, decisions, ledger, run, texts
from tracking.rows import unit_of

_HERE = Path(__file__).parent

_BUILDERS: dict[str, Callable[[Context], Section | None]] = {
    "findings": comparisons.findings,
    "collapses": collapses.collapses,
    "theory": curves.theory,
    "tails": curves.tails,
    "controls": comparisons.controls,
    "costs": costs.costs,
    "sharpening": comparisons.sharpening_and_recursion,
    "headline": curves.headline,
    "measures": curves.measures,
    "texts": texts.texts,
    "filters": ledger.filters,
    "decisions": decisions.decisions,
    "training": curves.training,
    "auditor": curves.auditor,
    "not_measurable": run.not_measurable,
    "stages": run.stages,
    "provenance": run.provenance,
}

_MARKER_SHAPES = {
    "o": "M7.6 5A3.4 3.4 0 1 0 14.4 5A3.4 3.4 0 1 0 7.6 5Z",
    "s": "M8 2H14V8H8Z",
    "^": "M11 1L14.8 8H7.2Z",
    "D": "M11 1L15 5L11 9L7 5Z",
    "v": "M11 9L14.8 2H7.2Z",
    "P": "M9.6 1.4H12.4V3.6H14.6V6.4H12.4V8.6H9.6V6.4H7.4V3.6H9.6Z",
}
"""Markers of the legend, in a box of 22 by 10."""


def write_report(data: ReportData, path: Path, stamp: str = "") -> None:
    """Write the report whole or not at all, with the stamp by which an unchanged one is known.

    Raises:
        RunDirError: the file could not be written.
        ValueError: `data.sections` names a section that does not exist.
    """
    write_atomically(path, report_html(data, stamp))


def report_html(data: ReportData, stamp: str = "") -> str:
    """Render the report; the same data gives the same bytes."""
    context = Context.of(data)
    return page_html(context, sections_of(context), stamp)


def sections_of(context: Context) -> list[Section]:
    """Build the sections that have something to show, in the order that the data asks for.

    Raises:
        ValueError: it asks for one that does not exist.
    """
    data = context.data
    unknown = [name for name in data.sections if name not in _BUILDERS]
    if unknown:
        raise ValueError(f"report: no section is called {', '.join(unknown)}; there are {', '.join(_BUILDERS)}.")
    built = [_BUILDERS[name](context) for name in data.sections]
    return [section for section in built if section is not None]


def page_html(context: Context, sections: Sequence[Section], stamp: str = "") -> str:
    """Put sections into one HTML file."""
    data = context.data
    environment = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["breakable"] = _breakable
    # Ours, and the only text beside the panels that is put in as it is.
    css = Markup((_HERE / "page.css").read_text(encoding="utf-8"))
    return environment.get_template("page.html.j2").render(
        data=data,
        stamp=stamp,
        css=css,
        styles=context.styles,
        shapes=_MARKER_SHAPES,
        seeds=sorted({unit_of(row).seed for row in data.rows}),
        n_replicas=len({unit_of(row).replica for row in data.rows}),
        generations=context.book.generations(),
        sections=sections,
    )


def _breakable(name: str) -> Markup:
    """Let a long arm name break after a comma or a dot on a narrow screen."""
    return Markup(escape(name).replace(",", ",<wbr>").replace(".", ".<wbr>"))
