"""Compare runs: one report with curves, paired differences and costs, all rows as Parquet, each figure as SVG and PDF.

Give an experiment's folder for all its arms, folders of several arms or runs, or several experiments' on the same
human text.
"""

from __future__ import annotations

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    parser.add_argument("folders", metavar="RUN", nargs="+", type=Path, help="outputs/<name>, or an arm or run in it")
    parser.add_argument(
        "--control",
        action="append",
        default=[],
        metavar="ARM",
        help="what others are compared with; again for another; the experiments' own controls, if not given",
    )
    parser.add_argument(
        "--measure",
        action="append",
        default=[],
        metavar="NAME",
        help="a measure to compare, such as student/word_frequency_nll/tail; the experiments' headline, if not given",
    )
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="outputs/compare/<names>, if not given")


def run(options: argparse.Namespace) -> int:
    """Write report.html, rows.parquet, costs.csv, differences.csv and figures/, and print where the page is."""
    from rich.console import Console

    from loops.compare import compare

    path = compare(options.folders, options.out, options.control, options.measure, options.command)
    Console().print(str(path), markup=False, highlight=False, soft_wrap=True)
    return 0
