"""What the verbs on files have in common: their options, and how files are opened by them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from loops.errors import ConfigError

if TYPE_CHECKING:  # the command looks at the options of every verb when it starts: what is heavy waits until it is used
    from loops.outside.choice import Chosen
    from loops.outside.compare import Comparison
    from loops.outside.sides import Limits
    from loops.outside.text_file import TextFile


def add_reading(parser: argparse.ArgumentParser) -> None:
    """Add what says where the texts are in a file."""
    parser.add_argument("--column", metavar="NAME", help="column of the text; text, completion, messages, ... if there")
    parser.add_argument(
        "--separator",
        metavar="REGEX",
        help="what ends a text of a plain file; <|endoftext|>, blank or line ends",
    )
    parser.add_argument("--seed", type=int, metavar="S", help="decides what is drawn at random; 0, if not given")


def add_measuring(parser: argparse.ArgumentParser) -> None:
    """Add what says what is measured, against which human text, and how much of it."""
    parser.add_argument("--reference", type=Path, metavar="FILE", help="human text to compare with")
    parser.add_argument("--reference-column", metavar="NAME", help="its column, where it has another")
    parser.add_argument("--reference-separator", metavar="REGEX", help="its separator, where it has another")
    parser.add_argument("--metrics", metavar="A,B", help="all that texts alone are enough for, if not given")
    parser.add_argument("--words", type=int, metavar="N", help="words of each side; what the smaller has, to 100,000")
    parser.add_argument("--cut", type=int, metavar="L", help="words at which a text is cut; from the texts' lengths")
    parser.add_argument("--texts", type=int, metavar="N", help="texts that are embedded; 500, or what the smaller has")
    parser.add_argument("--workers", type=int, metavar="W", help="processes; as many as there are cores")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")


ON_FILES = (
    "column",
    "separator",
    "seed",
    "reference",
    "reference_column",
    "reference_separator",
    "metrics",
    "words",
    "cut",
    "texts",
    "workers",
)
"""Options of these two that are None where they are not given."""


def names_of(listed: str | None) -> list[str] | None:
    """Read names with commas between."""
    return None if listed is None else [name for name in listed.split(",") if name]


def limits_of(options: argparse.Namespace) -> Limits:
    """Read the sizes.

    Raises:
        ConfigError: one is below 1.
    """
    from loops.outside.sides import Limits

    for name in ("words", "cut", "texts", "workers"):
        value = getattr(options, name)
        if value is not None and value < 1:
            raise ConfigError(f"--{name}: got {value}, want at least 1.")
    return Limits(options.words, options.cut, options.texts, options.seed or 0, options.workers)


def chosen_of(options: argparse.Namespace) -> Chosen:
    """Build the metrics that are asked for, with their settings.

    Raises:
        ConfigError: an unknown metric or setting, or none at all.
    """
    from loops.outside.choice import choose_metrics

    names = names_of(options.metrics)
    if names == [] or (names and len(set(names)) < len(names)):
        raise ConfigError(f"--metrics: got {options.metrics!r}, want one or more names, each once.")
    return choose_metrics(names, options.overrides, options.reference is not None)


def measure_files(options: argparse.Namespace, paths: Sequence[Path]) -> Comparison:
    """Open the files and measure them, with a bar of progress beside the output.

    Raises:
        HeirloomError: an option or a file is not what it should be.
    """
    from rich.console import Console
    from rich.progress import Progress

    from loops.key import Key
    from loops.outside.budget import Pile
    from loops.outside.compare import compare
    from loops.outside.open_file import Hints, open_file

    limits, chosen = limits_of(options), chosen_of(options)
    opened = {str(path): open_file(path, Hints(options.column, options.separator)) for path in paths}
    reference = None
    if options.reference is not None:
        column, separator = options.reference_column or options.column, options.reference_separator or options.separator
        reference = open_file(options.reference, Hints(column, separator))
        if any(options.reference.samefile(path) for path in paths):
            raise ConfigError(f"--reference: {options.reference} is what is measured. Give other human text.")
    check_hints(options, list(opened.values()), reference)
    order = Key.root(limits.seed).fold("order")
    with Progress(console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("measuring", total=None)
        piles = {name: Pile.of(file, order.fold("file")) for name, file in opened.items()}
        human = None if reference is None else Pile.of(reference, order.fold("human"))
        return compare(
            piles, human, chosen, limits, lambda done, total: progress.update(bar, completed=done, total=total)
        )


def broken(found: Comparison) -> int:
    """Print the tracebacks of metrics that broke down, and return the exit code that says so."""
    for bug in found.bugs():
        print(bug, file=sys.stderr)  # noqa: T201
    return 1 if found.bugs() else 0


def check_hints(options: argparse.Namespace, files: Sequence[TextFile], reference: TextFile | None = None) -> None:
    """Refuse a hint that none of the files takes.

    Raises:
        ConfigError: there is one.
    """
    beside = [] if reference is None else [reference]
    for name, asked in (("column", [*files, *beside]), ("separator", [*files, *beside]),
                        ("reference_column", beside), ("reference_separator", beside)):  # fmt: skip
        what = name.removeprefix("reference_")
        if getattr(options, name, None) is not None and not any(file.takes == what for file in asked):
            said = ", ".join(f"{file.path} is {file.form}" for file in asked) or "there is no --reference"
            raise ConfigError(f"--{name.replace('_', '-')}: nothing here has {what}s: {said}.")
