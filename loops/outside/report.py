"""The report over generations that were drawn elsewhere: the same page as a run's, with the sections that have data."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from operator import itemgetter
from pathlib import Path

from loops import digest
from loops.code_digest import version
from loops.errors import ConfigError
from loops.outside.compare import FAR, Comparison, Line
from loops.outside.generations import MARK, Generation, history
from loops.outside.sides import HUMAN
from loops.report import TEXTS_SHOWN
from loops.run import RECORDED
from tracking.report.data import SECTIONS, Arm, ReportData

MOST_AT_THE_TOP = 8
"""Measures in the first table of the page."""
WRITTEN = ("history.jsonl", "report.html")
SHOWN = tuple(name for name in SECTIONS if name != "training")
"""Nothing is known of what these texts trained."""
TEXTS_LEAD = "Columns are generations, rows are arms: the first texts of each file, in its order."


@dataclass(frozen=True)
class Drawn:
    """Generations and what was measured of them."""

    generations: Sequence[Generation]
    found: Comparison

    def last(self) -> dict[str, Generation]:
        """Return the last generation of each arm."""
        return {generation.arm: generation for generation in self.generations}


def folder_for(out: Path | None, patterns: Sequence[str]) -> Path:
    """Return where history and report go: `out`, or a folder under outputs/ called as the files are.

    Raises:
        ConfigError: something else lies there.
    """
    stem = Path(patterns[0].rpartition("=")[2]).name.partition(".")[0]
    folder = out or Path("outputs") / (stem.replace(MARK, "").strip("_- ") or "generations")
    others = [path.name for path in folder.iterdir() if path.name not in WRITTEN] if folder.is_dir() else []
    if others or (folder.exists() and not folder.is_dir()):
        what = f"holds {', '.join(sorted(others)[:3])}" if others else "is no folder"
        raise ConfigError(f"--out: {folder} {what}. Give a folder of its own.")
    return folder


def report_data(drawn: Drawn, title: str, command: str, patterns: Sequence[str]) -> ReportData:
    """Gather what the page shows."""
    found, last = drawn.found, drawn.last()
    lines = {arm: found.lines(str(generation.path)) for arm, generation in last.items()}
    budget = found.sides.budget
    named = {arm: given.removeprefix(f"{arm}=") for arm, given in zip(last, patterns, strict=True)}
    facts = {"words of each side": f"{budget.n_words:,}", "texts cut at": f"{budget.max_words:,} words"}
    if found.human is not None:
        facts |= {HUMAN: f"{found.human.file.path.name}, {len(found.human.rows):,} texts in two halves"}
    return ReportData(
        title=title,
        command=command,
        arms=[Arm(arm, pattern) for arm, pattern in named.items()],
        rows=list(history(drawn.generations, found)),
        headlines=[said for arm, generation in last.items() for said in _headline(generation, lines[arm])],
        headline=[f"sampled/{name}" for name in _farthest(lines)],
        facts=facts,
        texts=_texts(drawn),
        texts_lead=TEXTS_LEAD,
        notes=[*found.sides.notes, *_refused(found)],
        provenance=_provenance(drawn),
        sections=SHOWN,
    )


def _headline(generation: Generation, lines: Sequence[Line]) -> Iterator[str]:
    """Say how many measures of a last generation are far from human text, and which one is farthest."""
    from tracking.report.labels import label_of

    scored = [line for line in lines if line.z is not None]
    if not scored:
        return
    far = sum(abs(line.z or 0) > FAR for line in scored)
    first = max(scored, key=lambda line: abs(line.z or 0))
    ratio = "" if first.ratio is None else f" {first.ratio:.3g} of the human value,"
    yield (
        f"Generation {generation.number} of {generation.arm}: {far} of {len(scored)} measures are more than {FAR:g} "
        f"standard errors from human text. Farthest: {label_of(f'sampled/{first.measure}', {}).title},{ratio} "
        f"z = {first.z:+.1f}. Chance alone takes one in twenty that far."
    )


def _farthest(lines: Mapping[str, Sequence[Line]]) -> list[str]:
    """Name for each metric the measure that is farthest from human text in any arm, farthest first."""
    best: dict[str, tuple[float, str]] = {}
    for line in (line for own in lines.values() for line in own):
        metric = line.measure.partition("/")[0]
        best[metric] = max(best.get(metric, (-1.0, "")), (abs(line.z or 0), line.measure))
    return [measure for _, measure in sorted(best.values(), reverse=True)][:MOST_AT_THE_TOP]


def _texts(drawn: Drawn) -> dict[int, dict[str, Sequence[str]]]:
    """Take the first texts of each file."""
    shown: dict[int, dict[str, Sequence[str]]] = {}
    for arm, number, path in drawn.generations:
        first = nsmallest(TEXTS_SHOWN, drawn.found.piles[str(path)].rows, key=itemgetter(0))
        shown.setdefault(number, {})[arm] = [row.text for _, row in first]
    return shown


def _refused(found: Comparison) -> Iterator[str]:
    for why, names in found.chosen.by_reason().items():
        yield f"Not measured: {', '.join(names)}: {why}."


def _provenance(drawn: Drawn) -> dict[str, object]:
    found = drawn.found
    piles = [*found.piles.values(), *([found.human] if found.human is not None else [])]
    return {
        "python": platform.python_version(),
        "versions": {name: version(name) for name in RECORDED},
        "files": {str(pile.file.path): f"{digest.of_file(pile.file.path)}, {pile.file.found}" for pile in piles},
        **found.chosen.settings,
    }
