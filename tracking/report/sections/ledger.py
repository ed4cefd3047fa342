"""What each filter dropped, and why."""

from collections.abc import Sequence

from tracking.number_text import number_text, signed_text
from tracking.report.comparisons import Drops, drops
from tracking.report.context import Context
from tracking.report.palette import REASON_COLOURS
from tracking.report.panels import Panel, bars_panel
from tracking.report.parts import Figure, Mark, Section, Table

_MANY_ROWS = 24


def filters(context: Context) -> Section | None:
    """Stacked bars per arm, and every count in a table."""
    dropped = [drop for drop in drops(context.data) if drop.n_texts]
    if not dropped:
        return None
    reasons = list(dict.fromkeys(_reason(drop) for drop in dropped))
    in_percent = all(drop.share is not None for drop in dropped)
    panels = [
        _arm_panel(arm, [drop for drop in dropped if drop.arm == arm], reasons, in_percent=in_percent)
        for arm in dict.fromkeys(drop.arm for drop in dropped)
    ]
    marks = [Mark(reason, REASON_COLOURS[place % len(REASON_COLOURS)], "block") for place, reason in enumerate(reasons)]
    figure = Figure("filters", "Texts that each filter dropped, by generation", panels, marks)
    lead = (
        "Each filter judges what the one before it left. What was dropped is kept in the store, with its reason: "
        "a filter can hide that a student has narrowed, and can eat a tail of its own."
    )
    tables = [_table(dropped), *([_cost_table(context)] if context.data.filter_costs else [])]
    return Section("filters", "What the filters dropped, and why", [lead, *_costs(context)], [figure], tables)


def _arm_panel(arm: str, dropped: Sequence[Drops], reasons: Sequence[str], *, in_percent: bool) -> Panel:
    generations = list(range(min(d.generation for d in dropped), max(d.generation for d in dropped) + 1))
    parts = {reason: [0.0] * len(generations) for reason in reasons}
    for drop in dropped:
        height = 100 * drop.share if in_percent and drop.share is not None else float(drop.n_texts)
        parts[_reason(drop)][drop.generation - generations[0]] += height
    unit = "% of drawn texts" if in_percent else "texts"
    return bars_panel(f"filters/{arm}", arm, unit, generations, parts)


def _table(dropped: Sequence[Drops]) -> Table:
    rows = [
        [
            drop.arm,
            drop.filter,
            drop.reason,
            str(drop.generation),
            number_text(drop.n_texts),
            number_text(drop.n_tokens),
            "" if drop.share is None else f"{100 * drop.share:.1f}%",
        ]
        for drop in dropped
    ]
    header = ["arm", "filter", "reason", "generation", "texts", "tokens", "of drawn"]
    return Table("Every drop", header, rows, 3, is_folded=len(rows) > _MANY_ROWS)


def _costs(context: Context) -> list[str]:
    """Say which filters moved a measure beyond chance, averaged over generations, the largest move first."""
    moved: dict[tuple[str, str, str], list[float]] = {}
    for cost in context.data.filter_costs:
        if cost.statement == "beyond chance":
            moved.setdefault((cost.arm, cost.filter, cost.measure), []).append(cost.kept - cost.random)
    if not context.data.filter_costs:
        return []
    if not moved:
        return ["No filter moved a measure beyond what dropping as many texts at random would."]
    found = [
        f"{name} moved {context.label(f'kept/{measure}').title} in {arm} by {signed_text(sum(by) / len(by))} against a "
        f"random subset, in {len(by)} generation{'s' * (len(by) > 1)}"
        for (arm, name, measure), by in moved.items()
    ]
    return [f"{'; '.join(found)}."]


def _cost_table(context: Context) -> Table:
    rows = [
        [
            cost.arm,
            cost.filter,
            context.label(f"kept/{cost.measure}").title,
            str(cost.generation),
            number_text(cost.kept),
            number_text(cost.random),
            signed_text(cost.kept - cost.random),
            str(cost.n_seeds),
            cost.statement,
        ]
        for cost in context.data.filter_costs
    ]
    header = ["arm", "filter", "measure", "generation", "kept", "random", "difference", "seeds", "what may be said"]
    caption = (
        "What each filter kept against random subsets of as many texts of what went in, on equally many words; at most "
        "5% of what is called beyond chance is expected to be so by chance."
    )
    return Table("What each filter cost", header, rows, 3, True, caption, is_folded=len(rows) > _MANY_ROWS)


def _reason(drop: Drops) -> str:
    return f"{drop.filter}: {drop.reason}"
