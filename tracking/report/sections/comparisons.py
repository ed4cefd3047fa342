"""Sections that compare: findings at a glance, arms against a control, sharpening against recursion."""

import numpy as np

from tracking.number_text import number_text, signed_text
from tracking.report.comparisons import Sharpening, sharpening
from tracking.report.context import Context
from tracking.report.curves import Curve
from tracking.report.data import Difference
from tracking.report.panels import Dot, dots_panel, layout_of, steps_panel
from tracking.report.parts import Figure, Section, Table

_GLANCE = (
    "student/token_frequency_nll/head",
    "student/token_frequency_nll/tail",
    "student/word_frequency_nll/head",
    "student/word_frequency_nll/tail",
    "student/perplexity/value",
    "sampled/distinct_n/2",
    "sampled/missing_mass/2",
    "student/known_truth/types",
    "student/known_truth/missing_mass",
)
"""For the table at the top, where the caller names no headline measures."""
_MANY_ROWS = 16


def findings(context: Context) -> Section | None:
    """What was found in words, and first against last generation in figures."""
    table = _glance_table(context)
    if table is None and not context.data.headlines:
        return None
    return Section("findings", "What was found", context.data.headlines, tables=[table] if table else [])


def controls(context: Context) -> Section | None:
    """Paired differences from the controls: intervals as figures, every difference in a table."""
    differences = context.data.differences
    if not differences:
        return None
    last = max(difference.generation for difference in differences)
    figures = []
    for control in dict.fromkeys(difference.control for difference in differences):
        latest = [d for d in differences if d.control == control and d.generation == last]
        if latest:
            figures.append(_control_figure(context, control, last, latest))
    names = " and ".join(dict.fromkeys(difference.control for difference in differences))
    lead = (
        f"Each difference is paired: the same seed in the arm and in {names}. What is said of it is in the last column."
    )
    return Section("controls", f"Arms against {names}", [lead], figures, [_difference_table(context)])


def sharpening_and_recursion(context: Context) -> Section | None:
    """The first step, made by sampling settings alone, apart from what later generations add."""
    found = sharpening(context.book)
    if not found:
        return None
    names = list(dict.fromkeys(item.measure for item in found))
    layout, width = layout_of(len(names))
    panels = []
    for name in names:
        steps = {item.arm: [item.sampled, *item.drawn] for item in found if item.measure == name}
        label = context.label(f"drawn/{name}")
        panels.append(steps_panel(f"sharpening/{name}", label, steps, context.styles, width))
    arms = dict.fromkeys(item.arm for item in found)
    figure = Figure(
        "sharpening",
        "Inside the shaded step only the sampling settings differ; beyond it the loop does",
        panels,
        context.arm_marks(arms),
        layout=layout,
        caption=(
            "Left end: texts sampled from student 0 at the measuring settings. Next: texts drawn in "
            "generation 1, also by student 0. Then texts drawn by students 1, 2 and so on. Means over seeds."
        ),
    )
    lead = (
        "A temperature below 1, or any cut of the distribution, narrows texts before anything is trained on "
        "them. That part is sharpening; only what later generations add is recursion."
    )
    return Section("sharpening", "Sharpening and recursion", [lead], [figure], [_sharpening_table(context, found)])


def _glance_table(context: Context) -> Table | None:
    book, wanted = context.book, context.data.headline or _GLANCE
    names = [name for name in wanted if book.of(name)]
    generations = book.generations()
    if not names or not generations:
        return None
    first, last = generations[0], generations[-1]
    has_human = any(np.isfinite(curve.human).any() for name in names for curve in book.of(name))
    rows = []
    for name in names:
        label = context.label(name)
        cells = [f"{label.title} ({label.unit})"]
        if has_human:
            human = [value for curve in book.of(name) for value in curve.human if np.isfinite(value)]
            cells.append(number_text(float(np.mean(human))) if human else "")
        for arm in book.arms:
            curve = book.curves.get((name, arm))
            cells.append(_first_to_last(curve, first, last) if curve else "")
        rows.append(cells)
    header = ["measure", *(["human text"] if has_human else []), *book.arms]
    title = f"Generation {first} \N{RIGHTWARDS ARROW} {last}" if last > first else f"Generation {first}"
    caption = "Means over seeds or replicas; n/m: not measurable, *: not measurable in some. Reasons are below."
    return Table(title, header, rows, caption=caption)


def _first_to_last(curve: Curve, first: int, last: int) -> str:
    ends = [_value(curve, generation) for generation in dict.fromkeys((first, last))]
    return " \N{RIGHTWARDS ARROW} ".join(ends)


def _value(curve: Curve, generation: int) -> str:
    """Write a mean; a star where it is the mean of fewer seeds or replicas than were asked."""
    text = number_text(curve.at(generation))
    if generation not in curve.generations:
        return text
    place = curve.generations.index(generation)
    return text + ("*" if 0 < curve.n_units[place] < curve.n_asked[place] else "")


def _control_figure(context: Context, control: str, last: int, differences: list[Difference]) -> Figure:
    names = list(dict.fromkeys(difference.measure for difference in differences))
    layout, width = layout_of(len(names))
    panels = []
    for name in names:
        own = [d for d in differences if d.measure == name]
        dots = [Dot(d.arm, d.mean, d.low, d.high) for d in own]
        panels.append(dots_panel(f"{control}/{name}", context.label(name), dots, control, context.styles, width))
    has_interval = any(difference.low is not None for difference in differences)
    kind = "Bars are 95% t intervals over pairs." if has_interval else "Too few seeds for intervals."
    return Figure(
        f"controls_{control}",
        f"Generation {last}: how far each arm is from {control}",
        panels,
        caption=f"Zero is {control} with the same seed. {kind}",
        layout=layout,
    )


def _difference_table(context: Context) -> Table:
    has_one_control = len({difference.control for difference in context.data.differences}) == 1
    rows = [
        [
            context.label(d.measure).title,
            d.arm,
            *([] if has_one_control else [d.control]),
            str(d.generation),
            signed_text(d.mean),
            _ends(d.low, d.high),
            "" if d.slope is None else signed_text(d.slope),
            _ends(d.slope_low, d.slope_high),
            str(d.n_seeds),
            d.statement,
        ]
        for d in context.data.differences
    ]
    names = ["measure", "arm"] if has_one_control else ["measure", "arm", "control"]
    figures = ["difference", "95% interval", "slope", "its 95% interval", "pairs"]
    header = [*names, "generation", *figures, "what may be said"]
    return Table("Every difference", header, rows, len(names), ends_in_text=True, is_folded=len(rows) > _MANY_ROWS)


def _ends(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{signed_text(low)} to {signed_text(high)}"


def _sharpening_table(context: Context, found: list[Sharpening]) -> Table:
    rows = [
        [
            context.label(f"drawn/{item.measure}").title,
            item.arm,
            number_text(item.sampled),
            number_text(item.drawn[0]),
            signed_text(item.sharpening),
            number_text(item.drawn[-1]),
            signed_text(item.recursion),
        ]
        for item in found
    ]
    header = ["measure", "arm", "student 0", "drawn first", "sharpening", "drawn last", "recursion"]
    caption = "Sharpening: drawn first minus student 0. Recursion: drawn last minus drawn first."
    return Table("Sharpening and recursion", header, rows, 2, caption=caption, is_folded=len(rows) > _MANY_ROWS)
