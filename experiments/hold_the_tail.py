"""What does a controller save that gives each generation the human text its tail asks for?

Claim: `controller=tail_setpoint` keeps the tail with fewer tokens of human text than the best constant share and than
the best schedule of two shares, at equal tail coverage: over the whole run, and in its last half, the steady state.
Human text that the controller reads counts. Here: worlds of types with a Zipf law, refilled from their own draws and
fresh human ones. The controller reads the mass of a small reference sample that a student's draws miss; coverage is
that of the tail quarter of true mass, scored on the truth: an auditor without noise, which no component is given.

Every world is run under the controller and under each schedule of a grid, with the same human draws in the same order.
In each half of the worlds the cheapest schedule is sought whose mean coverage in the window is the controller's there,
with linear interpolation between schedules that were run (which understates their coverage, a concave curve). It is
scored in the other half, where a difference in coverage that is left is paid at the price of coverage in the first.
Each window stands alone: a schedule may buy before the last half what the last half lives on.

Rule, set value, gains and grid were fixed on data seed 1: five constant shares in 50 worlds, the controller in 20.

    python -m experiments.hold_the_tail [key=value ...]      prints tables and judgement
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from rich.console import Console
from rich.table import Table
from scipy.interpolate import RegularGridInterpolator  # type: ignore[import-untyped, unused-ignore]

from experiments.claims import Claim, findings, judge
from experiments.claims import table as claims_table
from experiments.command import run_module
from loops.config import compose
from loops.differences import measured_series
from loops.plan import override_lines, plan
from loops.replicas import replica_numbers
from loops.run import run

Row = Mapping[str, Any]
EXPERIMENT = "hold_the_tail"
HELD, CONSTANT, TWO_SHARES = "held", "constant", "two_shares"
COVERAGE, READ, SHARE = "student/exact_support_coverage/tail", "human/tokens_read", "controller/human_share"
CONSTANTS = (0.05, 0.1, 0.125, 0.15, 0.2, 0.3)
FIRST = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3)
LAST = (0.05, 0.1, 0.125, 0.15, 0.2)
SWITCHES = (4, 11)
"""Generations from which on the second share holds."""
POINTS = 61
"""Shares along an axis of the grid for which figures are interpolated."""
COVERAGE_STEP = 0.01
"""Coverage on either side of the controller's between which the price of coverage is taken."""
WHOLE, STEADY, CORPORA = "tokens/whole", "tokens/steady", "tokens/corpora"
"""Human tokens of the whole run with all that was read, of its last half, and of generations from 1 on in corpora."""
TITLES = {WHOLE: "whole run", STEADY: "last half", CORPORA: "whole run, corpora alone"}


def _claims(measure: str, text: str) -> tuple[Claim, ...]:
    return tuple(Claim(text, HELD, rival, {measure: 1}, "below") for rival in (CONSTANT, TWO_SHARES))


CLAIMS = (*_claims(WHOLE, "the whole run takes fewer tokens"), *_claims(STEADY, "its last half takes fewer"))
BESIDE = _claims(CORPORA, "the whole run would, were reading free")
"""Shown beside the claims; the rule does not rest on them."""


class Schedule(NamedTuple):
    """A human share that changes once; equal shares never change."""

    first: float
    last: float
    switch: int
    """The generation from which on the last share holds."""

    @property
    def arm(self) -> str:
        """The name of its arm, with shares in thousandths."""
        first, last = round(1000 * self.first), round(1000 * self.last)
        return f"{CONSTANT}_{first}" if first == last else f"from_{first}_to_{last}_in_{self.switch}"

    @property
    def overrides(self) -> list[str]:
        """What the arm sets."""
        step = ["mixer.schedule=step", f"mixer.last_human_share={self.last}", f"mixer.last_generation={self.switch}"]
        return [f"mixer.human_share={self.first}", *(step if self.first != self.last else [])]

    def __str__(self) -> str:
        constant = f"{self.last:.3f}"
        return constant if self.first == self.last else f"{self.first:.3f}, from {self.switch} on {constant}"


class Spending(NamedTuple):
    """What policies spend in a window and the tail coverage they keep, in each world."""

    tokens: np.ndarray  # (..., worlds)
    coverage: np.ndarray  # (..., worlds), mean over the generations of the window


