"""What each arm cost: tokens that it drew and trained on, human text that it used, and its share of the seconds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from loops.build import build
from loops.ref import Ref
from loops.rows import Rows
from loops.store import Store
from tracking.report.data import ArmCost
from tracking.run_dir import RunDir

DRAWING = ("draw", "judge", "join", "fill", "random_subset", "grade")
TRAINING = ("base", "train")
CORPORA = ("human", "mix")
"""What the loop calls the stages that make generation 0's corpus and the later ones."""


class Seconds(NamedTuple):
    """Work of one run, by kind."""

    drawing: float
    training: float
    all: float


def arm_costs(runs: Sequence[RunDir], stores: Mapping[Path, Store]) -> list[ArmCost]:
    """Return what one run of each arm costs, averaged over its runs."""
    stages = {run.path: _distinct(run) for run in runs}
    users: dict[str, int] = defaultdict(int)
    for own in stages.values():
        for key in own:
            users[key] += 1
    human = HumanText(stores)
    by_arm: dict[str, list[RunDir]] = defaultdict(list)
    for run in runs:
        by_arm[run.arm].append(run)
    return [_arm_cost(arm, own, stages, users, human) for arm, own in by_arm.items()]


def _arm_cost(
    arm: str,
    runs: Sequence[RunDir],
    stages: Mapping[Path, Mapping[str, Mapping[str, Any]]],
    users: Mapping[str, int],
    human: HumanText,
) -> ArmCost:
    shared = [_seconds(stages[run.path], users) for run in runs]
    alone = [_seconds(stages[run.path], dict.fromkeys(users, 1)) for run in runs]
    read = [human.tokens(run) for run in runs]
    known = [tokens for tokens in read if tokens is not None]
    return ArmCost(
        arm=arm,
        n_runs=len(runs),
        drawn_tokens=float(np.mean([_summed(run, "drawn/tokens") for run in runs])),
        trained_tokens=float(np.mean([_summed(run, "training/tokens") for run in runs])),
        human_tokens=float(np.mean(known)) if len(known) == len(read) else None,
        drawing_seconds=float(np.mean([each.drawing for each in shared])),
        training_seconds=float(np.mean([each.training for each in shared])),
        seconds=float(np.mean([each.all for each in shared])),
        seconds_alone=float(np.mean([each.all for each in alone])),
    )


def _distinct(run: RunDir) -> dict[str, Mapping[str, Any]]:
    """Return the run's stages by key, each once, however often the loop asked for it.

    What is drawn for measuring and for the loop alike is drawing.
    """
    found: dict[str, Mapping[str, Any]] = {}
    for stage in run.read_stages():
        if stage["name"] != "sample" or stage["key"] not in found:
            found[stage["key"]] = stage
    return found


def _seconds(stages: Mapping[str, Mapping[str, Any]], users: Mapping[str, int]) -> Seconds:
    shares = [(stage, stage["seconds"] / users[key]) for key, stage in stages.items()]
    return Seconds(
        drawing=sum(s for stage, s in shares if stage["stage"] in DRAWING and stage["name"] != "sample"),
        training=sum(s for stage, s in shares if stage["stage"] in TRAINING),
        all=sum(s for _, s in shares),
    )


def _summed(run: RunDir, name: str) -> float:
    """Add up a count over generations; rows of replicas all hold that of their generation."""
    counts = {int(row["generation"]): float(row.get(name) or 0.0) for row in run.read_history()}
    return sum(counts.values())


@dataclass
class HumanText:
    """Counts the human text of all corpora of a run, each text once; runs that read the same are counted once."""

    stores: Mapping[Path, Store]
    counted: dict[tuple[Any, ...], float] = field(default_factory=dict)

    def tokens(self, run: RunDir) -> float | None:
        """Return training tokens, of all replicas together; None where rows stand for infinitely many draws."""
        store, stages = self.stores[run.path], run.read_stages()
        names = CORPORA if run.read_config()["generation_0"] == "train" else CORPORA[1:]
        held: dict[str, tuple[Ref, np.ndarray]] = {}
        for stage in {stage["key"]: stage for stage in stages if stage["name"] in names}.values():
            _hold(store.open(Ref(stage["stage"], stage["key"], stage["digest"], "rows")), held)
        if any(store.open(ref).endless for ref, _ in held.values()):
            return None
        base = next(stage for stage in stages if stage["name"] == "base")
        return sum(self._count(run, base, ref, mask) for ref, mask in held.values())

    def _count(self, run: RunDir, base: Mapping[str, Any], ref: Ref, mask: np.ndarray) -> float:
        place = base["key"], ref.digest, mask.tobytes()
        if place not in self.counted:
            store, config = self.stores[run.path], run.read_config()
            opened = store.open(Ref("base", base["key"], base["digest"], "student"))
            tokenizer = build(config["student"], "student", config["plugins"]).tokenizer(opened)
            samples = store.open(ref).select(np.flatnonzero(mask))
            self.counted[place] = float(np.sum(tokenizer.count(samples))) if len(samples) else 0.0
        return self.counted[place]


def _hold(rows: Rows, held: dict[str, tuple[Ref, np.ndarray]]) -> None:
    """Mark which rows of each human table a corpus holds, beside those that others held before."""
    for place, (samples, ref) in enumerate(zip(rows.parts, rows.refs, strict=True)):
        is_human = samples.column("written_by").is_null().to_numpy()
        if not is_human.any():
            continue
        _, mask = held.setdefault(ref.digest, (ref, np.zeros(len(samples), bool)))
        mask[rows.row[rows.part == place]] = True
        mask &= is_human
