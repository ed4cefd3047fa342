"""The panels of the report: curves, profiles, steps, dots with intervals, and stacked bars."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator

from tracking.report.curves import Curve
from tracking.report.data import Label, TheoryCurve
from tracking.report.palette import HUMAN, INK, REASON_COLOURS, RULE, Style
from tracking.report.svg import WIDTH, literal, name_axes, panel, tick_text, to_svg

_MANY_GENERATIONS = 13  # from here on markers would touch
_FEW_GENERATIONS = 7
_WIDE = 560
PAIR_WIDTH = 440
"""Width of panels that stand two to a row."""

Numbers: TypeAlias = Sequence[Mapping[str, str | float | None]]
"""What a panel shows, a row for each point; NaN and None where there is nothing."""


class Panel(NamedTuple):
    """One small figure with its heading."""

    key: str
    """Measure, or what else names it in the page."""
    title: str
    svg: str
    """As it stands in a page."""
    figure: Figure
    """As matplotlib has it, for other formats."""
    numbers: Numbers


class Limits(NamedTuple):
    """Ends of a y axis that several panels share."""

    low: float
    high: float


def shared_limits(curves: Sequence[Curve]) -> Limits | None:
    """Find a range that holds every mean, band and human value; None if nothing is measured."""
    arrays = [array for curve in curves for array in (curve.mean, curve.low, curve.high, curve.human)]
    finite = [array[np.isfinite(array)] for array in arrays]
    values = np.concatenate(finite) if finite else np.array([])
    if not len(values):
        return None
    margin = 0.06 * float(np.ptp(values)) or 0.05 * abs(float(values[0])) or 1.0
    return Limits(float(values.min()) - margin, float(values.max()) + margin)


def layout_of(n_panels: int) -> tuple[str, int]:
    """Give one or two panels more room than three or more: the layout's name, and the width of a panel."""
    return ("pairs", PAIR_WIDTH) if n_panels < 3 else ("grid", WIDTH)


def curve_panel(
    curves: Sequence[Curve],
    styles: Mapping[str, Style],
    label: Label,
    theory: Sequence[TheoryCurve] = (),
    limits: Limits | None = None,
    width: int = WIDTH,
    prefix: str = "",
) -> Panel:
    """Draw a measure over generations, one line per arm; with theory, points under thin black lines.

    The prefix keeps the names of two panels of one measure apart.
    """
    figure, axes = panel(width)
    generations = sorted({generation for curve in curves for generation in curve.generations})
    _generation_axis(axes, generations)
    _draw_human(axes, curves)
    for curve in curves:
        _draw_curve(axes, curve, styles[curve.arm], is_points=bool(theory))
    for law in theory:
        axes.plot(law.generations, law.values, color="black", linewidth=0.9, zorder=4)
    limits = limits or shared_limits(curves)
    if limits is not None:
        axes.set_ylim(limits)
    name_axes(figure, axes, "generation", label.unit)
    return _finished(prefix + curves[0].measure, label.title, figure, _curve_numbers(curves, theory))


def profile_panel(
    key: str,
    label: Label,
    buckets: Sequence[str],
    changes: Mapping[str, Sequence[float]],
    styles: Mapping[str, Style],
) -> Panel:
    """Draw how a measure changed in each bucket, one line per arm, with zero as the line to compare with."""
    figure, axes = panel(_WIDE)
    axes.axhline(0, color=INK, linewidth=0.8)
    for arm, values in changes.items():
        style = styles[arm]
        axes.plot(values, color=style.colour, marker=style.marker, linestyle=style.dash, markersize=5, linewidth=1.8)
    axes.set_xticks(range(len(buckets)), buckets)
    axes.set_xlim(-0.3, len(buckets) - 0.7)
    name_axes(figure, axes, "how often the word occurs in human train text", label.unit)
    numbers: Numbers = [
        {"arm": arm, "bucket": bucket, "change": value}
        for arm, values in changes.items()
        for bucket, value in zip(buckets, values, strict=True)
    ]
    return _finished(key, label.title, figure, numbers)


