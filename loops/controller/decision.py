"""What a controller decides after a generation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Decision:
    """Holds for the next generation; what is empty stays as it is."""

    settings: Mapping[str, float] = field(default_factory=dict)
    """Settings by their path, such as `mixer.human_share`."""
    teacher: int | None = None
    """The student that writes next; those after it are given up. None: the last one."""
    entries: Mapping[str, float] = field(default_factory=dict)
    """Figures for the history, as `controller/<name>`."""
    reason: str = ""
    is_alarm: bool = False
    """Whether the reason is told as a warning."""