class Family(NamedTuple):
    """Schedules among which the best is sought."""

    schedules: Sequence[Schedule]
    spending: Spending  # (schedules, worlds)

    def cheapest(self, coverage: float, worlds: np.ndarray) -> int:
        """Return the place of the schedule of least mean tokens whose mean coverage in these worlds is enough.

        Raises:
            ValueError: none reaches it.
        """
        tokens, reached = (values[:, worlds].mean(axis=1) for values in self.spending)
        if reached.max() < coverage:
            raise ValueError(
                f"cheapest: want a tail coverage of {coverage:.3f}, the schedules reach {reached.max():.3f} at most. "
                "Add greater shares to the grid."
            )
        return int(np.argmin(np.where(reached >= coverage, tokens, np.inf)))

    def price(self, coverage: float, worlds: np.ndarray) -> float:
        """Return the tokens that a unit of coverage more costs among the cheapest schedules around this coverage.

        Raises:
            ValueError: they do not lie on both sides of it.
        """
        less, more = (self.cheapest(coverage + step, worlds) for step in (-COVERAGE_STEP, COVERAGE_STEP))
        if less == more:
            raise ValueError(
                f"price: want cheapest schedules on both sides of a tail coverage of {coverage:.3f}, got one alone: "
                f"{self.schedules[less]}. Add shares to the grid."
            )
        tokens, reached = (values[:, worlds].mean(axis=1) for values in self.spending)
        return float((tokens[more] - tokens[less]) / (reached[more] - reached[less]))


class Rival(NamedTuple):
    """The best of a family at the controller's coverage."""

    tokens: np.ndarray  # (worlds,)
    chosen: Sequence[Schedule]
    """What was chosen in each half of the worlds."""


class Compared(NamedTuple):
    """The controller and its rivals in one window."""

    held: Spending
    rivals: Mapping[str, Rival]
    """By the name of their family."""


def rival(held: Spending, family: Family) -> Rival:
    """Return what the best schedule takes in each world for the controller's coverage, chosen in the other worlds."""
    tokens, chosen = np.zeros(len(held.tokens)), []
    half = np.arange(len(tokens)) % 2
    for scored in (0, 1):
        others, mine = np.flatnonzero(half != scored), np.flatnonzero(half == scored)
        wanted = float(held.coverage[others].mean())
        best, price = family.cheapest(wanted, others), family.price(wanted, others)
        short = held.coverage[mine] - family.spending.coverage[best, mine]
        tokens[mine] = family.spending.tokens[best, mine] + price * short
        chosen.append(family.schedules[best])
    return Rival(tokens, chosen)


def spending(measure: str, read: np.ndarray, coverage: np.ndarray) -> Spending:
    """Return what lies in the window of a measure; `read` and `coverage` are (..., worlds, generations from 0 on)."""
    middle = (read.shape[-1] - 1) // 2
    start = middle if measure == STEADY else 0
    before = 0.0 if measure == WHOLE else read[..., start]
    return Spending(read[..., -1] - before, coverage[..., start + 1 :].mean(axis=-1))


def schedules() -> list[Schedule]:
    """Return the grid, constant shares first and each arm once."""
    constant = [Schedule(share, share, 1) for share in CONSTANTS]
    steps = [schedule for switch in SWITCHES for schedule in _steps(switch)]
    return list({schedule.arm: schedule for schedule in (*constant, *steps)}.values())


def compared(rows: Sequence[Row]) -> dict[str, Compared]:
    """Compare the controller with the best of each family, by measure of what is spent."""
    series = measured_series(rows, [READ, COVERAGE])
    worlds = sorted(series[HELD, COVERAGE])
    by_arm = {
        arm: [
            np.array([list(series[arm, measure][world].values()) for world in worlds]) for measure in (READ, COVERAGE)
        ]
        for arm in (HELD, *(schedule.arm for schedule in schedules()))
    }
    found = {}
    for measure in TITLES:
        spent = {arm: spending(measure, read, coverage) for arm, (read, coverage) in by_arm.items()}
        constant = _between([CONSTANTS], [Schedule(share, share, 1) for share in CONSTANTS], spent)
        steps = [_between([FIRST, LAST], _steps(switch), spent) for switch in SWITCHES]
        families = {CONSTANT: constant, TWO_SHARES: _together([constant, *steps])}
        found[measure] = Compared(spent[HELD], {name: rival(spent[HELD], one) for name, one in families.items()})
    return found


def _steps(switch: int) -> list[Schedule]:
    return [Schedule(first, last, switch) for first in FIRST for last in LAST]


