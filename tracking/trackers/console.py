"""The screen: progress bars over generations and stages, each row as it comes, and a table at the end."""

import sys
import time
from dataclasses import dataclass, field
from typing import TypeAlias

from rich import box
from rich.console import Console as RichConsole
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from tracking.events import Event
from tracking.number_text import NOT_MEASURED, seconds_text
from tracking.rows import ReplicaGroups, Row, arm_of, generation_of, unit_of
from tracking.summary import LineLayout, summarise
from tracking.tracker import OpenTracker, TrackerContext

Run: TypeAlias = tuple[str, int]
"""An arm and a seed."""

_PLAIN_WIDTH = 120  # where the output is no terminal and has no width of its own


@dataclass(frozen=True, slots=True)
class Console:
    """Shows a run on the screen; on something that is no terminal, as plain lines without control codes."""

    lines_per_run: int
    """Print at most this many rows of one run, evenly spread, the first and the last always."""
    seconds_between_lines: float
    """Without a terminal there are no bars: print one line of progress per run at most this often."""

    def open(self, context: TrackerContext) -> OpenTracker:
        """Begin to show; nothing is drawn before the first event."""
        is_terminal = sys.stdout.isatty()
        # Decided here, since FORCE_COLOR in the environment would put control codes into a file.
        screen = RichConsole(force_terminal=is_terminal, width=None if is_terminal else _PLAIN_WIDTH)
        return _OpenConsole(self, context, screen, _bars(screen, context))


def _bars(screen: RichConsole, context: TrackerContext) -> Progress | None:
    if not screen.is_terminal or screen.is_dumb_terminal:
        return None
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[unit]}"),
    )
    bars = Progress(*columns, TimeElapsedColumn(), console=screen, transient=True)
    bars.add_task(context.name, total=len(context.runs) * (context.generations + 1), unit="generations")
    return bars


@dataclass(slots=True)
class _Tally:
    """What a run has done so far."""

    computed: int = 0
    found: int = 0
    seconds: float = 0.0


@dataclass(slots=True)
class _OpenConsole:
    settings: Console
    context: TrackerContext
    screen: RichConsole
    bars: Progress | None
    groups: ReplicaGroups = field(default_factory=ReplicaGroups)
    replicas: set[int] = field(default_factory=set)
    shown: list[Row] = field(default_factory=list)
    """One row per run and generation."""
    layout: LineLayout | None = None
    tasks: dict[Run, TaskID] = field(default_factory=dict)
    tallies: dict[Run, _Tally] = field(default_factory=dict)
    said_at: dict[Run, float] = field(default_factory=dict)
    finished: set[Run] = field(default_factory=set)
    is_summed_up: bool = False

    def event(self, event: Event) -> None:
        """Show one event."""
        if self.bars is not None and not self.bars.live.is_started:
            self.bars.start()
        match event["kind"]:
            case "row":
                self._take_row(event["row"])
            case "stage_started" | "progress":
                self._show_progress(event)
            case "stage_done":
                self._count_stage(event)
            case "run_done":
                self._end_run(event)
            case "warning":
                self._say(f"warning: {event['message']}", style="yellow")
            case "log":
                self._say(event["message"])
            case "run_started":
                self.tallies[_run(event)] = _Tally()

    def close(self) -> None:
        """Print the table, unless the last run's end has printed it already."""
        self._sum_up()
        if self.bars is not None:
            self.bars.stop()

    def _take_row(self, row: Row) -> None:
        self.replicas.add(unit_of(row).replica)
        for complete in self.groups.add(row):
            self._show_row(complete)

    def _show_row(self, row: Row) -> None:
        self.shown.append(row)
        if self.bars is not None:
            self.bars.advance(self.bars.task_ids[0])
        if not self._is_printed(generation_of(row)):
            return
        if self.layout is None:
            self.layout = LineLayout.of([run.arm for run in self.context.runs], row, self.context.headline)
            for line in self.layout.header():
                self._say(line, style="bold")
        self._say(self.layout.line(row))

    def _is_printed(self, generation: int) -> bool:
        last = self.context.generations
        stride = -(-last // max(1, self.settings.lines_per_run - 1)) or 1
        return generation % stride == 0 or generation == last

    def _show_progress(self, event: Event) -> None:
        run, total, done = _run(event), event.get("total"), event.get("done", 0)
        what = f"{run[0]}, seed {run[1]}, generation {event.get('generation', 0)}: {event.get('stage', '')}"
        unit = event.get("unit", "")
        count = f" {done:,} of {'?' if total is None else f'{total:,}'} {unit}" if done or total is not None else ""
        if self.bars is None:
            self._show_progress_line(run, what + count)
        elif run in self.tasks:
            self.bars.update(self.tasks[run], description=what, completed=done, total=total, unit=unit)
        else:
            self.tasks[run] = self.bars.add_task(what, completed=done, total=total, unit=unit)

    def _show_progress_line(self, run: Run, line: str) -> None:
        now = time.monotonic()
        if now - self.said_at.setdefault(run, now) >= self.settings.seconds_between_lines:
            self.said_at[run] = now
            self._say(line.rstrip())

    def _count_stage(self, event: Event) -> None:
        tally = self.tallies.setdefault(_run(event), _Tally())
        if event.get("state") == "found":
            tally.found += 1
        else:
            tally.computed += 1
            tally.seconds += event.get("seconds", 0.0)

    def _end_run(self, event: Event) -> None:
        run = _run(event)
        for row in self.groups.rest(*run):
            self._show_row(row)
        if self.bars is not None and run in self.tasks:
            self.bars.remove_task(self.tasks.pop(run))
        tally = self.tallies.get(run, _Tally())
        computed = f"{tally.computed} stages computed in {seconds_text(tally.seconds)}"
        self._say(f"{run[0]}, seed {run[1]}: done; {computed}, {tally.found} found in the store")
        self.finished.add(run)
        if self.finished >= {(expected.arm, expected.seed) for expected in self.context.runs}:
            self._sum_up()

    def _sum_up(self) -> None:
        for row in self.groups.rest():
            self._show_row(row)
        if self.is_summed_up or not self.shown:
            return
        self.is_summed_up = True
        arms = list(dict.fromkeys([*(run.arm for run in self.context.runs), *map(arm_of, self.shown)]))
        summary = summarise(self.shown, arms, self.context.headline)
        last = max(map(generation_of, self.shown))
        n_seeds = len({unit_of(row).seed for row in self.shown})
        seeds = "1 seed" if n_seeds == 1 else f"mean over {n_seeds} seeds"
        if len(self.replicas) > 1:
            seeds += f", mean over {len(self.replicas):,} replicas"
        if self.bars is not None:
            self.bars.stop()
        self._say(f"\n{self.context.name}: generation 0 -> {last}, {seeds}", style="bold")
        table = Table(box=box.SIMPLE_HEAD)
        for place, name in enumerate(summary.header):
            table.add_column(Text(name), justify="right" if place else "left", vertical="bottom")
        for line in summary.lines:
            table.add_row(*map(Text, line))
        self.screen.print(table)
        for reason in summary.missing:
            self._say(f"{NOT_MEASURED}: {reason}")

    def _say(self, line: str, style: str = "") -> None:
        # Text, so that brackets in a message are no markup; soft_wrap, so that a long line stays one line.
        self.screen.print(Text(line, style=style), soft_wrap=True)


def _run(event: Event) -> Run:
    return event.get("arm", "main"), event.get("seed", 0)
