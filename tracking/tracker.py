"""What every tracker is: settings that open into something which takes events until it is closed."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tracking.events import Event


@dataclass(frozen=True, slots=True)
class RunRef:
    """One arm with one seed, and its folder."""

    arm: str
    seed: int
    folder: Path


@dataclass(frozen=True, slots=True)
class TrackerContext:
    """What a tracker may know before the first event."""

    name: str
    """The experiment's name."""
    folder: Path
    """The experiment's folder, which holds those of its runs."""
    runs: tuple[RunRef, ...]
    generations: int
    """The last generation; a run has one row more, since it begins at generation 0."""
    headline: tuple[str, ...]
    """Measures for the lines and the final table, the most telling first."""


class OpenTracker(Protocol):
    """A tracker at work, in the parent process only."""

    def event(self, event: Event) -> None:
        """Take one event; events of several runs may interleave."""

    def close(self) -> None:
        """Show or send what is left, also after an interruption."""


class Tracker(Protocol):
    """A tracker's settings."""

    def open(self, context: TrackerContext) -> OpenTracker:
        """Begin to track."""


class TrackerError(Exception):
    """A tracker cannot do what its settings ask: what was got, what to do."""
