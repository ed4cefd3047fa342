"""One report of many runs: of the arms of an experiment, or of several experiments on the same human text."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from loops.costs import arm_costs
from loops.errors import ConfigError
from loops.recorded import recorded_runs, stores_of
from loops.report import data_of, in_order
from tracking.report.data import COMPARISON, ReportData
from tracking.report.folder import PAGE, WRITTEN, write_files
from tracking.rows import measures
from tracking.run_dir import RunDir
from tracking.tidy import Source, tidy

REFERENCE = ("select/reference", "read/reference")
"""What the loop calls the stages that leave held-out human text."""
CLAIMS = ("student/", "sampled/")
"""The views that describe a student itself: claims between arms are made on these."""
BUDGET = ("n_words", "max_words", "n_texts", "window", "stride")
"""Settings of `measure` under which figures of two runs can be compared."""
LONGEST_NAME = 150


@dataclass(frozen=True, slots=True)
class Compared(RunDir):
    """A run under the name that its arm has in the comparison."""

    label: str

    @property
    def arm(self) -> str:
        """The arm, with its experiment's name where there are several."""
        return self.label

    def read_history(self) -> list[dict[str, Any]]:
        """Read the rows, under this name."""
        return [{**row, "arm": self.label} for row in RunDir.read_history(self)]

    def read_auditor(self) -> list[dict[str, Any]]:
        """Read the auditor's rows, under this name."""
        return [{**row, "arm": self.label} for row in RunDir.read_auditor(self)]


def compare(
    paths: Sequence[Path], out: Path | None, controls: Sequence[str], chosen: Sequence[str], command: str
) -> Path:
    """Write the report and its files over these runs, and return the page's path.

    Raises:
        RunDirError: a folder holds no run, or its files are damaged.
        ConfigError: the runs cannot be compared, a control or measure is in none of them, or something else lies at
            `out`.
    """
    runs = labelled(recorded_runs(paths))
    check_comparable(runs)
    folder = _folder(runs, out)
    data = comparison(runs, controls, chosen, command)
    sources = [source for run in runs for source in _sources(run)]
    write_files(data, tidy(sources), folder)
    return folder / PAGE


def labelled(runs: Sequence[RunDir]) -> list[Compared]:
    """Name arms, with their experiments where there are several; experiments stay in the order in which they came."""
    experiments: dict[Path, list[RunDir]] = defaultdict(list)
    for run in runs:
        experiments[run.path.resolve().parent.parent].append(run)
    names = _names(list(experiments))
    return [
        Compared(run.path, f"{names[experiment]}/{run.arm}" if len(names) > 1 else run.arm)
        for experiment, own in experiments.items()
        for run in in_order(own)
    ]


def _names(experiments: Sequence[Path]) -> dict[Path, str]:
    """Name each experiment by as much of the end of its path as tells it from the others."""
    names = {}
    for path in experiments:
        others = [other.parts for other in experiments if other != path]
        n = next(n for n in range(1, len(path.parts) + 1) if all(path.parts[-n:] != other[-n:] for other in others))
        names[path] = "/".join(path.parts[-n:])
    return names


def check_comparable(runs: Sequence[Compared]) -> None:
    """Refuse runs that say nothing of each other.

    Raises:
        ConfigError: there is one arm alone, reference texts differ, or no measure of a student is in two arms.
    """
    arms = list(dict.fromkeys(run.arm for run in runs))
    if len(arms) < 2:
        raise ConfigError(
            f"{runs[0].path}: one arm alone ({arms[0]}) has nothing to be compared with. Give an experiment's folder, "
            "or several runs; `heirloom report` shows one arm."
        )
    references: dict[str, list[str]] = defaultdict(list)
    for run in runs:
        references[_reference(run)].append(run.arm)
    if len(references) > 1:
        first, other = (f"{arms[0]} has {digest[:12]}" for digest, arms in list(references.items())[:2])
        raise ConfigError(
            f"these runs were measured on different reference texts: {first}, {other}. Figures on different human text "
            "are not compared; give runs of one source, with the same splits and data_seed."
        )
    if not shared_measures(runs):
        have = "; ".join(f"{arm} has {', '.join(names[:3]) or 'none'}" for arm, names in _measured(runs).items())
        raise ConfigError(f"no measure of a student is in two of these arms: {have}. Run them with the same metrics.")


def _reference(run: RunDir) -> str:
    """Return the digest of the held-out human text that a run is measured on."""
    found = [stage["digest"] for stage in run.read_stages() if stage["name"] in REFERENCE]
    if not found:
        raise ConfigError(f"{run.path}: no reference text among its stages; it has only just started. Let it go on.")
    return str(found[0])


