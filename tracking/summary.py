"""The text tables of a run: one line per row as it comes, and first against last generation at the end."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tracking.number_text import NOT_MEASURED, number_text
from tracking.rows import Row, arm_of, generation_of, number, unit_of

_HEADER_WIDTH = 11
_SETTINGS_SHOWN = ("start", "adapter")


class Summary(NamedTuple):
    """The final table: the first and the last generation of each arm, averaged over seeds and replicas."""

    header: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]
    missing: tuple[str, ...]
    """Why a cell of the last generation is not measurable."""


@dataclass(frozen=True, slots=True)
class LineLayout:
    """Columns of the lines that are printed while a run goes on."""

    arm_width: int
    settings: tuple[str, ...]
    measures: tuple[str, ...]

    @classmethod
    def of(cls, arms: Iterable[str], row: Row, measures: Sequence[str]) -> "LineLayout":
        """Lay out for these arms; `start` and `adapter` get a column where the first row has them."""
        settings = tuple(name for name in _SETTINGS_SHOWN if name in row)
        return cls(max([len("arm"), *(len(arm) for arm in arms)]), settings, tuple(measures))

    def header(self) -> list[str]:
        """Write the names over the columns, long ones on several lines."""
        names = [header_lines(measure) for measure in self.measures]
        height = max([1, *(len(lines) for lines in names)])
        stacked = [[""] * (height - len(lines)) + lines for lines in names]
        last = self._line("arm", "seed", "gen.", list(self.settings), [lines[-1] for lines in stacked])
        above = [
            self._line("", "", "", [""] * len(self.settings), [lines[level] for lines in stacked])
            for level in range(height - 1)
        ]
        return [*above, last]

    def line(self, row: Row) -> str:
        """Write one row."""
        settings = [str(row.get(name, "")) for name in self.settings]
        values = [cell(row, measure) for measure in self.measures]
        return self._line(arm_of(row), str(unit_of(row).seed), str(generation_of(row)), settings, values)

    def _line(self, arm: str, seed: str, generation: str, settings: list[str], values: list[str]) -> str:
        left = f"{arm:<{self.arm_width}} {seed:>4} {generation:>4}"
        middle = "".join(f"  {setting:<12}" for setting in settings)
        right = [f" {value:>{_width(measure)}}" for measure, value in zip(self.measures, values, strict=True)]
        return (left + middle + "".join(right)).rstrip()


def header_lines(measure: str) -> list[str]:
    """Break a measure's name at slashes and underscores into lines that fit a column."""
    lines: list[str] = []
    for part in measure.split("/"):
        line = ""
        for word in part.replace("_", "_ ").split():
            if line and len(line) + len(word) > _HEADER_WIDTH:
                lines.append(line)
                line = ""
            line += word
        lines.append(line)
    return lines


def cell(row: Row, measure: str) -> str:
    """Write a value; blank where the row does not have the measure at all."""
    return number_text(number(row, measure)) if measure in row else ""


def summarise(rows: Sequence[Row], arms: Sequence[str], headline: Sequence[str]) -> Summary:
    """Put the first generation beside the last, one line per arm, and the human value on top."""
    measures = [name for name in headline if any(name in row for row in rows)]
    header = ("arm", *("\n".join(header_lines(measure)) for measure in measures))
    human = tuple(_mean_text(rows, f"{measure}/human") for measure in measures)
    lines = [("human", *human)] if any(human) else []
    missing: list[str] = []
    for arm in arms:
        own = [row for row in rows if arm_of(row) == arm]
        if not own:
            continue
        first = [row for row in own if generation_of(row) == min(map(generation_of, own))]
        last = [row for row in own if generation_of(row) == max(map(generation_of, own))]
        lines.append((arm, *(_change_text(first, last, measure) for measure in measures)))
        missing += _reasons(last, measures)
    return Summary(header, tuple(lines), tuple(dict.fromkeys(missing)))


def _change_text(first: Sequence[Row], last: Sequence[Row], measure: str) -> str:
    before, after = _mean_text(first, measure), _mean_text(last, measure)
    return before if first == last or not after else f"{before} -> {after}"


def _mean_text(rows: Sequence[Row], measure: str) -> str:
    having = [row for row in rows if measure in row]
    if not having:
        return ""
    values = [value for row in having if (value := number(row, measure)) is not None]
    return number_text(sum(values) / len(values)) if values else NOT_MEASURED


def _reasons(rows: Sequence[Row], measures: Sequence[str]) -> list[str]:
    return [
        f"{arm_of(row)}, generation {generation_of(row)}, {name}: {row.get(f'{name}/why', 'no reason')}"
        for row in rows
        for name in measures
        if name in row and row[name] is None
    ]


def _width(measure: str) -> int:
    return max(_HEADER_WIDTH, *map(len, header_lines(measure)))
