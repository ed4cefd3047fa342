"""List experiments, and the choices of every group."""

from __future__ import annotations

import argparse
from pathlib import Path

GROUP_ORDER = (
    "experiment",
    "source",
    "student",
    "generator",
    "filters",
    "mixer",
    "trainer",
    "metrics",
    "embedder",
    "trackers",
    "executor",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    parser.add_argument("group", nargs="?", choices=GROUP_ORDER, help="one group, with the settings of each choice")


def run(options: argparse.Namespace) -> int:
    """Print choices; with a group, their settings too."""
    from rich.console import Console
    from rich.table import Table

    from loops.config import CONFIGS

    console = Console()
    if options.group:
        for path in sorted((CONFIGS / options.group).glob("*.yaml")):
            console.rule(f"{options.group}={path.stem}", align="left")
            console.print(path.read_text().strip(), markup=False, highlight=False)
        return 0
    table = Table("group", "choices", box=None, pad_edge=False)
    for group in GROUP_ORDER:
        table.add_row(group, ", ".join(_names(CONFIGS / group)))
    console.print(table)
    console.print("\n`heirloom list GROUP` shows the settings of each; choose with GROUP=NAME.", highlight=False)
    return 0


def _names(folder: Path) -> list[str]:
    return sorted(path.stem for path in folder.glob("*.yaml"))
