"""Which facts does a student forget that learns from its own text, and does the text show it?

Claim: with no human text left, rare facts are forgotten first while the text stays fluent ("fluency survives, facts
fail", Keisha et al. 2025, arXiv 2509.04796, on Gemma-3-1B and MMLU); human text kept beside what is drawn (half of it,
or all as in Gerstgrasser et al. 2024, arXiv 2404.01413) holds them. Here: students from scratch, made-up people whose
facts human text says by Zipf's law, recall by closed-set cloze in wordings in which train text never says the fact.

Rare are the facts that share the rarest quarter of human mentions, frequent the most frequent tenth of the facts, and
fluency is the loss on the most frequent quarter of human words: those of the sentences around the facts.

    python -m experiments.knowledge_tail [key=value ...]      prints tables and judgement, draws knowledge_tail.svg
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from evals.interval import paired_t
from evals.metrics.fact_recall import DECILES
from experiments.claims import Claim, findings, judge, table
from experiments.command import run_announced, run_module
from loops.arm import Arm
from loops.run import Results
from loops.samples import Samples

FIGURE = Path(__file__).with_name("knowledge_tail.svg")
RARE, FREQUENT = "student/fact_recall/tail", "student/fact_recall/decile_10"
FLUENCY = "student/word_frequency_nll/head"
FLUENT_WITHIN = 0.1
"""Nats per word that the loss on the frequent words may rise by: ours; a word's probability then falls by a tenth."""
CLAIMS = (
    Claim("replacing forgets rare facts", "replace", "human_only", {RARE: 1}, "below"),
    Claim("and more of them than of frequent ones", "replace", "human_only", {RARE: 1, FREQUENT: -1}, "below"),
    Claim("while it stays fluent", "replace", "human_only", {FLUENCY: 1}, "below", FLUENT_WITHIN),
    Claim("half human text forgets fewer", "mixed", "replace", {RARE: 1}, "above"),
    Claim("accumulating forgets fewer", "accumulate", "replace", {RARE: 1}, "above"),
)
PARTS = {f"decile_{number}": str(number) for number in range(1, DECILES + 1)} | {
    "value": "all",
    "unseen": "never said",
}
COLOURS = {
    "replace": "#0072b2",
    "replace_cold": "#56b4e9",
    "mixed": "#009e73",
    "accumulate": "#d55e00",
    "human_only": "#444444",
}

Row = Mapping[str, Any]


def recalls(rows: Sequence[Row], arm: str, generation: int, part: str) -> np.ndarray:
    """Return the recall of a group of facts, one figure a seed; empty where the group is."""
    name = f"student/fact_recall/{part}"
    mine = [row for row in rows if (row["arm"], row["generation"]) == (arm, generation)]
    return np.array([row[name] for row in mine if row.get(name) is not None], float)


def recall_table(rows: Sequence[Row]) -> Table:
    """Show recall by decile, the rarest first: student 0, which all arms share, and each arm's last student."""
    last = max(row["generation"] for row in rows)
    made = Table("recall by decile, mean over seeds", *PARTS.values(), box=None)
    for title, arm, g in _shown(rows, last):
        means = [recalls(rows, arm, g, part) for part in PARTS]
        made.add_row(title, *("" if not len(values) else f"{values.mean():.2f}" for values in means))
    return made


def writing_table(results: Results) -> Table:
    """Show how many of the texts that students write say a fact in human wordings, and how many of these truly."""
    last = results.runs[0].loop.generations
    made = Table("what is written, mean over seeds", "says a fact", "of these true", box=None)
    for title, arm, g in _shown(results.rows(), last):
        shares = [_shares(one, results.samples("sampled", g, arm, one.seed)) for one in results.runs if one.arm == arm]
        made.add_row(title, *(f"{np.mean(each):.2f}" for each in zip(*shares, strict=True)))
    return made


def _shares(one: Arm, sampled: Samples) -> tuple[float, float]:
    """Return the share of texts that say a fact, and of these the share that is true; NaN where none says one."""
    told = [verdict for verdict in one.built["source"].are_true(sampled.texts()) if verdict is not None]
    return len(told) / len(sampled), float(np.mean(told)) if told else float("nan")


def draw(rows: Sequence[Row], path: Path) -> None:
    """Draw recall over deciles at the last generation, and recall of rare facts over generations, with t intervals."""
    import matplotlib
    from matplotlib.figure import Figure

    matplotlib.rcParams.update({"svg.hashsalt": "knowledge_tail", "font.size": 9})
    figure = Figure(figsize=(9, 3.2), layout="constrained")
    by_decile, over_time = figure.subplots(1, 2, sharey=True)
    last = max(row["generation"] for row in rows)
    for title, arm, g in _shown(rows, last):
        style = {"color": COLOURS.get(title, "#999999"), "ls": "-" if g else ":", "label": title}
        deciles = [(number, recalls(rows, arm, g, f"decile_{number}")) for number in range(1, DECILES + 1)]
        _line(by_decile, [(number, values) for number, values in deciles if len(values)], style)
        if g:
            _line(over_time, [(i, recalls(rows, arm, i, "tail")) for i in range(last + 1)], style)
    by_decile.set(title=f"Facts recalled, generation {last}", xlabel="decile of frequency in human text, rarest first")
    over_time.set(title="Rare facts recalled", xlabel="generation", xticks=range(last + 1))
    by_decile.legend(frameon=False)
    for axes in figure.axes:
        axes.set_ylim(0, 1)
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, metadata={"Date": None})


def _shown(rows: Sequence[Row], last: int) -> list[tuple[str, str, int]]:
    """Return title, arm and generation of what is shown; student 0 is the same in all arms."""
    arms = list(dict.fromkeys(row["arm"] for row in rows))
    return [("student 0", arms[0], 0), *((arm, arm, last) for arm in arms)]


def _line(axes: Any, points: Sequence[tuple[int, np.ndarray]], style: Mapping[str, Any]) -> None:
    x, means = [place for place, _ in points], [values.mean() for _, values in points]
    axes.plot(x, means, marker="o", ms=3, lw=1, **style)
    if all(len(values) > 1 for _, values in points):
        intervals = [paired_t(values) for _, values in points]
        low, high = [one.low for one in intervals], [one.high for one in intervals]
        axes.fill_between(x, low, high, color=style["color"], alpha=0.12, lw=0)


def main(overrides: Sequence[str]) -> None:
    """Run what is not in the store yet, then print and draw."""
    console = Console(width=150)
    console.print((__doc__ or "").split("\n\n")[1])
    results = run_announced("knowledge_tail", overrides, console)
    rows = results.rows()
    found = findings(rows, CLAIMS)
    console.print(recall_table(rows))
    console.print(writing_table(results))
    console.print(table(found))
    console.print(f"judgement: {judge(found)}")
    draw(rows, FIGURE)
    console.print(f"drawn: {FIGURE.name}")


if __name__ == "__main__":
    run_module(main)
