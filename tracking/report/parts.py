"""What a section of the page is made of: figures, tables and text, ready for the template."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from tracking.report.panels import Panel


class Mark(NamedTuple):
    """One entry of a legend."""

    name: str
    colour: str
    kind: str
    """line, dashes, block or law: how the sample is drawn."""
    marker: str = ""
    """On a line: its marker, as matplotlib names it."""


@dataclass(frozen=True, slots=True)
class Figure:
    """Panels that are read together, with what they show above and how to read them below."""

    key: str
    title: str
    panels: Sequence[Panel]
    legend: Sequence[Mark] = ()
    readings: Sequence[str] = ()
    """What one sees, in figures."""
    caption: str = ""
    layout: str = "grid"
    """grid: as many panels beside each other as fit; pairs: two; wide: one."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table; its first `n_text` columns are text and the others numbers, but for a last column of text."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    n_text: int = 1
    ends_in_text: bool = False
    caption: str = ""
    is_folded: bool = False
    """Whether it is shown only on demand."""


@dataclass(frozen=True, slots=True)
class TextCell:
    """A text of one arm in one generation; the same text of several arms stands once."""

    arms: Sequence[str]
    text: str
    n_rows: int = 1


@dataclass(frozen=True, slots=True)
class TextGrid:
    """One prompt and draw: a row per arm, a column per generation; None where a cell above reaches down."""

    title: str
    generations: Sequence[int]
    rows: Sequence[Sequence[TextCell | None]]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report with its own heading."""

    key: str
    title: str
    lead: Sequence[str] = ()
    figures: Sequence[Figure] = ()
    tables: Sequence[Table] = ()
    texts: Sequence[TextGrid] = ()
    listings: Sequence[tuple[str, str]] = field(default_factory=tuple)
    """Titles and blocks of verbatim text, such as settings."""
