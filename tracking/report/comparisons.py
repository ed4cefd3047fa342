"""What the report works out from curves and ledgers: sharpening and recursion, profiles, shares dropped."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tracking.report.curves import CurveBook
from tracking.report.data import LedgerRow, ReportData


class Pair(NamedTuple):
    """A measure's head and tail."""

    stem: str
    head: str
    tail: str


class Sharpening(NamedTuple):
    """What sampling settings did to a measure in one step, and what later generations added."""

    measure: str
    """Name without the view, such as `distinct_n/2`."""
    arm: str
    sampled: float
    """Texts sampled from student 0 under measuring settings."""
    drawn: Sequence[float]
    """Texts drawn in generation 1, 2, ...: the first of them also by student 0. NaN where not measured."""

    @property
    def sharpening(self) -> float:
        """What the sampling settings did by themselves."""
        return self.drawn[0] - self.sampled

    @property
    def recursion(self) -> float:
        """What later generations added to it."""
        return self.drawn[-1] - self.drawn[0]


class Profile(NamedTuple):
    """How a measure changed between the first and the last generation, bucket by bucket."""

    stem: str
    parts: tuple[str, ...]
    """From the rarest to the most frequent."""
    changes: dict[str, list[float]]
    """By arm, one per part."""


class Drops(NamedTuple):
    """Texts that one filter dropped for one reason in one generation of one arm, over all its seeds."""

    arm: str
    generation: int
    filter: str
    reason: str
    n_texts: int
    n_tokens: int
    share: float | None
    """Share of the texts that were drawn; None where their number is not known."""


def head_tail_pairs(names: Sequence[str]) -> list[Pair]:
    """Find the measures that have both a head and a tail."""
    stems = [name.removesuffix("/head") for name in names if name.endswith("/head")]
    return [Pair(stem, f"{stem}/head", f"{stem}/tail") for stem in stems if f"{stem}/tail" in names]


def profiles(book: CurveBook) -> list[Profile]:
    """Find the measures with parts by how often a word was seen, and how each part changed."""
    parts_by_stem: dict[str, list[str]] = {}
    for name in book.names:
        stem, _, part = name.rpartition("/")
        if part.startswith("seen_") and not part.endswith("_per_byte"):
            parts_by_stem.setdefault(stem, []).append(part)
    found = []
    for stem, parts in parts_by_stem.items():
        ordered = sorted(parts, key=lambda part: int(part.split("_")[1]))
        changes = {arm: [_change(book, f"{stem}/{part}", arm) for part in ordered] for arm in book.arms}
        measured = {arm: values for arm, values in changes.items() if np.isfinite(values).any()}
        if measured and len(ordered) > 1:
            found.append(Profile(stem, tuple(ordered), measured))
    return found


def sharpening(book: CurveBook) -> list[Sharpening]:
    """Set texts sampled from student 0 beside those drawn in each generation, for measures that have both."""
    found = []
    for name in book.names:
        view, _, measure = name.partition("/")
        if view != "sampled" or "/" not in measure:  # sizes and shares say nothing about narrowing
            continue
        for arm in book.arms:
            sampled, drawn = book.curves.get((name, arm)), book.curves.get((f"drawn/{measure}", arm))
            start = sampled.at(0) if sampled else None
            later = [generation for generation in drawn.generations if generation > 0] if drawn else []
            if start is None or drawn is None or not later:
                continue
            values = [drawn.at(generation) for generation in later]
            found.append(Sharpening(measure, arm, start, [np.nan if v is None else v for v in values]))
    return found


def drops(data: ReportData) -> list[Drops]:
    """Add up the ledger over seeds; arms in their order, then generation, filter and reason as they came."""
    totals: dict[tuple[str, int, str, str], tuple[int, int]] = {}
    for row in data.ledger:
        count, tokens = totals.get(_place(row), (0, 0))
        totals[_place(row)] = (count + row.count, tokens + row.tokens)
    order = {arm.name: place for place, arm in enumerate(data.arms)}
    ranked = sorted(totals.items(), key=lambda item: (order.get(item[0][0], len(order)), item[0][1]))
    found = []
    for (arm, generation, name, reason), (count, tokens) in ranked:
        drawn = data.drawn_counts.get((arm, generation))
        found.append(Drops(arm, generation, name, reason, count, tokens, count / drawn if drawn else None))
    return found


def _place(row: LedgerRow) -> tuple[str, int, str, str]:
    return row.arm, row.generation, row.filter, row.reason


def _change(book: CurveBook, name: str, arm: str) -> float:
    curve = book.curves.get((name, arm))
    return float(curve.mean[-1] - curve.mean[0]) if curve is not None else float("nan")
