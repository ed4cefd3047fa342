"""What a controller decided, and why."""

from tracking.number_text import number_text
from tracking.report.context import Context, band_caption
from tracking.report.panels import curve_panel, layout_of
from tracking.report.parts import Figure, Section, Table
from tracking.rows import arm_of, generation_of, number, unit_of

VIEW = "controller"
_MANY_ROWS = 16


def decisions(context: Context) -> Section | None:
    """Curves of what was decided, and every decision with its reason."""
    names = [name for name in context.book.names if name.startswith(f"{VIEW}/")]
    if not names:
        return None
    layout, width = layout_of(len(names))
    panels = [curve_panel(context.book.of(name), context.styles, context.label(name), width=width) for name in names]
    curves = [curve for name in names for curve in context.book.of(name)]
    title = "Decided after each generation, for the next"
    figure = Figure(VIEW, title, panels, context.legend(curves), caption=band_caption(curves), layout=layout)
    lead = (
        "A controller reads what students scored on the reference split, which counts as human text that was read. "
        "What it achieved is shown on the auditor split, which it was not given."
    )
    return Section("decisions", "What the controller decided", [lead], [figure], [_table(context, names)])


def _table(context: Context, names: list[str]) -> Table:
    rows = [
        [
            arm_of(row),
            context.label(name).title,
            str(unit_of(row).seed),
            str(generation_of(row)),
            number_text(value),
            str(row.get(f"{name}/why", "")),
        ]
        for row in context.data.rows
        for name in names
        if (value := number(row, name)) is not None
    ]
    header = ["arm", "decided", "seed", "after generation", "value", "reason"]
    return Table("Every decision", header, rows, 2, ends_in_text=True, is_folded=len(rows) > _MANY_ROWS)
