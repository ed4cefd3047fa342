"""Go another way after generation K: what came before is found, the overrides hold after it."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    parser.add_argument("run_folder", metavar="RUN", type=Path, help="the trunk: a run, or an arm with all its seeds")
    parser.add_argument("--generation", type=int, required=True, metavar="K", help="the last generation to share")
    parser.add_argument("--plan", action="store_true", help="print what would be done, and do nothing")
    parser.add_argument("overrides", nargs="*", metavar="key=value", help="name=NEW, and what changes after K")


def run(options: argparse.Namespace) -> int:
    """Run the forks and write one report over them; the same command goes on where it was stopped."""
    from rich.console import Console

    from loops.forecast import announcement, print_plan
    from loops.fork import fork
    from loops.recorded import recorded_runs
    from loops.report import report_of
    from loops.run import check_folders, execute

    runs = [fork(found, options.generation, options.overrides) for found in recorded_runs([options.run_folder])]
    if options.plan:
        print_plan(runs)
        return 0
    check_folders(runs)
    console = Console(soft_wrap=True)
    console.print(announcement(runs), markup=False, highlight=False)
    words = ["heirloom", "fork", str(options.run_folder), "--generation", str(options.generation), *options.overrides]
    execute(runs, shlex.join(words))
    path = report_of([run.folder for run in runs])
    console.print(f"Report: {path}", highlight=False)
    return 0
