"""Judge a file of texts with the loop's filters, and write what they keep; no run is needed."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from loops.outside.options import add_reading, check_hints, names_of

if TYPE_CHECKING:
    from rich.table import Table

    from loops.outside.text_file import TextFile

STOPPED = "Stopped; nothing was written."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    parser.add_argument("file", metavar="FILE", type=Path, help="JSON lines, Parquet or plain text, perhaps .gz")
    parser.add_argument("--filters", required=True, metavar="A,B", help="in this order; `heirloom list filters`")
    parser.add_argument("--out", type=Path, metavar="KEPT", help="write the rows that are kept, as they stand")
    parser.add_argument("--dropped", type=Path, metavar="FILE", help="write the others, with the reason as dropped_by")
    add_reading(parser)
    parser.add_argument("--json", action="store_true", help="print the counts as JSON")
    parser.add_argument("overrides", nargs="*", metavar="name.key=value", help="settings, such as length.min_words=5")


def run(options: argparse.Namespace) -> int:
    """Print how many rows each filter drops for which reason."""
    from rich.console import Console

    from loops.key import Key
    from loops.outside.choice import choose_filters
    from loops.outside.open_file import Hints, open_file
    from loops.outside.sift import sift

    filters = choose_filters(names_of(options.filters) or [], options.overrides)
    file = open_file(options.file, Hints(options.column, options.separator))
    check_hints(options, [file])
    _check_targets(options, file)
    with Console(stderr=True).status("judging"):
        reasons = sift(file.rows(), filters, Key.root(options.seed or 0))
        if options.out is not None:
            file.copy([reason is None for reason in reasons], options.out)
        if options.dropped is not None:
            file.copy_dropped(reasons, options.dropped)
    console, dropped = Console(), Counter(reason for reason in reasons if reason is not None)
    if options.json:
        counts = {"texts": len(reasons), "kept": len(reasons) - dropped.total(), "dropped": dict(dropped.most_common())}
        console.print(json.dumps(counts, indent=1), markup=False, highlight=False, soft_wrap=True)
        return 0
    console.print(f"{file.path}: {len(reasons):,} texts, {file.found}", markup=False, highlight=False, soft_wrap=True)
    console.print(_table(reasons, dropped))
    for path in (options.out, options.dropped):
        if path is not None:
            console.print(str(path), markup=False, highlight=False, soft_wrap=True)
    return 0


def _check_targets(options: argparse.Namespace, file: TextFile) -> None:
    """Refuse what cannot be written before anything is judged."""
    from loops.errors import ConfigError

    if options.out is not None:
        file.check_target("--out", options.out, file.endings)
    if options.dropped is not None:
        file.check_target("--dropped", options.dropped, file.dropped_endings)
    if options.out is not None and options.out == options.dropped:
        raise ConfigError(f"--dropped: {options.dropped} is where --out goes. Give another file.")


def _table(reasons: Sequence[str | None], dropped: Counter[str]) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table("verdict", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("texts", "share"):
        table.add_column(column, justify="right")
    n = len(reasons)
    for verdict, count in (("kept", n - dropped.total()), *dropped.most_common()):
        table.add_row(Text(verdict), f"{count:,}", f"{count / n:.1%}")
    return table
