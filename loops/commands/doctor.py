"""Check Python, libraries, device, disk and network settings; exit code 2 where something fails."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

STYLES = {"ok": "green", "warn": "yellow", "fail": "red"}
FAILS = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    parser.add_argument(
        "--output-dir", type=Path, default=Path("outputs"), metavar="D", help="where runs go; outputs, if not given"
    )


def run(options: argparse.Namespace) -> int:
    """Print a line for each check: its state, what was found, what to do."""
    from rich.console import Console
    from rich.text import Text

    from loops.doctor import examine

    console = Console()
    findings = []
    for finding in examine(options.output_dir, os.environ):
        findings.append(finding)
        line = Text.assemble((f"{finding.state:<5}", STYLES[finding.state]), f"{finding.what}: {finding.found}")
        if finding.to_do:
            line.append(f" -> {finding.to_do}")
        console.print(line, soft_wrap=True)
    return FAILS if any(finding.state == "fail" for finding in findings) else 0
