"""Are named collapses told apart in worlds that the thresholds were not fixed on?

Claim: thresholds on slopes, fixed on two bigram worlds, tell the verdicts of one replica's measures in two others
(other vocabulary, exponent, temperature, smoothing and human shares) as the exact distributions do.

What is true is said of exact figures, averaged over replicas (averaged parameters would hide drift, whose mean stands
still). What is measured is one replica: samples for missing and false mass, diversity, variance and types, and for the
losses the exact figures of that one student, since a world's student is scored exactly; so the rows of test loss say
how far one seed stands for many, and nothing of the noise of a held-out text.

    python -m experiments.collapses [key=value ...]      prints thresholds, the confusion table and the judgement
"""

from __future__ import annotations

import json
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from rich.console import Console
from rich.table import Table

from evals.collapses import CONDITIONS, RULES, THRESHOLDS, WINDOW, Series, State, condition_slopes
from evals.collapses import judge as judge_rule
from loops.collapses import CONTROL, GENERATION_0, role_series
from loops.run import run

Row = Mapping[str, Any]
LAST = 8
"""Generation at which verdicts end; whether loss rises on is asked of those after it."""
ALONE = 2
"""Seeds for an interval: more than the one replica, or the one mean over replicas, that is judged by its slope."""
LEAST_TOLD, TOLD_WELL, TOLD_BADLY = 5, 0.8, 0.7


class World(NamedTuple):
    """A bigram world with all arms."""

    name: str
    overrides: tuple[str, ...]


def _arms(temperature: float, mixed: float, mixed_cold: float) -> tuple[str, ...]:
    """Return overrides of the arms for another temperature and other human shares."""
    cold = f"generator.temperature={temperature}"
    mix = ["mixer=mix", "mixer.window=1", "mixer.size=2000"]
    arms = {
        "replace_cold": ["mixer=replace", cold],
        "accumulate_cold": ["mixer=accumulate", cold],
        "mixed": [*mix, f"mixer.human_share={mixed}"],
        "mixed_cold": [*mix, f"mixer.human_share={mixed_cold}", cold],
    }
    return tuple(f"arms.{name}={json.dumps(overrides)}" for name, overrides in arms.items())


FIXED_ON = (
    World("sharp", ("source.types=20", "source.exponent=1.0", "trainer.smoothing=0")),
    World("smooth", ("source.types=20", "source.exponent=1.5", "trainer.smoothing=0.5")),
)
HELD_OUT = (
    World("large", ("source.types=30", "source.exponent=0.8", "trainer.smoothing=0", *_arms(0.7, 0.5, 0.2))),
    World("small", ("source.types=16", "source.exponent=1.3", "trainer.smoothing=0.3", *_arms(0.9, 0.2, 0.05))),
)


class Truth(NamedTuple):
    """What a role is in the exact distributions."""

    figure: Callable[[Row], float]
    margins: Mapping[str, float]
    """By condition: the change per generation that counts as true, by what it means and not by how well it is told."""


TRUTHS: Mapping[str, Truth] = {
    "loss": Truth(
        lambda row: row["student/divergence/kl"],
        {"loss rises": 0.002, "loss rises fast": 0.1, "loss rises to the end": 0.02},  # nats
    ),
    "head loss": Truth(lambda row: row["student/divergence/kl/head"], {"head loss rises": 0.01}),
    "tail loss": Truth(lambda row: row["student/divergence/kl/tail"], {"tail loss rises": 0.02}),
    "missing mass": Truth(  # a hundredth of the tail's types that as many pairs of the truth would hold
        lambda row: -row["student/exact_support_coverage/tail"],
        {"human text goes missing": 0.01},
    ),
    "false mass": Truth(lambda row: row["student/divergence/false_mass"], {"false mass rises": 0.001}),
    "diversity": Truth(lambda row: row["student/known_truth/entropy"], {"diversity rises": 0.005}),
    "variance": Truth(  # of the effective number of pairs, 1 / sum q^2: 2% a generation, or half in four
        lambda row: -float(np.log1p(-row["student/known_truth/heterozygosity"])),
        {"variance falls": 0.02, "variance falls fast": 0.17},
    ),
    "types": Truth(lambda row: float(np.log(row["student/exact_support_coverage/all"])), {"types fall": 0.02}),
}
MARGINS = {name: margin for truth in TRUTHS.values() for name, margin in truth.margins.items()}
Cell = tuple[str, bool, State]
"""Rule, whether it is true, what was said of one replica."""