def _between(axes: Sequence[Sequence[float]], grid: Sequence[Schedule], spent: Mapping[str, Spending]) -> Family:
    """Interpolate linearly between the schedules of a grid, whose first axis varies slowest."""
    shape = [len(axis) for axis in axes]
    values = np.array([np.stack(spent[schedule.arm], axis=-1) for schedule in grid])  # (schedules, worlds, 2)
    fine = np.meshgrid(*(np.linspace(axis[0], axis[-1], POINTS) for axis in axes), indexing="ij")
    points = np.stack([axis.ravel() for axis in fine], axis=-1)  # (points, axes)
    tokens, coverage = np.moveaxis(
        RegularGridInterpolator(axes, values.reshape(*shape, *values.shape[1:]))(points), -1, 0
    )
    made = [Schedule(float(point[0]), float(point[-1]), grid[0].switch) for point in points]
    return Family(made, Spending(tokens, coverage))


def _together(families: Sequence[Family]) -> Family:
    tokens, coverage = (np.concatenate(each) for each in zip(*(one.spending for one in families), strict=True))
    return Family([schedule for one in families for schedule in one.schedules], Spending(tokens, coverage))


def judged(found: Mapping[str, Compared], generation: int = 0) -> list[dict[str, Any]]:
    """Return rows that claims can be held against: tokens at the controller's coverage, by policy and world."""
    by_policy = {
        HELD: {measure: one.held.tokens for measure, one in found.items()},
        **{
            name: {measure: one.rivals[name].tokens for measure, one in found.items()}
            for name in (CONSTANT, TWO_SHARES)
        },
    }
    return [
        {"arm": policy, "seed": 0, "replica": world, "generation": generation}
        | {measure: float(values[world]) for measure, values in tokens.items()}
        for policy, tokens in by_policy.items()
        for world in range(len(tokens[WHOLE]))
    ]


def table(found: Mapping[str, Compared]) -> Table:
    """Show mean tokens of the controller and of its rivals, and which schedules these are."""
    made = Table("human tokens at equal coverage", "coverage", HELD, CONSTANT, "share", TWO_SHARES, "shares", box=None)
    for measure, (held, rivals) in found.items():
        cells = [f"{held.coverage.mean():.3f}", f"{held.tokens.mean():.0f}"]
        for name in (CONSTANT, TWO_SHARES):
            cells += [f"{rivals[name].tokens.mean():.0f}", "; ".join(map(str, rivals[name].chosen))]
        made.add_row(TITLES[measure], *cells)
    return made


def decisions(rows: Sequence[Row]) -> Iterator[str]:
    """Say what the controller decided in the first world, and why."""
    first = min(row["replica"] for row in rows if row["arm"] == HELD)
    for row in rows:
        if row["arm"] == HELD and row["replica"] == first:
            yield f"  {row['generation']:2d}  {row[SHARE]:.3f}  {row[f'{SHARE}/why']}"


def measured(overrides: Sequence[str], console: Console) -> list[Row]:
    """Run every world under the controller alone, and all worlds side by side under each schedule."""
    world = plan([f"experiment={EXPERIMENT}", *overrides, f"arm={CONSTANT}"])[0]
    lines = list(override_lines(compose([f"experiment={EXPERIMENT}"])["arms"][HELD]))
    arms = {schedule.arm: schedule.overrides for schedule in schedules()}
    for number in replica_numbers(world.config["source"]["replicas"]).tolist():
        arms[f"{HELD}_{number}"] = [*lines, f"source.replicas=[{number}]"]
    console.print(f"{len(arms)} runs: {len(schedules())} schedules, and the controller in each world", highlight=False)
    rows: list[Row] = []
    for name, settings in arms.items():  # a plan each: one of all would read all of their overrides for every run
        added = f"+arms.{name}={json.dumps(settings)}", f"arm={name}"
        rows += run(f"experiment={EXPERIMENT}", *overrides, *added).rows()
    return [{**row, "arm": HELD} if row["arm"].startswith(HELD) else row for row in rows]


def main(overrides: Sequence[str]) -> None:
    """Run what is not in the store yet, then print."""
    console = Console(width=170)
    console.print((__doc__ or "").split("\n\n")[1])
    rows = measured(overrides, console)
    found = compared(rows)
    console.print(table(found))
    tokens = judged(found, max(row["generation"] for row in rows))
    held_against = findings(tokens, CLAIMS)
    console.print(claims_table([*held_against, *findings(tokens, BESIDE)]))
    console.print("what was decided in the first world: generation, share of the next corpus, reason")
    console.print("\n".join(decisions(rows)), highlight=False)
    console.print(f"judgement: {judge(held_against)}")


if __name__ == "__main__":
    run_module(main)
