"""Sections about the run itself: what could not be measured, where the time went, settings and versions."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tracking.number_text import number_text, seconds_text
from tracking.report.context import Context
from tracking.report.curves import CurveBook
from tracking.report.data import StageTime
from tracking.report.parts import Section, Table

_MANY_ROWS = 16


def not_measurable(context: Context) -> Section | None:
    """Every null of the history with its reason."""
    missing = [*context.book.missing, *context.auditor.missing]
    if not missing:
        return None
    rows = [
        [item.arm, context.label(item.measure).title, item.reason, str(item.generation), str(item.n_units)]
        for item in missing
    ]
    header = ["arm", "measure", "reason", "generation", "seeds or replicas"]
    table = Table("Cells without a value", header, rows, 3, is_folded=len(rows) > _MANY_ROWS)
    lead = "A null is a finding too: late collapse can leave too little text to measure."
    return Section("not_measurable", "What could not be measured", [lead], tables=[table])


def stages(context: Context) -> Section | None:
    """Where the time went, by stage, and how much of it several arms or seeds shared."""
    done = context.data.stages
    if not done:
        return None
    names = list(dict.fromkeys(stage.name for stage in done))
    rows = [_stage_row(name, [stage for stage in done if stage.name == name]) for name in names]
    rows.sort(key=lambda row: row[0])
    total = sum(stage.seconds for stage in done if not stage.is_shared)
    n_shared = sum(stage.is_shared for stage in done)
    lead = (
        f"{len(done) - n_shared:,} stages took {seconds_text(total)} of work when they were computed; "
        f"{n_shared:,} times one of them served another arm or seed as well."
    )
    header = ["stage", "distinct", "shared", "time", "longest", "longest in"]
    table = Table("Time by stage", header, [list(row[1:]) for row in rows], ends_in_text=True)
    return Section("stages", "Where the time went", [lead], tables=[table])


def provenance(context: Context) -> Section | None:
    """All values, settings per arm, versions and digests: folded, for whoever checks."""
    data = context.data
    tables = [_values_table(context, context.book)] if context.book.names else []
    flat = _flat(data.provenance)
    if flat:
        tables.append(Table("Provenance", ["key", "value"], flat, 2, is_folded=True))
    listings = [(f"Settings of {arm}", text) for arm, text in data.settings.items()]
    if not tables and not listings:
        return None
    return Section("provenance", "Every value, setting and version", tables=tables, listings=listings)


def _stage_row(name: str, own: Sequence[StageTime]) -> tuple[float, str, str, str, str, str, str]:
    distinct = [stage for stage in own if not stage.is_shared]
    seconds = sum(stage.seconds for stage in distinct)
    cells = (name, str(len(distinct)), str(len(own) - len(distinct)))
    if not distinct:
        return 0.0, *cells, "", "", ""
    longest = max(distinct, key=lambda stage: stage.seconds)
    where = f"{longest.arm}, seed {longest.seed}, generation {longest.generation}"
    return -seconds, *cells, seconds_text(seconds), seconds_text(longest.seconds), where


def _values_table(context: Context, book: CurveBook) -> Table:
    generations = book.generations()
    rows = []
    for name in book.names:
        for curve in book.of(name):
            asked = dict(zip(curve.generations, curve.n_asked, strict=True))
            cells = [number_text(curve.at(g)) if asked.get(g, 0) else "" for g in generations]
            rows.append([name, curve.arm, *cells])
    header = ["measure", "arm", *map(str, generations)]
    return Table("Every value, by generation (means over seeds or replicas)", header, rows, 2, is_folded=True)


def _flat(values: Mapping[str, Any], prefix: str = "") -> list[list[str]]:
    rows = []
    for key, value in values.items():
        if isinstance(value, Mapping):
            rows += _flat(value, f"{prefix}{key}.")
        else:
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
            rows.append([f"{prefix}{key}", text])
    return rows