def true_series(rows: Sequence[Row], arm: str, last: int) -> dict[str, Series]:
    """Return exact figures of an arm less those of human_only, averaged over replicas."""
    found = {}
    generations = [g for g in sorted({row["generation"] for row in rows}) if g <= last]
    for role, truth in TRUTHS.items():
        means = {
            name: [np.mean([truth.figure(row) for row in rows if (row["arm"], row["generation"]) == (name, g)])
                   for g in generations] for name in (arm, CONTROL)
        }  # fmt: skip
        found[role] = Series(role, generations, np.array([np.subtract(means[arm], means[CONTROL])]))
    return found


def measured_by_replica(rows: Sequence[Row], arm: str) -> list[dict[str, Series]]:
    """Return what one replica alone shows of an arm up to generation 8, for every replica."""
    control = GENERATION_0 if arm == CONTROL else CONTROL
    early = [row for row in rows if row["generation"] <= LAST]
    return [
        role_series([row for row in early if row["replica"] == replica], arm, control)[0]
        for replica in sorted({row["replica"] for row in early})
    ]


def arms_of(rows: Sequence[Row]) -> list[str]:
    """Return every arm; of human_only nothing is true, and what is said of it is noise."""
    return list(dict.fromkeys(row["arm"] for row in rows))


def thresholds_of(worlds: Iterable[Sequence[Row]]) -> dict[str, float]:
    """Choose for each condition the threshold that tells its truth best: the most balanced accuracy.

    Slopes are those of each replica over the run and over each window that a phase is sought in. Where several
    thresholds do equally well, the middle one of them.

    Raises:
        ValueError: a condition that is always or never true in these worlds.
    """
    samples: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    for rows in worlds:
        for arm in arms_of(rows):
            exact, beyond = true_series(rows, arm, LAST), true_series(rows, arm, max(r["generation"] for r in rows))
            for measured in measured_by_replica(rows, arm):
                for name, condition in CONDITIONS.items():
                    pairs = [(beyond[condition.role], measured[condition.role])]
                    if not condition.is_of_later_half:
                        pairs = list(zip(_cuts(exact[condition.role]), _cuts(measured[condition.role]), strict=True))
                    for true, one in pairs:
                        is_true = bool(condition_slopes(condition, true)[0] > MARGINS[name])
                        samples[name].append((float(condition_slopes(condition, one)[0]), is_true))
    return {name: best_threshold(name, *zip(*pairs, strict=True)) for name, pairs in samples.items()}


def best_threshold(name: str, slopes: Sequence[float], is_true: Sequence[bool]) -> float:
    """Return the positive threshold with the greatest share of true and of untrue slopes told, to two digits.

    Raises:
        ValueError: one of the two is missing.
    """
    steep, true = np.array(slopes), np.array(is_true)
    if true.all() or not true.any():
        raise ValueError(f"thresholds: {name!r} is {'always' if true.all() else 'never'} so in {len(true)} cases, "
                         "want both. Add an arm or a world.")  # fmt: skip
    ordered = np.unique(np.append(steep[steep > 0], 0.0))
    candidates = np.append((ordered[1:] + ordered[:-1]) / 2, ordered[-1])
    told = np.array([np.mean(steep[true] > c) + np.mean(steep[~true] <= c) for c in candidates])
    return float(f"{np.median(candidates[told == told.max()]):.2g}")


def _cuts(series: Series) -> list[Series]:
    """Return the series, and each window of it that a phase is sought in."""
    measure, generations, values = series
    starts = range(len(generations) - WINDOW + 1)
    return [series, *(Series(measure, generations[i : i + WINDOW], values[:, i : i + WINDOW]) for i in starts)]


