"""Show the stages of a run: found or computed, seconds, keys; --why says which keys would be others now."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

    from tracking.run_dir import RunDir

SHOWN = ("generation", "name", "key", "digest", "seconds", "state")
KEY_LETTERS = 12


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    parser.add_argument("run_folder", metavar="RUN", type=Path, help="outputs/<name>/<arm>/seed_<s>, or one above it")
    parser.add_argument("--json", action="store_true", help="print all stages as JSON")
    parser.add_argument("--why", action="store_true", help="name the parts of keys that differ from what was recorded")


def run(options: argparse.Namespace) -> int:
    """Print the stages of each run below the folder."""
    from rich.console import Console

    from loops.recorded import recorded_runs, recorded_stages

    console = Console()
    runs = recorded_runs([options.run_folder])
    if options.json:
        text = json.dumps({"stages": [row for run in runs for row in _rows(run, recorded_stages(run))]}, indent=1)
        console.print(text, markup=False, highlight=False, soft_wrap=True)
        return 0
    for found in runs:
        _show(found, recorded_stages(found), console)
        if options.why:
            _explain(found, console)
    return 0


def _rows(run: RunDir, stages: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"arm": run.arm, "seed": run.seed, **{name: stage[name] for name in SHOWN}} for stage in stages]


def _show(run: RunDir, stages: Sequence[dict[str, Any]], console: Console) -> None:
    from rich.table import Table

    from loops.recorded import is_complete

    table = Table("gen.", "stage", "state", "seconds", "key", box=None, pad_edge=False)
    for stage in stages:
        key = stage["key"][:KEY_LETTERS]
        table.add_row(str(stage["generation"]), stage["name"], stage["state"], f"{stage['seconds']:.2f}", key)
    console.print(f"{run.arm}, seed {run.seed}", style="bold", highlight=False)
    console.print(table)
    computed = {stage["key"]: stage["seconds"] for stage in stages if stage["state"] == "computed"}
    found = len({stage["key"] for stage in stages} - computed.keys())
    state = "complete" if is_complete(run) else "not complete; the command that started it goes on where it left off"
    console.print(
        f"{len(computed)} stages computed in {sum(computed.values()):.2f} s, {found} found; {state}.\n",
        highlight=False,
        soft_wrap=True,
    )


def _explain(run: RunDir, console: Console) -> None:
    from loops.why import changes, settings_changed

    for line in settings_changed(run):
        console.print(f"settings: {line}", markup=False, highlight=False, soft_wrap=True)
    found = changes(run)
    for change in found:
        console.print(change.sentence(), markup=False, highlight=False, soft_wrap=True)
    if found:
        first = found[0]
        console.print(
            f"The first is generation {first.generation}, {first.name}; stages after it follow where its output "
            "comes out differently.",
            highlight=False,
            soft_wrap=True,
        )
    else:
        console.print("Every key would be the same now.", highlight=False)
