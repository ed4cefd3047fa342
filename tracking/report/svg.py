"""From a matplotlib figure to SVG that stands inside a page: real text, no addresses, ids of its own."""

import io
import re
from html import escape

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from tracking.report.palette import INK, RULE

WIDTH, HEIGHT = 360, 236
"""Size of a panel in CSS pixels; fonts are in the same unit."""

_PIXELS_PER_INCH = 72  # SVG units per inch in matplotlib, so that one unit is one pixel
_FONT_SIZE = 11
# No date and no creator: the same figures give the same bytes.
_NO_METADATA = {"Date": None, "Creator": None, "Format": None, "Type": None}
_UNWANTED = (
    re.compile(r"<metadata>.*?</metadata>\s*", re.DOTALL),
    re.compile(r"<!--.*?-->\s*", re.DOTALL),
    re.compile(r"<style[^>]*>.*?</style>", re.DOTALL),  # it would hold for the whole page
    re.compile(r' id="[a-zA-Z]+[a-zA-Z0-9.]*_\d+"'),  # figure_1, axes_1: the same in every panel, and never used
    re.compile(r"font-family: [^;\"]*;? ?"),  # the page's own
    re.compile(r' transform="rotate\(-0 [^)]*\)"'),
)


def panel(width: int = WIDTH, height: int = HEIGHT, left: float = 46) -> tuple[Figure, Axes]:
    """Make an empty panel with quiet axes; margins are fixed, so panels of a row line up."""
    figure = Figure(figsize=(width / _PIXELS_PER_INCH, height / _PIXELS_PER_INCH), facecolor="none")
    axes = figure.add_axes((left / width, 38 / height, 1 - (left + 12) / width, 1 - 60 / height))
    axes.set_facecolor("none")
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(INK)
    axes.spines["bottom"].set_linewidth(0.8)
    axes.grid(axis="y", color=RULE, linewidth=0.7)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, colors=INK, labelsize=_FONT_SIZE, pad=4)
    axes.tick_params(axis="x", length=3, width=0.8)
    axes.yaxis.set_major_locator(MaxNLocator(5, min_n_ticks=3, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(tick_text))
    return figure, axes


def name_axes(figure: Figure, axes: Axes, x_label: str, y_label: str) -> None:
    """Write the unit of y over the axis, where it is read without turning the head, and x below."""
    axes.set_xlabel(literal(x_label), fontsize=_FONT_SIZE, color=INK, labelpad=3)
    if y_label:
        height = axes.get_position().y1 + 0.035
        figure.text(0.002, height, literal(y_label), fontsize=_FONT_SIZE, color=INK, va="bottom")


def literal(text: str) -> str:
    """Keep a dollar sign in a name from opening a formula."""
    return text.replace("$", r"\$")


def to_svg(figure: Figure, title: str) -> str:
    """Render a panel as one `<svg>` element; the title is what a screen reader says."""
    buffer = io.StringIO()
    # The salt makes ids that hold for one page: equal in every run, different from panel to panel.
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": title}):
        figure.savefig(buffer, format="svg", facecolor="none", metadata=_NO_METADATA)
    return _inline(buffer.getvalue(), title)


def tick_text(value: float, _position: int | None = None) -> str:
    """Write a number at an axis, short: 0.25, 12k, 1e-5."""
    if value and abs(value) < 0.001:
        return f"{value:.0e}".replace("e-0", "e-")
    if abs(value) >= 1_000_000:
        return f"{value / 1e6:g}M"
    if abs(value) >= 10_000 and value % 100 == 0:
        return f"{value / 1e3:g}k"
    return f"{value:,g}".replace("-", "\N{MINUS SIGN}")


def _inline(text: str, title: str) -> str:
    box = re.search(r'viewBox="([^"]+)"', text)
    if box is None:
        raise ValueError("to_svg: matplotlib wrote no viewBox, so the panel cannot be scaled to the page.")
    inside = text[text.index(">", box.end()) + 1 :]
    for pattern in _UNWANTED:
        inside = pattern.sub("", inside)
    inside = inside.replace("xlink:href", "href")
    return f'<svg viewBox="{box[1]}" role="img" aria-label="{escape(title)}">{inside.strip()}'
