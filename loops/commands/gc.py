"""Free space in the store: what no run refers to, work that nobody goes on with, weights beyond `keep`."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    parser.add_argument("--dry-run", action="store_true", help="print what would go, and remove nothing")
    parser.add_argument("--store", type=Path, help="the store; outputs/store, if not given")
    parser.add_argument(
        "--output-dir",
        type=Path,
        action="append",
        metavar="D",
        help="where the runs lie that use the store; give all such folders. outputs, if not given",
    )


def run(options: argparse.Namespace) -> int:
    """Remove it and print how much space that freed; every run stays as it is, and its report too."""
    from rich.console import Console

    from loops.cleaning import removable, remove
    from loops.errors import ConfigError
    from loops.store import Store

    console = Console()
    roots = options.output_dir or [Path("outputs")]
    root = options.store or Path("outputs/store")
    if not root.is_dir():
        raise ConfigError(f"--store: {root} is no folder. Give that of your runs, which is in their provenance.json.")
    store = Store(root)
    removals = removable(store, roots)
    if not options.dry_run:
        remove(store, removals)
    for what, words in WORDS.items():
        sizes = [removal.bytes for removal in removals if removal.what == what]
        console.print(f"{len(sizes)} {words}: {sum(sizes):,} bytes", highlight=False)
    verb = "would be freed" if options.dry_run else "freed"
    console.print(f"{sum(removal.bytes for removal in removals):,} bytes {verb}.", highlight=False)
    return 0


WORDS = {
    "work": "work folders that nobody goes on with",
    "stage": "stages that no run refers to",
    "weights": "students whose weights no run keeps",
}
