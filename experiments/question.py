"""A question put to arms of text: its claims, what is measured beside them, and one way to ask all such questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console

from experiments import claims
from experiments.claims import Claim, Finding, findings
from experiments.command import run_announced
from experiments.curves import arms_of, draw, means_table, with_student_0

PALETTE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#8c6d31", "#999999", "#a6611a", "#5e3c99")
"""Okabe and Ito's colours, which colour-blind readers tell apart, and some more."""
CONTROL = "human_only"
CONTROL_COLOUR = "#444444"


@dataclass(frozen=True, slots=True)
class Question:
    """An experiment of this name, with what is claimed of its arms."""

    experiment: str
    text: str
    """The claim with its source; its second paragraph is printed first."""
    claims: tuple[Claim, ...]
    """The rule: reproduced when all are held."""
    beside: tuple[Claim, ...]
    """Shown with the claims; the rule does not rest on them."""
    titles: Mapping[str, str]
    """Measure -> its title in table and figure."""

    def findings(self, rows: Sequence[Mapping[str, Any]], asked: Sequence[Claim]) -> list[Finding]:
        """Hold claims against the rows; `student 0` may be one of the arms."""
        return findings(with_student_0(rows), asked)

    def judge(self, rows: Sequence[Mapping[str, Any]]) -> str:
        """Say reproduced, contradicted or inconclusive."""
        return claims.judge(self.findings(rows, self.claims))

    def main(self, overrides: Sequence[str]) -> None:
        """Run what is not in the store yet, then print and draw."""
        console = Console(width=160)
        console.print(self.text.split("\n\n")[1])
        results = run_announced(self.experiment, overrides, console)
        rows = results.rows()
        console.print(means_table(rows, self.titles))
        found = self.findings(rows, self.claims)
        console.print(claims.table(found))
        console.print(f"judgement: {claims.judge(found)}")
        if self.beside:
            console.print("beside it:", claims.table(self.findings(rows, self.beside)))
        # Beside the arms' folders: a run at another scale must not draw over a figure that is kept here.
        figure = results.runs[0].folder.parents[1] / f"{self.experiment}.svg"
        draw(rows, self.titles, colours(arms_of(rows)), figure)
        console.print(f"drawn: {figure}", soft_wrap=True)


def colours(arms: Sequence[str]) -> dict[str, str]:
    """Give each arm a colour, the control the darkest."""
    others = [arm for arm in arms if arm != CONTROL]
    return {CONTROL: CONTROL_COLOUR} | {arm: PALETTE[place % len(PALETTE)] for place, arm in enumerate(others)}
