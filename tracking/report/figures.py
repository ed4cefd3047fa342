"""The report's figures as plain data, for those who draw their own."""

import math
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from tracking.report.comparisons import drops, head_tail_pairs, sharpening
from tracking.report.context import Context
from tracking.report.curves import Curve, CurveBook
from tracking.report.data import ReportData


def figures_json(data: ReportData) -> dict[str, Any]:
    """Return what the report draws: curves with their bands, differences, drops; null where nothing is."""
    context = Context.of(data)
    return {
        "title": data.title,
        "command": data.command,
        "arms": [asdict(arm) for arm in data.arms],
        "controls": list(data.controls),
        "headlines": list(data.headlines),
        "alarms": list(data.alarms),
        "curves": _curves(context, context.book),
        "auditor": _curves(context, context.auditor),
        "head_tail": [pair._asdict() for pair in head_tail_pairs(context.book.names)],
        "differences": [asdict(difference) for difference in data.differences],
        "collapses": [asdict(collapse) for collapse in data.collapses],
        "sharpening": [
            {
                "measure": item.measure,
                "arm": item.arm,
                "sampled_from_student_0": item.sampled,
                "drawn": _finite(item.drawn),
                "sharpening": _finite([item.sharpening])[0],
                "recursion": _finite([item.recursion])[0],
            }
            for item in sharpening(context.book)
        ],
        "buckets": [asdict(size) for size in data.buckets],
        "drops": [drop._asdict() for drop in drops(data)],
        "filter_costs": [asdict(cost) for cost in data.filter_costs],
        "theory": [
            {**asdict(law), "generations": list(law.generations), "values": _finite(law.values)} for law in data.theory
        ],
        "not_measurable": [item._asdict() for item in (*context.book.missing, *context.auditor.missing)],
        "stages": [asdict(stage) for stage in data.stages],
    }


def _curves(context: Context, book: CurveBook) -> list[dict[str, Any]]:
    return [_curve(context, curve) for name in book.names for curve in book.of(name)]


def _curve(context: Context, curve: Curve) -> dict[str, Any]:
    label = context.label(curve.measure)
    return {
        "measure": curve.measure,
        "title": label.title,
        "unit": label.unit,
        "arm": curve.arm,
        "generations": list(curve.generations),
        "mean": _finite(curve.mean),
        "low": _finite(curve.low),
        "high": _finite(curve.high),
        "human": _finite(curve.human),
        "n": [int(n) for n in curve.n_units],
        "band": str(curve.band),
    }


def _finite(values: Iterable[float]) -> list[float | None]:
    return [float(value) if math.isfinite(value) else None for value in values]
