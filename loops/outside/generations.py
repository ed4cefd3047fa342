"""History rows of generations that somebody drew with scripts of their own: one file of texts for each."""

from __future__ import annotations

import glob
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from loops.errors import ConfigError, DataError
from loops.observe import enter
from loops.outside.budget import Pile
from loops.outside.compare import Comparison
from loops.outside.sides import HUMAN

MARK = "{g}"
MAIN = "main"
"""The arm's name where none is given."""

Row = dict[str, Any]


class Generation(NamedTuple):
    """The texts of one generation of one arm."""

    arm: str
    number: int
    path: Path


def find_generations(patterns: Sequence[str]) -> list[Generation]:
    """Find the files of `pattern` or `arm=pattern`, where {g} stands for the number of the generation.

    Raises:
        ConfigError: a pattern without {g}, or an arm named twice.
        DataError: no file matches, or two have the same number.
    """
    found: list[Generation] = []
    arms: dict[str, str] = {}
    for given in patterns:
        before, equals, after = given.partition("=")
        arm, pattern = (before, after) if equals and not {"/", "{"} & set(before) else (MAIN, given)
        if MARK not in pattern:
            raise ConfigError(f"--from: {given} has no {MARK}, where a generation's number stands: gen_{MARK}.jsonl.")
        if arm in arms:
            raise ConfigError(f"--from: {arms[arm]} and {given} are both arm {arm!r}. Name them: NAME=pattern.")
        arms[arm] = given
        found += _matches(arm, pattern)
    return found


def _matches(arm: str, pattern: str) -> list[Generation]:
    first, *rest = (re.escape(part) for part in pattern.split(MARK))
    matching = re.compile(f"{first}(?P<g>[0-9]+){'(?P=g)'.join(rest)}")
    candidates = sorted(glob.glob("*".join(glob.escape(part) for part in pattern.split(MARK))))
    numbered: dict[int, Path] = {}
    for path in candidates:
        match = matching.fullmatch(path)
        if match is None:
            continue
        number = int(match["g"])
        if number in numbered:
            raise DataError(f"--from: {numbered[number]} and {path} are both generation {number}. Move one away.")
        numbered[number] = Path(path)
    if not numbered:
        raise DataError(f"--from: no file matches {pattern} with a number for {MARK} (seen from {Path.cwd()}).")
    return [Generation(arm, number, numbered[number]) for number in sorted(numbered)]


def history(generations: Sequence[Generation], found: Comparison) -> Iterator[Row]:
    """Yield a row for each generation, in the form of a run's history; what was drawn is its view `sampled`."""
    cut = found.sides.budget.max_words
    for arm, number, path in generations:
        pile = found.piles[str(path)]
        row: Row = {"generation": number, "arm": arm, "seed": 0, "sampled/rows": len(pile.rows) + pile.n_blank}
        row["sampled/short_share"] = _short_share(pile, cut)
        if any(content.finish_reason for _, content in pile.rows):
            row["sampled/length_limit_share"] = pile.length_limit_share()
        if found.human is not None:
            row["human/short_share"] = _short_share(found.human, cut)
        for metric in found.chosen.metrics:
            beside = found.results.get((metric, HUMAN))
            own = found.results[metric, str(path)].parts
            enter(f"sampled/{metric}", own, beside.parts if beside else None, row, {})
        yield row


def _short_share(pile: Pile, cut: int) -> float:
    return float(np.mean(pile.lengths() < cut))
