"""Run an experiment: `heirloom run experiment=demo key=value`; -m sweeps over comma-separated values."""

from __future__ import annotations

import argparse
import shlex


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    parser.add_argument("overrides", nargs="*", metavar="key=value", help="settings, in Hydra's override grammar")
    parser.add_argument("-m", "--multirun", action="store_true", help="sweep: key=a,b runs both")
    parser.add_argument("--plan", action="store_true", help="print what would be done, and do nothing")


def run(options: argparse.Namespace) -> int:
    """Plan everything, then run it and write one report over all arms."""
    from loops.plan import plan
    from loops.run import check_folders, execute

    runs = plan(options.overrides, options.multirun)
    if options.plan:
        from loops.forecast import print_plan

        print_plan(runs)
        return 0
    from rich.console import Console

    from loops.forecast import announcement

    check_folders(runs)
    console = Console(soft_wrap=True)
    console.print(announcement(runs), markup=False, highlight=False)
    flags = ["-m"] if options.multirun else []
    words = ["heirloom", "run", *flags, *options.overrides]
    execute(runs, shlex.join(words))
    from loops.report import report_of

    path = report_of([run.folder for run in runs])
    console.print(f"Report: {path}", highlight=False)
    return 0
