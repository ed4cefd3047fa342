"""What the command `python -m experiments.X` does around each experiment: help, announcement, messages, exit codes."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console

from loops.cli import exit_code
from loops.forecast import announcement
from loops.plan import plan
from loops.run import Results, run


def run_announced(experiment: str, overrides: Sequence[str], console: Console, trackers: bool = True) -> Results:
    """Say how much there is to do, then run what is not in the store yet, with the experiment's trackers or without."""
    arguments = (f"experiment={experiment}", *overrides)
    console.print(announcement(plan(arguments)), highlight=False)
    return run(*arguments, trackers=trackers)


def run_module(main: Callable[[Sequence[str]], None]) -> None:
    """Leave with the exit code of `main`, given the command line's words; `--help` prints what the module says."""
    name = f"python -m experiments.{Path(sys.argv[0]).stem}"
    parser = argparse.ArgumentParser(
        prog=name, description=sys.modules["__main__"].__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("words", nargs="*", help="settings as in heirloom run, such as scale=small")
    words = parser.parse_args().words
    sys.exit(exit_code(name, lambda: main(words)))