def steps_panel(
    key: str, label: Label, steps: Mapping[str, Sequence[float]], styles: Mapping[str, Style], width: int = WIDTH
) -> Panel:
    """Draw texts of student 0 under measuring settings, then what was drawn in generation 1, 2, and so on.

    The step from the first to the second place is shaded: both are written by student 0, so only the
    sampling settings differ.
    """
    figure, axes = panel(width)
    n_places = max(len(values) for values in steps.values())
    axes.axvspan(0, 1, color="#EEF0F3", linewidth=0, zorder=0)
    for arm, values in steps.items():
        style = styles[arm]
        axes.plot(values, color=style.colour, marker=style.marker, linestyle=style.dash, markersize=5, linewidth=1.8)
    stride = 1 if n_places <= _FEW_GENERATIONS else -(-n_places // 6)
    shown = range(0, n_places, stride)
    axes.set_xticks(shown, ["sampled" if place == 0 else str(place) for place in shown])
    axes.set_xlim(-0.3, n_places - 0.7)
    name_axes(figure, axes, "student 0, then texts drawn in generation", label.unit)
    numbers: Numbers = [
        {"arm": arm, "place": f"drawn in generation {place}" if place else "sampled from student 0", "value": value}
        for arm, values in steps.items()
        for place, value in enumerate(values)
    ]
    return _finished(key, label.title, figure, numbers)


class Dot(NamedTuple):
    """A difference with its interval, if it has one."""

    arm: str
    mean: float
    low: float | None
    high: float | None


def dots_panel(
    key: str, label: Label, dots: Sequence[Dot], control: str, styles: Mapping[str, Style], width: int = WIDTH
) -> Panel:
    """Draw differences from a control, one arm per line; zero is the control."""
    figure, axes = panel(width, height=70 + 38 * len(dots), left=8)
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.grid(axis="y", visible=False)
    axes.grid(axis="x", color=RULE, linewidth=0.7)
    for place, dot in enumerate(dots):
        style = styles[dot.arm]
        if dot.low is not None and dot.high is not None:
            axes.plot([dot.low, dot.high], [place, place], color=style.colour, linewidth=2)
        axes.plot([dot.mean], [place], color=style.colour, marker=style.marker, markersize=6.5)
        axes.annotate(
            literal(dot.arm),
            (0.0, place - 0.3),
            xycoords=axes.get_yaxis_transform(),
            fontsize=11,
            color=INK,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
        )
    axes.set_yticks([])
    axes.set_ylim(len(dots) - 0.6, -0.75)
    axes.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(tick_text))
    axes.margins(x=0.08)
    name_axes(figure, axes, f"{label.unit}, minus {control}", "")
    numbers: Numbers = [
        {"arm": d.arm, "control": control, "difference": d.mean, "low": d.low, "high": d.high} for d in dots
    ]
    return _finished(key, label.title, figure, numbers)


def bars_panel(
    key: str, title: str, unit: str, generations: Sequence[int], parts: Mapping[str, Sequence[float]]
) -> Panel:
    """Stack what was dropped in each generation, one colour per filter and reason."""
    figure, axes = panel()
    below = np.zeros(len(generations))
    for place, values in enumerate(parts.values()):
        colour = REASON_COLOURS[place % len(REASON_COLOURS)]
        axes.bar(generations, values, bottom=below, color=colour, width=0.62, edgecolor="white", linewidth=0.8)
        below = below + np.array(values)
    _generation_axis(axes, generations)
    axes.set_xlim(min(generations) - 0.7, max(generations) + 0.7)
    name_axes(figure, axes, "generation", unit)
    numbers: Numbers = [
        {"part": part, "generation": generation, "value": value}
        for part, values in parts.items()
        for generation, value in zip(generations, values, strict=True)
    ]
    return _finished(key, title, figure, numbers)


