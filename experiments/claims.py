"""Claims about language-model arms: rows of many seeds become paired differences, and these a judgement.

An experiment lists its claims; each is an inequality between two arms, fixed before the run. What is shared is here:
`findings` pairs arms by seed, `judge` says what they come to together, `table` shows them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from typing import Any, Literal, NamedTuple

import numpy as np
from rich.table import Table

from evals.interval import PairedT, paired_t
from loops.differences import SEEDS_FOR_A_CLAIM, Series, measured_series, paired_series

LEVEL = 0.95


class State(StrEnum):
    """What is said of a claim."""

    HELD = "held"
    """The 95% interval lies on the side that is claimed."""
    REVERSED = "reversed"
    """An interval that allows for all claims together lies on the other side."""
    OPEN = "not shown"
    TOO_FEW = "too few seeds to say"
    NOT_MEASURED = "not measured"


class Claim(NamedTuple):
    """An arm less its control, in a weighted sum of measures, lies above or below a bound at the last generation."""

    text: str
    arm: str
    control: str
    measures: Mapping[str, float]
    """Measure -> weight; two measures with weights 1 and -1 compare how much each has changed."""
    direction: Literal["above", "below"]
    bound: float = 0.0
    """What the difference must lie above or below; another than 0 says that it is small."""

    def is_met(self, interval: PairedT) -> bool:
        """Say whether an interval lies on the side that is claimed."""
        return interval.low > self.bound if self.direction == "above" else interval.high < self.bound

    def is_opposed(self, interval: PairedT) -> bool:
        """Say whether it lies on the other side."""
        return interval.high < self.bound if self.direction == "above" else interval.low > self.bound


class Finding(NamedTuple):
    """What the seeds say of a claim."""

    claim: Claim
    state: State
    n_seeds: int
    generation: int | None = None
    mean: float | None = None
    low: float | None = None
    """Lower end of the 95% t interval over seeds; None with too few."""
    high: float | None = None


def findings(rows: Sequence[Mapping[str, Any]], claims: Sequence[Claim]) -> list[Finding]:
    """Hold each claim against the differences between its arms, paired by seed, at the last generation of the run.

    With fewer than 5 seeds, or 100 replicas of a closed-form world, differences are given and nothing is said of them.
    Where a seed lacks a measure in that generation the claim is not measured: leaving out the seeds that collapsed
    would favour whoever collapses.
    """
    last = max((int(row["generation"]) for row in rows), default=0)
    return [_finding(rows, claim, last, len(claims)) for claim in claims]


def judge(found: Sequence[Finding]) -> str:
    """Say reproduced when every claim is held, contradicted when one is reversed, inconclusive otherwise.

    Holding every claim needs no allowance for their number, since all must pass; one of many may be reversed by
    chance, so that takes an interval of level 1 - .05 / claims (Bonferroni).
    """
    states = {finding.state for finding in found}
    if State.REVERSED in states:
        return "contradicted"
    return "reproduced" if states == {State.HELD} else "inconclusive"


def together(said: Collection[str]) -> str:
    """Join judgements of parts that must all be reproduced: contradicted when one is, inconclusive otherwise."""
    if "contradicted" in said:
        return "contradicted"
    return "reproduced" if set(said) == {"reproduced"} else "inconclusive"


def table(found: Sequence[Finding]) -> Table:
    """Show what each claim rests on."""
    made = Table("claim", "arms", "generation", "difference", "95% interval", "wanted", "seeds", "", box=None)
    for one in found:
        claim = one.claim
        figures = [
            "" if one.generation is None else str(one.generation),
            "" if one.mean is None else f"{one.mean:+.3f}",
        ]
        interval = "" if one.low is None or one.high is None else f"{one.low:+.3f} to {one.high:+.3f}"
        wanted = f"{claim.direction} {claim.bound:g}"
        made.add_row(
            claim.text, f"{claim.arm} - {claim.control}", *figures, interval, wanted, str(one.n_seeds), one.state
        )
    return made


def _finding(rows: Sequence[Mapping[str, Any]], claim: Claim, last: int, n_claims: int) -> Finding:
    pairs = paired_series(_summed(rows, claim.arm, claim.measures), _summed(rows, claim.control, claim.measures))
    if pairs is None or pairs.generations[-1] < last:
        return Finding(claim, State.NOT_MEASURED, 0)
    off = pairs.values[:, -1]
    if len(off) < SEEDS_FOR_A_CLAIM["replica" if any("replica" in row for row in rows) else "seed"]:
        return Finding(claim, State.TOO_FEW, len(off), last, float(off.mean()))
    interval, wide = paired_t(off, LEVEL), paired_t(off, 1 - (1 - LEVEL) / n_claims)
    opposed = State.REVERSED if claim.is_opposed(wide) else State.OPEN
    return Finding(claim, State.HELD if claim.is_met(interval) else opposed, len(off), last, *interval)


def _summed(rows: Sequence[Mapping[str, Any]], arm: str, measures: Mapping[str, float]) -> Series:
    """Return the weighted sum of measures by seed and generation, where all of them were measured."""
    series = measured_series(rows, list(measures))
    parts = [(series.get((arm, measure), {}), weight) for measure, weight in measures.items()]
    pairs = set.intersection(*(set(values) for values, _ in parts))
    return {
        pair: {
            g: float(np.sum([weight * values[pair][g] for values, weight in parts]))
            for g in sorted(set.intersection(*(set(values[pair]) for values, _ in parts)))
        }
        for pair in sorted(pairs)
    }
