"""One colour and one marker per arm, the same in every figure."""

from collections.abc import Sequence
from typing import NamedTuple

# Okabe and Ito 2008, "Color universal design", without yellow, which is too light for a line on white.
_ARM_COLOURS = ("#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7A5195", "#8C6D31")
_CONTROL_COLOURS = ("#3D4451", "#8A93A3", "#6B5B4B")
_MARKERS = ("o", "s", "^", "D", "v", "P")
_DASHES = ("-", "--", "-.", ":")

REASON_COLOURS = ("#5F6B7A", "#B08968", "#A9B4C0", "#8FA37B", "#D4B896", "#75604F", "#CBD2D9", "#94848C")
"""For what filters drop: none of them is an arm's colour."""
HUMAN = "#8A8F98"
"""The dashed line of human text."""
INK = "#23272F"
RULE = "#D9DCE1"


class Style(NamedTuple):
    """How an arm is drawn."""

    colour: str
    marker: str
    dash: str


def arm_styles(arms: Sequence[str], controls: Sequence[str]) -> dict[str, Style]:
    """Give each arm its style: colours in order, greys for controls, other dashes when colours run out."""
    styles: dict[str, Style] = {}
    for group, colours in (
        ([arm for arm in arms if arm not in controls], _ARM_COLOURS),
        ([arm for arm in arms if arm in controls], _CONTROL_COLOURS),
    ):
        for place, arm in enumerate(group):
            dash = _DASHES[place // len(colours) % len(_DASHES)]
            styles[arm] = Style(colours[place % len(colours)], _MARKERS[len(styles) % len(_MARKERS)], dash)
    return styles
