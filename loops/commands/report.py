"""Write the report over finished generations and print its path; --json prints its figures instead."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    parser.add_argument(
        "run_folders", metavar="RUN", type=Path, nargs="+", help="a run's folder, or an experiment's with all its arms"
    )
    parser.add_argument("--json", action="store_true", help="print the figures of the report as JSON")


def run(options: argparse.Namespace) -> int:
    """Write one report for each folder, or print the figures of all of them together."""
    from rich.console import Console

    from loops.report import figures, report_of

    console = Console()
    if options.json:
        console.print(figures(options.run_folders), markup=False, highlight=False, soft_wrap=True)
        return 0
    for folder in options.run_folders:
        console.print(str(report_of([folder])), markup=False, highlight=False, soft_wrap=True)
    return 0
