"""Measure a file of texts, beside human text if there is some; nothing is written, and no run is needed."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loops.outside.options import add_measuring, add_reading, broken, measure_files

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from loops.outside.budget import Pile
    from loops.outside.compare import Comparison, Figure, Line

PLAIN_WIDTH = 120
"""Where the output is no terminal and has no width of its own."""
STOPPED = "Stopped; nothing was written."
INTERVALS = "In brackets: the 95% interval over other texts of the same writer."
Z = (
    "z: difference / sqrt(se^2 + se^2), each se from its interval; human text against other human text of its kind is "
    "beyond 2 once in twenty. One half of human text is measured as the file is; metrics of two samples compare both "
    "with the other half."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    parser.add_argument("file", metavar="FILE", type=Path, help="JSON lines, Parquet or plain text, perhaps .gz")
    add_reading(parser)
    add_measuring(parser)
    parser.add_argument("overrides", nargs="*", metavar="name.key=value", help="settings, such as distinct_n.n=[1,2]")


def run(options: argparse.Namespace) -> int:
    """Print a line for each measure; exit code 1 where a metric broke down, which hides none of the others."""
    from rich.console import Console

    found = measure_files(options, [options.file])
    console = Console(width=None if sys.stdout.isatty() else PLAIN_WIDTH)
    if options.json:
        plain = json.dumps({"seed": options.seed or 0, **_plain(found, str(options.file))}, indent=1)
        console.print(plain, markup=False, highlight=False, soft_wrap=True)
    else:
        _show(console, found, options.file)
    return broken(found)


def _show(console: Console, found: Comparison, path: Path) -> None:
    def say(line: str, style: str | None = None) -> None:
        console.print(line, style=style, markup=False, highlight=False, soft_wrap=True)

    for line in _heading(found):
        say(line)
    console.print(_table(found.lines(str(path)), path.name, found.human is not None))
    for line in _gaps(found):
        say(line)
    for note in found.sides.notes:
        say(f"note: {note}", "yellow")
    say(f"{INTERVALS} {Z}" if found.human is not None else INTERVALS)


def _heading(found: Comparison) -> Iterator[str]:
    """Say what was read, and how much of it is measured."""
    piles = [("", pile) for pile in found.piles.values()]
    if found.human is not None:
        piles.append(("human text: ", found.human))
    for said, pile in piles:
        blank = f", {pile.n_blank:,} more without a word" if pile.n_blank else ""
        yield f"{said}{pile.file.path}: {len(pile.rows):,} texts{blank}, {pile.file.found}"
    budget = found.sides.budget
    embedded = any("embeddings" in metric.needs for metric in found.chosen.metrics.values())
    texts = f", {budget.n_texts:,} texts embedded" if embedded else ""
    yield f"measured: {budget.n_words:,} words of each side, texts cut at {budget.max_words:,} words{texts}"


def _table(lines: Sequence[Line], name: str, has_human: bool) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from loops.outside.compare import FAR

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("measure", no_wrap=True)
    for column in (name, *(("human text", "ratio", "z") if has_human else ())):
        table.add_column(Text(column), justify="right")
    table.add_column("best is", no_wrap=True)
    for line in lines:
        cells = [_cell(line.own)]
        if has_human:
            ratio = "" if line.ratio is None else f"{line.ratio:.3f}"
            z, far = ("", False) if line.z is None else (f"{line.z:+.1f}", abs(line.z) > FAR)
            cells += [_cell(line.human), Text(ratio), Text(z, "bold" if far else "")]
        table.add_row(Text(line.measure), *cells, line.better)
    return table


def _cell(figure: Figure | None) -> Text:
    """Write a value and its interval, which goes below it where the screen is narrow."""
    from rich.text import Text

    from tracking.number_text import NOT_MEASURED

    if figure is None:
        return Text(NOT_MEASURED)
    if figure.interval is None:
        return Text(_number(figure.value))
    low, high = map(_number, figure.interval)
    return Text(f"{_number(figure.value)} ({low}\u00a0to\u00a0{high})")


def _number(value: float) -> str:
    """Write shares with four digits after the point, for their intervals are narrow; the rest as everywhere."""
    from tracking.number_text import number_text

    return f"{value:.4f}" if 0.001 <= abs(value) < 1 else number_text(value)


def _gaps(found: Comparison) -> Iterator[str]:
    """Say what has no value, and why."""
    for (metric, side), why in found.unmeasured().items():
        yield f"n/m: {metric} of {side}: {why}"
    for why, metrics in found.chosen.by_reason().items():
        yield f"not measured: {', '.join(metrics)}: {why}"


def _plain(found: Comparison, name: str) -> dict[str, Any]:
    """Return what is shown as plain values."""

    def figure(prefix: str, own: Figure | None) -> dict[str, float | None]:
        low, high = (own.interval if own else None) or (None, None)
        return {prefix: own.value if own else None, f"{prefix}_low": low, f"{prefix}_high": high}

    return {
        "file": _origin(found.piles[name]),
        "reference": None if found.human is None else _origin(found.human),
        "budget": asdict(found.sides.budget),
        "measures": [
            {"measure": line.measure, "better": line.better, **figure("value", line.own)}
            | ({**figure("human", line.human), "ratio": line.ratio, "z": line.z} if found.human is not None else {})
            for line in found.lines(name)
        ],
        "not_measurable": [
            {"metric": metric, "side": side, "why": why} for (metric, side), why in found.unmeasured().items()
        ],
        "not_measured": dict(found.chosen.refused),
        "notes": list(found.sides.notes),
        "settings": found.chosen.settings,
    }


def _origin(pile: Pile) -> dict[str, Any]:
    path, found = str(pile.file.path), pile.file.found
    return {"path": path, "found": found, "texts": len(pile.rows), "blank": pile.n_blank}
