"""Write the report over a run, or over files of texts by generation (--from), and print where it is.

With --json its figures are printed instead, and nothing is written.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from loops.outside.options import ON_FILES, add_measuring, add_reading, broken, measure_files


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    parser.add_argument(
        "overrides",  # with --from, settings may stand here
        metavar="RUN",
        nargs="*",
        help="a run's folder, or an experiment's with all its arms; with --from: settings such as distinct_n.n=[1,2]",
    )
    parser.add_argument(
        "--from",
        dest="patterns",
        action="append",
        metavar="[ARM=]PATTERN",
        help="files of texts drawn elsewhere, such as 'gen_{g}.jsonl': {g} is the generation; again for another arm",
    )
    parser.add_argument(
        "--out", type=Path, metavar="FOLDER", help="with --from: where history.jsonl and report.html go"
    )
    add_reading(parser)
    add_measuring(parser)


def run(options: argparse.Namespace) -> int:
    """Write one report for each folder, or print the figures of all of them together."""
    if options.patterns:
        return _from_files(options)
    from rich.console import Console

    from loops.errors import ConfigError
    from loops.report import figures, report_of

    folders = [Path(folder) for folder in options.overrides]
    given = [name for name in (*ON_FILES, "out") if getattr(options, name) is not None]
    if not folders or given:
        what = f"--{given[0].replace('_', '-')} goes with --from" if given else "nothing to report on"
        raise ConfigError(f"{what}. Want a run's folder, or --from 'gen_{{g}}.jsonl' for texts drawn elsewhere.")
    console = Console()
    if options.json:
        console.print(figures(folders), markup=False, highlight=False, soft_wrap=True)
        return 0
    for folder in folders:
        console.print(str(report_of([folder])), markup=False, highlight=False, soft_wrap=True)
    return 0


def _from_files(options: argparse.Namespace) -> int:
    """Measure the generations, and write history and report, or print the figures."""
    from rich.console import Console

    from loops.outside.generations import find_generations
    from loops.outside.report import Drawn, folder_for, report_data
    from tracking.report.figures import figures_json
    from tracking.report.page import write_report
    from tracking.run_dir import RunDir

    folder = folder_for(options.out, options.patterns)
    generations = find_generations(options.patterns)
    found = measure_files(options, list(dict.fromkeys(generation.path for generation in generations)))
    data = report_data(Drawn(generations, found), folder.name, options.command, options.patterns)
    console = Console()
    if options.json:
        console.print(json.dumps(figures_json(data), indent=1), markup=False, highlight=False, soft_wrap=True)
    else:
        RunDir(folder).rewrite_history(data.rows)
        write_report(data, folder / "report.html")
        console.print(str(folder / "report.html"), markup=False, highlight=False, soft_wrap=True)
    return broken(found)
