"""Named collapses and phases: for each arm what is held, and on what evidence."""

from collections.abc import Sequence

from tracking.report.context import Context
from tracking.report.data import Collapse, SlopeEvidence
from tracking.report.parts import Section, Table

_LEAD = (
    "Collapse has many meanings that exclude one another, so each has a verdict of its own. A verdict compares slopes "
    "over generations with two thresholds, a relevant change and a fast one, that were fixed on worlds of known truth; "
    "a phase is sought in every four generations. Where a slope has an interval, the whole of it must lie on its side "
    "of the threshold; with too few seeds for one it must clear it by one standard error, the noise that its control "
    "shows over generations. Slopes are shares, so that one threshold holds for all: losses in what student 0 knew "
    "beyond token frequencies (in worlds, beyond the uniform or one Gaussian), missing and false mass in the tail "
    "quarter of human mass, numbers of n-grams in themselves."
)


def collapses(context: Context) -> Section | None:
    """One table per arm: verdict, state, evidence."""
    found = context.data.collapses
    arms = list(dict.fromkeys(collapse.arm for collapse in found))
    if not arms:
        return None
    tables = [_table(context, arm, [one for one in found if one.arm == arm]) for arm in arms]
    return Section("collapses", "Verdicts: which collapse, which phase", [_LEAD, *_held(found)], tables=tables)


def _held(found: Sequence[Collapse]) -> list[str]:
    """Say in one sentence for each arm what is held."""
    sentences = []
    for arm in dict.fromkeys(one.arm for one in found):
        held = [one for one in found if one.arm == arm and one.state == "held"]
        caution = next((f" ({one.caution})" for one in held if one.caution), "")
        sentences.append(f"{arm}: {', '.join(one.name for one in held) or 'nothing is held'}{caution}.")
    return sentences


def _table(context: Context, arm: str, own: Sequence[Collapse]) -> Table:
    rows = [[one.name, _state(one), _evidence(context, one)] for one in own]
    caption = f"Slopes per generation, relative to {own[0].control}."
    return Table(f"{arm}", ["verdict", "state", "evidence"], rows, 3, caption=caption)


def _state(one: Collapse) -> str:
    spans = ", ".join(f"{first} to {last}" for first, last in one.held_in)
    within = f" in generations {spans}" if spans and one.is_phase else ""
    return f"{one.state}{within}{f' ({one.caution})' if one.caution else ''}"


def _evidence(context: Context, one: Collapse) -> str:
    told = [_slope(context, slope) for slope in one.evidence]
    return "; ".join([*told, *([one.reason] if one.reason else [])])


def _slope(context: Context, slope: SlopeEvidence) -> str:
    interval = "" if slope.noise is None else f" (noise {slope.noise:.1%})"
    if slope.low is not None and slope.high is not None:
        interval = f" [{slope.low:+.1%}, {slope.high:+.1%}]"
    first, last = slope.generations
    sign = "for" if slope.is_met else "against"
    return (
        f"{sign}: {context.label(slope.measure).title} {slope.slope:+.1%}{interval}, threshold "
        f"{slope.threshold:+.0%}, generations {first} to {last}"
    )
