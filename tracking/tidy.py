"""History rows in long form: one line for each value, as pandas, R and DuckDB read them."""

from collections.abc import Iterable
from typing import NamedTuple

import pyarrow as pa

from tracking.rows import Row, arm_of, generation_of, is_companion, number, unit_of

SCHEMA = pa.schema(
    [
        ("run", pa.string()),
        ("arm", pa.string()),
        ("seed", pa.int64()),
        ("replica", pa.int64()),
        ("generation", pa.int64()),
        ("split", pa.string()),
        ("measure", pa.string()),
        ("value", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("human", pa.float64()),
        ("why", pa.string()),
    ]
)
"""`low` and `high`: the interval within the run; `human`: the same measure of human text; `why`: why `value` is null;
`split`: the human text behind it, reference or auditor; `replica`: null where a run is one world."""


class Source(NamedTuple):
    """Rows of one run, and what they were measured on."""

    run: str
    """Where it lies."""
    split: str
    """Either "reference" or "auditor"."""
    rows: Iterable[Row]


def tidy(sources: Iterable[Source]) -> pa.Table:
    """Return every measure of every row as a line of its own, in the order of the rows."""
    columns: dict[str, list[object]] = {name: [] for name in SCHEMA.names}
    for source in sources:
        for row in source.rows:
            names = [name for name in row if "/" in name and not is_companion(name, row)]
            for name in names:
                line = (
                    source.run,
                    arm_of(row),
                    unit_of(row).seed,
                    unit_of(row).replica if "replica" in row else None,
                    generation_of(row),
                    source.split,
                    name,
                    *(number(row, place) for place in (name, f"{name}/low", f"{name}/high", f"{name}/human")),
                    row.get(f"{name}/why"),
                )
                for column, value in zip(columns.values(), line, strict=True):
                    column.append(value)
    return pa.table(columns, schema=SCHEMA)