class Price(NamedTuple):
    """What an arm reached, and what it cost."""

    arm: str
    cost: float
    mean: float
    low: float
    high: float


def price_panel(
    key: str, label: Label, cost_name: str, prices: Sequence[Price], styles: Mapping[str, Style], width: int = WIDTH
) -> Panel:
    """Draw what each arm reached over what it cost, with the band of its curve as a bar."""
    figure, axes = panel(width)
    for price in prices:
        style = styles[price.arm]
        axes.plot([price.cost] * 2, [price.low, price.high], color=style.colour, linewidth=2)
        axes.plot([price.cost], [price.mean], color=style.colour, marker=style.marker, markersize=6.5)
    axes.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(tick_text))
    axes.margins(x=0.08, y=0.08)
    name_axes(figure, axes, cost_name, label.unit)
    return _finished(key, label.title, figure, [price._asdict() for price in prices])


def _finished(key: str, title: str, figure: Figure, numbers: Numbers) -> Panel:
    return Panel(key, title, to_svg(figure, f"{title} ({key})"), figure, numbers)


def _curve_numbers(curves: Sequence[Curve], theory: Sequence[TheoryCurve]) -> Numbers:
    expected = {(law.arm, g): value for law in theory for g, value in zip(law.generations, law.values, strict=True)}
    return [
        {
            "arm": curve.arm,
            "generation": g,
            "mean": float(curve.mean[place]),
            "low": float(curve.low[place]),
            "high": float(curve.high[place]),
            "human": float(curve.human[place]),
            "n": int(curve.n_units[place]),
            **({"theory": expected.get((curve.arm, g))} if theory else {}),
        }
        for curve in curves
        for place, g in enumerate(curve.generations)
    ]


def _generation_axis(axes: Axes, generations: Sequence[int]) -> None:
    first, last = min(generations), max(generations)
    margin = max(0.25, 0.03 * (last - first))
    axes.set_xlim(first - margin, last + margin)
    if last - first < _FEW_GENERATIONS:
        axes.set_xticks(range(first, last + 1))
    else:
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.xaxis.set_minor_locator(NullLocator())


def _draw_human(axes: Axes, curves: Sequence[Curve]) -> None:
    """Draw the human value, which arms share but for the texts that were drawn to compare with."""
    by_generation: dict[int, list[float]] = {}
    for curve in curves:
        for generation, value in zip(curve.generations, curve.human, strict=True):
            if np.isfinite(value):
                by_generation.setdefault(generation, []).append(float(value))
    if by_generation:
        places = sorted(by_generation)
        values = [float(np.mean(by_generation[place])) for place in places]
        axes.plot(places, values, color=HUMAN, linestyle=(0, (5, 3)), linewidth=1.4, zorder=1.5)


def _draw_curve(axes: Axes, curve: Curve, style: Style, *, is_points: bool) -> None:
    x = np.array(curve.generations)
    axes.fill_between(x, curve.low, curve.high, color=style.colour, alpha=0.16, linewidth=0, zorder=2)
    if not is_points:
        axes.plot(x, curve.mean, color=style.colour, linestyle=style.dash, linewidth=1.8, zorder=3)
    size = 4.0 if is_points else 5.0
    is_partial = (curve.n_units < curve.n_asked) & (curve.n_units > 0)
    if is_points or len(x) < _MANY_GENERATIONS:
        whole = ~is_partial
        axes.plot(x[whole], curve.mean[whole], style.marker, color=style.colour, markersize=size, zorder=3)
    axes.plot(
        x[is_partial],
        curve.mean[is_partial],
        style.marker,
        color=style.colour,
        markerfacecolor="white",
        zorder=3,
    )
    nothing = (curve.n_units == 0) & (curve.n_asked > 0)
    if nothing.any():
        foot = axes.get_xaxis_transform()
        axes.plot(x[nothing], np.full(nothing.sum(), 0.03), "x", color=style.colour, transform=foot, clip_on=False)
