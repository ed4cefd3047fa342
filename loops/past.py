"""What the generations so far have left, as references and history rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from loops.ref import Ref


@dataclass(frozen=True)
class Views:
    """What there is to measure in one generation besides what the student is sampled for."""

    student: Ref
    drawn: Ref | None = None
    kept: Ref | None = None
    corpus: Ref | None = None
    verdicts: tuple[Ref, ...] = ()
    """What each filter left, in order."""


@dataclass
class Past:
    """Grows by one generation at a time; only a controller takes something back."""

    students: dict[int, Ref] = field(default_factory=dict)
    """Those that may still write, by number; the last one is the teacher."""
    kept: dict[int, Ref] = field(default_factory=dict)
    """What the filters left of their texts, by generation: the pool."""
    corpora: list[Ref] = field(default_factory=list)
    """What was trained on; what was read stays read."""
    rows: list[dict[str, Any]] = field(default_factory=list)
    """The history."""
    human_tokens: float = 0.0
    """Distinct human tokens that corpora hold, in each world."""

    def add(self, g: int, views: Views) -> None:
        """Take in what a generation made."""
        self.students[g] = views.student
        if views.kept is not None:
            self.kept[g] = views.kept
        if views.corpus is not None:
            self.corpora.append(views.corpus)

    def back_to(self, g: int) -> None:
        """Forget the students after number g, and what was kept for them."""
        self.students = {number: student for number, student in self.students.items() if number <= g}
        self.kept = {number: kept for number, kept in self.kept.items() if number <= g}
