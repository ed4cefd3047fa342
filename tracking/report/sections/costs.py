"""What each arm cost: tokens, human text, seconds; and what it reached for that."""

import numpy as np

from tracking.number_text import number_text, seconds_text
from tracking.report.context import Context
from tracking.report.data import ArmCost
from tracking.report.panels import Price, layout_of, price_panel
from tracking.report.parts import Figure, Section, Table

RULE = (
    "A stage that several runs used is counted once and its seconds are split evenly between them (their Shapley "
    "value), so that the seconds of all runs add up to the work that was done. Alone: all stages of the arm, as if "
    "nothing were shared. Seconds are those of the machine that computed a stage, whenever that was. Tokens are what a "
    "run draws and trains on, whether or not another shares them; human tokens count each human text in its corpora "
    "once, however many generations read it."
)


def costs(context: Context) -> Section | None:
    """One row per arm, and the headline measures over human tokens where arms differ in those."""
    found = context.data.costs
    if not found:
        return None
    total = sum(cost.n_runs * cost.seconds for cost in found)
    apart = sum(cost.n_runs * cost.seconds_alone for cost in found)
    n_runs = sum(cost.n_runs for cost in found)
    lead = (
        f"{n_runs} run{'s' * (n_runs > 1)} took {seconds_text(total)} of work; with nothing shared they would have "
        f"taken {seconds_text(apart)}."
    )
    figure = _price_figure(context)
    return Section("costs", "What each arm cost", [lead], [figure] if figure else [], [_table(context)])


def _table(context: Context) -> Table:
    header = [
        "arm",
        "runs",
        "tokens drawn",
        "tokens trained on",
        "human tokens",
        "time",
        "drawing",
        "training",
        "alone",
    ]
    return Table("Cost of one run, means over seeds", header, list(map(_row, context.data.costs)), caption=RULE)


def _row(cost: ArmCost) -> list[str]:
    tokens = (cost.drawn_tokens, cost.trained_tokens, cost.human_tokens)
    seconds = (cost.seconds, cost.drawing_seconds, cost.training_seconds, cost.seconds_alone)
    return [
        cost.arm,
        str(cost.n_runs),
        *(number_text(None if count is None else round(count)) for count in tokens),
        *map(seconds_text, seconds),
    ]


def _price_figure(context: Context) -> Figure | None:
    """Show what human text bought; nothing where all arms read as much of it."""
    human = {cost.arm: cost.human_tokens for cost in context.data.costs if cost.human_tokens is not None}
    if len(set(human.values())) < 2:
        return None
    names = [name for name in context.data.headline if len(context.book.of(name)) > 1]
    layout, width = layout_of(len(names))
    panels = []
    for name in names:
        prices = []
        for curve in context.book.of(name):
            measured = np.flatnonzero(np.isfinite(curve.mean))
            if curve.arm in human and len(measured):
                last = measured[-1]
                ends = (float(array[last]) for array in (curve.mean, curve.low, curve.high))
                prices.append(Price(curve.arm, human[curve.arm], *ends))
        if prices:
            label = context.label(name)
            panels.append(price_panel(f"price/{name}", label, "human tokens", prices, context.styles, width))
    if not panels:
        return None
    return Figure(
        "price",
        "The last student of each arm, over the human text that its corpora held",
        panels,
        context.arm_marks(human),
        caption="Bars are the bands of the curves in the last generation.",
        layout=layout,
    )
