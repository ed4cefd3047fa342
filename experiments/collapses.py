"""Are named collapses told apart in worlds that the thresholds were not fixed on, of other kinds too?

Claim: two thresholds, fixed on two bigram worlds, tell the verdicts of one replica's measures in other worlds as the
exact distributions do: a bigram world with other vocabulary, exponent, temperature, smoothing and human shares, and
worlds of another kind, an urn of types, a Gaussian, and three blobs under kernel densities and Gaussian mixtures.

What is true is said of exact figures, averaged over replicas (averaged parameters would hide drift, whose mean stands
still). What is measured is one replica: samples for missing and false mass, diversity, variance and types, and for the
rest the exact figures of that one student, since a world's student is scored exactly; so the rows of test loss and of
modes say how far one seed stands for many, and nothing of the noise of a held-out text.

    python -m experiments.collapses [key=value ...]      prints thresholds, the confusion table and the judgement
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from rich.console import Console
from rich.table import Table

from evals.collapse_rules import CONDITIONS, LOGARITHM, ROLES, RULES, TAIL_QUARTER, THRESHOLDS, Measure, Thresholds
from evals.collapses import WINDOW, Series, State, condition_slopes
from evals.collapses import judge as judge_rule
from experiments.command import run_module
from loops.collapses import CONTROL, GENERATION_0, role_series
from loops.run import run

Row = Mapping[str, Any]
LAST = 8
"""Generation at which verdicts end; whether loss rises on is asked of those after it."""
ALONE = 2
"""Seeds for an interval: more than the one replica, or the one mean over replicas, that is judged by its slope."""
LEAST_TOLD, TOLD_WELL, TOLD_BADLY = 5, 0.8, 0.7


class World(NamedTuple):
    """A world with all arms, as overrides of an experiment."""

    name: str
    overrides: tuple[str, ...]
    experiment: str = "collapses"


def _arms(cold: float, hot: float, mixed: float, mixed_cold: float, size: int) -> tuple[str, ...]:
    """Return overrides of the arms for other temperatures, human shares and tokens of a generation."""
    mix = ["mixer=mix", "mixer.window=1", f"mixer.size={size}"]
    arms = {
        "replace_cold": ["mixer=replace", f"generator.temperature={cold}"],
        "replace_hot": ["mixer=replace", f"generator.temperature={hot}"],
        "accumulate_cold": ["mixer=accumulate", f"generator.temperature={cold}"],
        "mixed": [*mix, f"mixer.human_share={mixed}"],
        "mixed_cold": [*mix, f"mixer.human_share={mixed_cold}", f"generator.temperature={cold}"],
    }
    return tuple(f"arms.{name}={json.dumps(overrides)}" for name, overrides in arms.items())


_BLOBS = ("source.shape=blobs", "metrics=[density_nll,gaussian_moments,mode_separation]")
FIXED_ON = (
    World("sharp", ("source.types=20", "source.exponent=1.0", "trainer.smoothing=0")),
    World("smooth", ("source.types=20", "source.exponent=1.5", "trainer.smoothing=0.5")),
)
HELD_OUT = (
    World("small", ("source.types=16", "source.exponent=1.3", "trainer.smoothing=1",
                    *_arms(0.9, 1.4, 0.2, 0.05, 4000))),
    World("large", ("source.types=30", "source.exponent=0.8", "trainer.smoothing=0",
                    "source.draws=600", "metrics.exact_support_coverage.draws=5400",
                    *_arms(0.7, 1.6, 0.5, 0.2, 6000))),
    World("urn", ("source.order=0", "source.types=500", "source.exponent=1.0", "source.length=1", "source.draws=2000",
                  "student=categorical", "metrics.exact_support_coverage.draws=2000",
                  *(f"metrics.{name}.n=[1]" for name in ("missing_mass", "false_mass", "hill")),
                  *_arms(0.85, 1.2, 0.4, 0.1, 2000))),
    World("gaussian", ("source=gaussian", "source.dimensions=10", "student=gaussian", "metrics=[gaussian_moments]"),
          "collapses_vectors"),
    World("mixture", (*_BLOBS, "source.noise=1.0", "student.components=3"), "collapses_vectors"),
    World("kernels", (*_BLOBS, "source.noise=0.5", "student=kernel_density", "student.bandwidth=0.8"),
          "collapses_vectors"),
)  # fmt: skip
MARGINS = Thresholds(relevant=0.02, fast=0.1)
"""Change per generation that counts as true, by what it means and not by how well it is told."""
EFFECTIVE_TYPES = "student/effective_types"
TRUE_ROLES: Mapping[str, Sequence[Measure]] = {
    **{role: ROLES[role] for role in ("information", "head loss", "tail loss", "mode separation")},
    # Of the tail's types, how many fewer a sample of that size would hold: -1 turns the slope round.
    "missing mass": (Measure("student/exact_support_coverage/tail", -1.0),),
    "false mass": (Measure("student/exact_support_coverage/false_mass", TAIL_QUARTER),),
    "diversity": (Measure("student/known_truth/entropy", 1.0),),
    "variance": (Measure(EFFECTIVE_TYPES, LOGARITHM), ROLES["variance"][-1]),
    "types": (Measure("student/exact_support_coverage/all", LOGARITHM),),
}
"""What a role is in the exact distributions."""
Cell = tuple[str, bool, State]
"""Rule, whether it is true, what was said of one replica."""


def true_series(rows: Sequence[Row], arm: str, last: int) -> tuple[dict[str, Series], dict[str, str]]:
    """Return exact figures of an arm less those of human_only, averaged over replicas, and what a world has none of."""
    early = [row for row in rows if row["generation"] <= last]
    series, absent = role_series(early, arm, CONTROL, TRUE_ROLES)
    means = {
        role: one._replace(values=one.values.mean(axis=0, keepdims=True), noise=0.0) for role, one in series.items()
    }
    return means, absent


def measured_by_replica(rows: Sequence[Row], arm: str) -> list[tuple[dict[str, Series], dict[str, str]]]:
    """Return what one replica alone shows of an arm up to generation 8, for every replica."""
    control = GENERATION_0 if arm == CONTROL else CONTROL
    early = [row for row in rows if row["generation"] <= LAST]
    return [
        role_series([row for row in early if row["replica"] == replica], arm, control)
        for replica in sorted({row["replica"] for row in early})
    ]


def arms_of(rows: Sequence[Row]) -> list[str]:
    """Return every arm; of human_only nothing is true, and what is said of it is noise."""
    return list(dict.fromkeys(row["arm"] for row in rows))


def thresholds_of(worlds: Iterable[Sequence[Row]]) -> Thresholds:
    """Choose both thresholds: each tells the truth of its conditions best.

    Slopes are those of each replica over the run and over each window that a phase is sought in.

    Raises:
        ValueError: a condition that is always or never true in these worlds.
    """
    told: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    for rows in worlds:
        for arm in arms_of(rows):
            exact, beyond = (true_series(rows, arm, last)[0] for last in (LAST, _end(rows)))
            for measured, _ in measured_by_replica(rows, arm):
                for name, condition in CONDITIONS.items():
                    if condition.role in measured:
                        told[name] += _slopes(name, exact, beyond, measured)
    chosen = [
        best_threshold({name: told[name] for name in told if CONDITIONS[name].is_fast == is_fast}, margin)
        for is_fast, margin in ((False, MARGINS.relevant), (True, MARGINS.fast))
    ]
    return Thresholds(*chosen)


def _slopes(
    name: str, exact: Mapping[str, Series], beyond: Mapping[str, Series], measured: Mapping[str, Series]
) -> Iterator[tuple[float, bool]]:
    """Pair slopes of one replica with whether the exact ones are beyond the margin."""
    condition = CONDITIONS[name]
    pairs = [(beyond[condition.role], measured[condition.role])]
    if not condition.is_of_later_half:
        pairs = list(zip(_cuts(exact[condition.role]), _cuts(measured[condition.role]), strict=True))
    for true, one in pairs:
        is_true = bool(condition_slopes(condition, true)[0] > MARGINS.of(name))
        yield float(condition_slopes(condition, one)[0]), is_true


def best_threshold(told: Mapping[str, Sequence[tuple[float, bool]]], margin: float) -> float:
    """Return the threshold with the greatest balanced accuracy, mean over conditions; of ties, the nearest to margin.

    Tried are .5% to 20% in steps of .5%.

    Raises:
        ValueError: a condition of which all slopes are true, or none.
    """
    candidates = np.arange(1, 41) / 200
    total = np.zeros(len(candidates))
    for name, pairs in told.items():
        steep, true = np.array([slope for slope, _ in pairs]), np.array([is_true for _, is_true in pairs])
        if true.all() or not true.any():
            raise ValueError(f"thresholds: {name!r} is {'always' if true.all() else 'never'} so in {len(true)} cases, "
                             "want both. Add an arm or a world.")  # fmt: skip
        is_said = steep > candidates[:, None]
        total += is_said[:, true].mean(axis=1) + (~is_said)[:, ~true].mean(axis=1)
    best = candidates[np.isclose(total, total.max())]
    return float(best[np.argmin(np.abs(best - margin))])


def _end(rows: Sequence[Row]) -> int:
    return max(int(row["generation"]) for row in rows)


def _cuts(series: Series) -> list[Series]:
    """Return the series, and each window of it that a phase is sought in."""
    measure, generations, values, _ = series
    starts = range(len(generations) - WINDOW + 1)
    return [series, *(Series(measure, generations[i : i + WINDOW], values[:, i : i + WINDOW]) for i in starts)]


def confusion(worlds: Iterable[Sequence[Row]], thresholds: Thresholds = THRESHOLDS) -> Counter[Cell]:
    """Count, for each rule, what is true of an arm and what is said of each of its replicas.

    A rule that the exact figures of a world cannot say anything of has nothing to be counted there.
    """
    cells: Counter[Cell] = Counter()
    for rows in worlds:
        for arm in arms_of(rows):
            truths = [true_series(rows, arm, last) for last in (LAST, _end(rows))]
            measured = measured_by_replica(rows, arm)
            for rule in RULES:
                is_later = any(CONDITIONS[name].is_of_later_half for name in rule.shown)
                exact, unknown = truths[is_later]
                true = judge_rule(rule, exact, ALONE, unknown, MARGINS)
                if true.state == State.NOT_MEASURABLE:
                    continue
                for series, absent in measured:
                    said = judge_rule(rule, series, ALONE, absent, thresholds)
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
    told = [share for rule in RULES if (share := accuracy(cells, rule.name)) is not None]
    if len(told) < LEAST_TOLD:
        return "inconclusive"
    if min(told) >= TOLD_WELL:
        return "reproduced"
    return "contradicted" if sum(told) / len(told) < TOLD_BADLY else "inconclusive"


def confusion_table(cells: Counter[Cell]) -> Table:
    """Put counts of replicas by what is true of the arm and what was said."""
    kinds = ("true, held", "true, not held", "untrue, held", "untrue, not held", "not measurable")
    table = Table("verdict", *kinds, "balanced", box=None)
    for rule in RULES:
        counts = [cells[rule.name, true, state] for true in (True, False) for state in (State.HELD, State.NOT_HELD)]
        unknown = sum(cells[rule.name, true, State.NOT_MEASURABLE] for true in (True, False))
        table.add_row(rule.name, *map(str, (*counts, unknown)), _shown(accuracy(cells, rule.name)))
    return table


def by_world_table(cells: Mapping[str, Counter[Cell]]) -> Table:
    """Put the balanced accuracy in each world; empty where a verdict is always or never true there."""
    table = Table("verdict", *cells, box=None)
    for rule in RULES:
        table.add_row(rule.name, *(_shown(accuracy(each, rule.name)) for each in cells.values()))
    return table


def _shown(share: float | None) -> str:
    return "" if share is None else f"{share:.2f}"


def rows_of(world: World, overrides: Sequence[str]) -> list[dict[str, Any]]:
    """Run a world, or find it in the store; 1 / sum q^2 is told beside the heterozygosity that it is made of."""
    rows = run(f"experiment={world.experiment}", f"name=collapses_{world.name}", *world.overrides, *overrides).rows()
    heterozygosity = "student/known_truth/heterozygosity"
    return [{**row, EFFECTIVE_TYPES: 1 / (1 - row[heterozygosity])} if heterozygosity in row else row for row in rows]


def main(overrides: Sequence[str]) -> None:
    """Run what is not in the store yet, choose thresholds, and print what they tell elsewhere."""
    fixed_on, held_out = ([rows_of(world, overrides) for world in worlds] for worlds in (FIXED_ON, HELD_OUT))
    chosen = thresholds_of(fixed_on)
    table = Table("change a generation", "margin of the truth", "threshold chosen here", "threshold in use", box=None)
    for name, *shares in zip(Thresholds._fields, MARGINS, chosen, THRESHOLDS, strict=True):
        table.add_row(name, *(f"{share:.1%}" for share in shares))
    console = Console(width=130)
    console.print((__doc__ or "").split("\n\n")[1])
    console.print(table)
    for title, worlds in (("Worlds that thresholds were fixed on", fixed_on), ("Worlds held out", held_out)):
        console.print(f"\n{title}: replicas of arms by what is true and what is said")
        console.print(confusion_table(confusion(worlds)))
    console.print("\nBalanced accuracy in each world held out")
    each = {world.name: confusion([rows]) for world, rows in zip(HELD_OUT, held_out, strict=True)}
    console.print(by_world_table(each))
    console.print(f"judgement: {judge(confusion(held_out))}")


if __name__ == "__main__":
    run_module(main)
