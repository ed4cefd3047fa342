"""Run recorded stages once more and compare what comes out; exit code 3 where something differs."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table

    from loops.verify import Check
    from tracking.run_dir import RunDir

DIFFERS = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    parser.add_argument("run_folder", metavar="RUN", type=Path, help="outputs/<name>/<arm>/seed_<s>, or one above it")
    parser.add_argument("--stages", default="", metavar="NAMES", help="such as draw,train; all, if not given")
    parser.add_argument("--generation", type=int, metavar="G", help="one generation; all, if not given")


def run(options: argparse.Namespace) -> int:
    """Run them again, arm by arm; stages that arms share are run once."""
    from rich.console import Console
    from rich.progress import track

    from loops.recorded import recorded_runs
    from loops.verify import elsewhere, verify

    console = Console()
    names = [name for name in options.stages.split(",") if name]
    runs, done, checks = recorded_runs([options.run_folder]), set[str](), []
    for found in runs:
        steps = verify(found, names, options.generation, done)
        checks += [(found, check) for check in track(steps, f"{found.arm}, seed {found.seed}", console=console)]
    equal = sum(check.equal for _, check in checks)
    console.print(_table(checks))
    console.print(f"{equal} of {len(checks)} stages equal ({equal / len(checks):.1%}).", highlight=False)
    if equal == len(checks):
        return 0
    reasons = "; ".join(elsewhere(runs[0])) or "machine and libraries are the same"
    console.print(
        f"{reasons}. `heirloom status {options.run_folder} --why` says whether code has changed since.",
        highlight=False,
        soft_wrap=True,
    )
    return DIFFERS


def _table(checks: Sequence[tuple[RunDir, Check]]) -> Table:
    from rich.table import Table

    table = Table("arm", "seed", "gen.", "stage", "key", "result", box=None, pad_edge=False)
    for found, check in checks:
        result = "equal" if check.equal else "differs"
        if check.differing_rows:
            result += f" in {check.differing_rows:.2%} of the rows"
        table.add_row(found.arm, str(found.seed), str(check.generation), check.name, check.key[:12], result)
    return table
