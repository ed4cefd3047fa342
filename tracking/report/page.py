"""The page: sections in order, put into one HTML file that needs no network."""

from collections.abc import Callable
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from tracking.files import write_atomically
from tracking.report.context import Context
from tracking.report.data import ReportData
from tracking.report.parts import Section
from tracking.report.sections import comparisons, curves, ledger, run, texts
from tracking.rows import unit_of

_HERE = Path(__file__).parent

_BUILDERS: dict[str, Callable[[Context], Section | None]] = {
    "findings": comparisons.findings,
    "theory": curves.theory,
    "tails": curves.tails,
    "controls": comparisons.controls,
    "sharpening": comparisons.sharpening_and_recursion,
    "measures": curves.measures,
    "texts": texts.texts,
    "filters": ledger.filters,
    "training": curves.training,
    "auditor": curves.auditor,
    "not_measurable": run.not_measurable,
    "stages": run.stages,
    "provenance": run.provenance,
}


def write_report(data: ReportData, path: Path) -> None:
    """Write the report whole or not at all.

    Raises:
        RunDirError: the file could not be written.
        ValueError: `data.sections` names a section that does not exist.
    """
    write_atomically(path, report_html(data))


def report_html(data: ReportData) -> str:
    """Render the report; the same data gives the same bytes."""
    unknown = [name for name in data.sections if name not in _BUILDERS]
    if unknown:
        raise ValueError(f"report: no section is called {', '.join(unknown)}; there are {', '.join(_BUILDERS)}.")
    context = Context.of(data)
    built = [_BUILDERS[name](context) for name in data.sections]
    environment = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # Ours, and the only text beside the panels that is put in as it is.
    css = Markup((_HERE / "page.css").read_text(encoding="utf-8"))
    return environment.get_template("page.html.j2").render(
        data=data,
        css=css,
        styles=context.styles,
        seeds=sorted({unit_of(row).seed for row in data.rows}),
        n_replicas=len({unit_of(row).replica for row in data.rows}),
        generations=context.book.generations(),
        sections=[section for section in built if section is not None],
    )