def _measured(runs: Sequence[RunDir]) -> dict[str, list[str]]:
    """Return the measures of students by arm."""
    found: dict[str, dict[str, None]] = {run.arm: {} for run in runs}
    for run in runs:
        own = (name for name in measures(run.read_history()) if name.startswith(CLAIMS) and name.count("/") > 1)
        found[run.arm] |= dict.fromkeys(own)
    return {arm: list(names) for arm, names in found.items()}


def shared_measures(runs: Sequence[RunDir]) -> list[str]:
    """Return the measures of students that at least two arms have."""
    counts: dict[str, int] = defaultdict(int)
    for names in _measured(runs).values():
        for name in names:
            counts[name] += 1
    return [name for name, n in counts.items() if n > 1]


def comparison(runs: Sequence[Compared], controls: Sequence[str], chosen: Sequence[str], command: str) -> ReportData:
    """Gather what the page shows.

    Raises:
        ConfigError: a control or measure is in none of the runs.
    """
    shared, arms = shared_measures(runs), list(dict.fromkeys(run.arm for run in runs))
    _check_known("--control", controls, arms)
    _check_known("--measure", chosen, shared)
    places = [run.read_provenance()["place"] for run in runs]
    named = [run.arm for run, place in zip(runs, places, strict=True) if RunDir(run.path).arm in place["controls"]]
    against = list(dict.fromkeys(controls or named or arms[:1]))
    headline = [name for place in places for name in place["headline"] if name in shared]
    title = " and ".join(dict.fromkeys(run.name for run in runs))
    data = data_of(runs, title, command, against, list(dict.fromkeys(chosen or headline or shared)))
    answers_differ = len({_prompts(run) for run in runs}) > 1
    return replace(
        data,
        alarms=[*data.alarms, *_alarms(runs, against, answers_differ)],
        costs=arm_costs(runs, stores_of(runs)),
        texts={} if answers_differ else data.texts,
        provenance={run.label: run.read_provenance() for run in reversed(runs)},
        sections=COMPARISON,
    )


def _check_known(option: str, given: Sequence[str], known: Sequence[str]) -> None:
    for name in given:
        if name not in known:
            near = difflib.get_close_matches(name, known, 3)
            hint = f"Did you mean {' or '.join(near)}?" if near else f"There are {', '.join(known[:12])}."
            what = "no two arms have" if option == "--measure" else "there is no arm"
            raise ConfigError(f"{option}: {what} {name!r}. {hint}")


def _alarms(runs: Sequence[Compared], controls: Sequence[str], answers_differ: bool) -> Iterator[str]:
    """Say what stands in the way of reading one run against another."""
    budgets: dict[str, list[str]] = defaultdict(list)
    seeds: dict[str, set[int]] = defaultdict(set)
    for run in runs:
        measure = run.read_config()["measure"]
        budget = ", ".join(f"{name}={measure[name]}" for name in BUDGET)
        budgets[budget] = list(dict.fromkeys([*budgets[budget], run.arm]))
        seeds[run.arm].add(run.seed)
    if len(budgets) > 1:
        told = "; ".join(f"{', '.join(arms)} with {budget}" for budget, arms in budgets.items())
        yield f"Measured at different budgets, so figures are not comparable: {told}."
    if answers_differ:
        yield "Students were sampled for different prompts: compare sampled/* with care, and see student/* first."
    for control in controls:
        apart = [arm for arm in seeds if not seeds[arm] & seeds[control]]
        if apart:
            yield f"No seed in common with {control}, so no paired difference: {', '.join(apart)}."


def _prompts(run: RunDir) -> str:
    return str(next(stage["digest"] for stage in run.read_stages() if stage["stage"] == "prompts"))


def _sources(run: Compared) -> Iterator[Source]:
    yield Source(str(run.path), "reference", run.read_history())
    yield Source(str(run.path), "auditor", run.read_auditor())


def _folder(runs: Sequence[Compared], out: Path | None) -> Path:
    """Return where the files go: `out`, or a folder beside the first experiment that is called as what is compared.

    Raises:
        ConfigError: something else lies there.
    """
    arms = list(dict.fromkeys(RunDir(run.path).arm for run in runs))
    experiments = list(dict.fromkeys(run.path.resolve().parent.parent for run in runs))
    there = {path.name for path in experiments[0].iterdir() if any(path.glob("seed_*"))}
    parts = [path.name for path in experiments] + (arms if len(experiments) == 1 and set(arms) != there else [])
    name = ",".join(parts)
    if len(name) > LONGEST_NAME and out is None:
        raise ConfigError(f"a folder called after all of {len(parts)} parts would have too long a name. Give --out.")
    folder = out or experiments[0].parent / "compare" / name
    others = [path.name for path in folder.iterdir() if path.name not in WRITTEN] if folder.is_dir() else []
    if others or (folder.exists() and not folder.is_dir()):
        what = f"holds {', '.join(sorted(others)[:3])}" if others else "is no folder"
        raise ConfigError(f"--out: {folder} {what}. Give a folder of its own.")
    return folder