def confusion(worlds: Iterable[Sequence[Row]], thresholds: Mapping[str, float] = THRESHOLDS) -> Counter[Cell]:
    """Count, for each rule, what is true of an arm and what is said of each of its replicas."""
    cells: Counter[Cell] = Counter()
    for rows in worlds:
        for arm in arms_of(rows):
            exact, beyond = true_series(rows, arm, LAST), true_series(rows, arm, max(r["generation"] for r in rows))
            measured = measured_by_replica(rows, arm)
            for rule in RULES:
                is_later = any(CONDITIONS[name].is_of_later_half for name in rule.shown)
                true = judge_rule(rule, beyond if is_later else exact, ALONE, {}, MARGINS)
                for series in measured:
                    said = judge_rule(rule, series, ALONE, {}, thresholds)
                    cells[rule.name, true.state == State.HELD, said.state] += 1
    return cells


def accuracy(cells: Counter[Cell], name: str) -> float | None:
    """Return the mean share of true and of untrue cases that are told; None where there are none of one kind."""
    shares = []
    for is_true, right in ((True, State.HELD), (False, State.NOT_HELD)):
        total = sum(n for (rule, true, _), n in cells.items() if (rule, true) == (name, is_true))
        if not total:
            return None
        shares.append(cells[name, is_true, right] / total)
    return sum(shares) / 2


def judge(cells: Counter[Cell]) -> str:
    """Say reproduced when every verdict of which there are both kinds is told with a balanced accuracy of .8 or more.

    Chance has .5. Contradicted when their mean is below .7; inconclusive between, or with fewer than 5 such verdicts.
    """
    told = [share for rule in RULES if (share := accuracy(cells, rule.name)) is not None and not rule.wants]
    if len(told) < LEAST_TOLD:
        return "inconclusive"
    if min(told) >= TOLD_WELL:
        return "reproduced"
    return "contradicted" if sum(told) / len(told) < TOLD_BADLY else "inconclusive"


def confusion_table(cells: Counter[Cell]) -> Table:
    """Put counts of replicas by what is true of the arm and what was said."""
    header = (
        "verdict",
        "true, held",
        "true, not held",
        "untrue, held",
        "untrue, not held",
        "not measurable",
        "balanced",
    )
    table = Table(*header, box=None)
    for rule in RULES:
        counts = [cells[rule.name, true, state] for true in (True, False) for state in (State.HELD, State.NOT_HELD)]
        unknown = sum(cells[rule.name, true, State.NOT_MEASURABLE] for true in (True, False))
        share = None if rule.wants else accuracy(cells, rule.name)
        table.add_row(rule.name, *map(str, (*counts, unknown)), "" if share is None else f"{share:.2f}")
    return table


def rows_of(world: World, overrides: Sequence[str]) -> list[dict[str, Any]]:
    """Run a world, or find it in the store."""
    return run("experiment=collapses", f"name=collapses_{world.name}", *world.overrides, *overrides).rows()


def main(overrides: Sequence[str]) -> None:
    """Run what is not in the store yet, choose thresholds, and print what they tell elsewhere."""
    fixed_on, held_out = ([rows_of(world, overrides) for world in worlds] for worlds in (FIXED_ON, HELD_OUT))
    chosen = thresholds_of(fixed_on)
    table = Table("condition", "margin of the truth", "threshold chosen here", "in evals.collapses", box=None)
    for name in CONDITIONS:
        table.add_row(name, f"{MARGINS[name]:g}", f"{chosen[name]:g}", f"{THRESHOLDS[name]:g}")
    console = Console(width=130)
    console.print((__doc__ or "").split("\n\n")[1])
    console.print(table)
    for title, worlds in (("Worlds that thresholds were fixed on", fixed_on), ("Worlds held out", held_out)):
        console.print(f"\n{title}: replicas of arms by what is true and what is said")
        console.print(confusion_table(confusion(worlds)))
    console.print(f"judgement: {judge(confusion(held_out))}")


if __name__ == "__main__":
    main(sys.argv[1:])
