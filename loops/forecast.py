"""What a plan would do: stages, tokens, disk and time, and what the store already holds."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from loops import digest
from loops.arm import Arm
from loops.errors import StoreError
from loops.lookup import Step, walk
from loops.spec import Spec
from loops.store import Store

OF_STUDENT_0 = (
    "source",
    "student",
    "trainer",
    "generation_0_trainer",
    "generation_0",
    "adapter",
    "splits",
    "data_seed",
    "runtime",
)
"""Settings that decide student 0; arms that differ in none of these share it."""


Walk = tuple[Arm, Sequence[Step]]
"""A run and its stages in order."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What stages like one took, on average."""

    seconds: float
    bytes: float


def print_plan(runs: Sequence[Arm]) -> None:
    """Print what running these would do; nothing is computed and nothing written."""
    from rich.console import Console

    console = Console()
    walks = _walks(runs)
    for run, steps in walks:
        console.print(f"{run.arm}, seed {run.seed}", style="bold", highlight=False)
        for line in _lines(run, steps, walks):
            console.print(f"  {line}", markup=False, highlight=False, soft_wrap=True)
    console.print(
        f"\n{len(runs)} run{'s' * (len(runs) > 1)} in {runs[0].place['store']}",
        style="bold",
        markup=False,
        highlight=False,
    )
    for line in _together(walks):
        console.print(f"  {line}", markup=False, highlight=False, soft_wrap=True)


def forecast(runs: Sequence[Arm]) -> list[str]:
    """Say in a few lines what running these would do together: stages, tokens, time and disk."""
    return list(_together(_walks(runs)))


def _walks(runs: Sequence[Arm]) -> list[Walk]:
    seen: set[str] = set()
    return [(run, walk(run, seen)) for run in runs]


def _together(walks: Sequence[Walk]) -> Iterator[str]:
    steps = [step for _, steps in walks for step in steps]
    yield _counted(steps)
    yield from _tokens(walks)
    yield from _costs(steps, _records(Path(walks[0][0].place["store"])))


def _lines(run: Arm, steps: Sequence[Step], walks: Sequence[Walk]) -> Iterator[str]:
    loop = run.loop
    yield (
        f"generations 0 to {loop.generations}; generation_0={loop.generation_0}, start={loop.start}, "
        f"adapter={loop.adapter}"
    )
    yield from _by_generation(steps)
    yield _counted(steps)
    first, first_steps = next((other, theirs) for other, theirs in walks if other.seed == run.seed)
    if _student_0(steps) != _student_0(first_steps):
        differ = [name for name in OF_STUDENT_0 if run.config.get(name) != first.config.get(name)]
        yield f"has a student 0 of its own: its {', '.join(differ)} is not that of {first.arm}"
    elif first is not run:
        yield f"shares student 0 with {first.arm}"


def _by_generation(steps: Sequence[Step]) -> Iterator[str]:
    """Say how many stages of each name a generation has; generations that are alike share a line."""
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    for step in steps:
        name = step.label if step.spec.stage in ("draw", "mix") else step.spec.stage
        counts[step.generation][name] += 1
    for _, group in groupby(sorted(counts), key=lambda g: sorted(counts[g].items())):
        alike = list(group)
        names = ", ".join(f"{name} {n}" for name, n in counts[alike[0]].items())
        title = f"generation {alike[0]}" if len(alike) == 1 else f"each of generations {alike[0]} to {alike[-1]}"
        yield f"{title}: {names}"


def _counted(steps: Sequence[Step]) -> str:
    """Count stages: once each, however often the loop asks for them."""
    states = {step.key: step for step in reversed(steps)}
    n = Counter("found" if step.state == "found" else "shared" for step in states.values())
    new = {step.key for step in steps if step.state == "new"}
    ahead = sum(not states[key].is_certain for key in new)
    text = f"{len(states)} stages: {n['found']} found in the store, {len(new)} to compute"
    shared = n["shared"] - len(new)
    text += f", {shared} shared with runs above" if shared else ""
    return text + (f"; {ahead} of these can be looked up only once what they read is there" if ahead else "")


def _student_0(steps: Sequence[Step]) -> str:
    """Return the key of the student that generation 0 leaves."""
    return [step.key for step in steps if step.generation == 0 and step.spec.stage in ("base", "train")][-1]


def _tokens(walks: Sequence[Walk]) -> Iterator[str]:
    """Bound the tokens to draw and to train on, where settings tell."""
    drawn, trained, is_edited, is_open = 0, 0, False, False
    for run, steps in walks:
        for step in steps:
            if step.state != "new" or "text" not in run.built["source"].kinds:
                continue
            if step.spec.stage == "draw":
                tokens = _drawn(step.spec, run.prompts.count or 0)
                drawn, is_edited = drawn + (tokens or 0), is_edited or tokens is None
            if step.spec.stage == "train":
                tokens = _trained(step.spec)
                trained, is_open = trained + (tokens or 0), is_open or tokens is None
    if drawn or is_edited:
        is_kept = any(run.loop.budget == "kept" for run, _ in walks)
        more = ", and as many again in each further round of budget=kept" if is_kept else ""
        more += ", and as many to edit as the human text of generation 0 holds" if is_edited else ""
        yield f"at most {drawn:,} tokens to draw{more}"
    if trained or is_open:
        more = ", and as many as the corpora hold where the trainer counts epochs" if is_open else ""
        yield f"at most {trained:,} tokens to train on{more}"


def _drawn(spec: Spec, prompts: int) -> int | None:
    """Return the most tokens that a stage draws; None: it edits as many as there are."""
    generator = spec.built["generator"]
    if not hasattr(generator, "max_new_tokens"):
        return None if generator.tokens is None else int(generator.tokens)
    candidates = getattr(generator, "n", 1)
    most = prompts * getattr(generator, "draws", 1) * generator.max_new_tokens
    if generator.tokens is not None:  # the last text and batch may go over it
        most = min(most, generator.tokens + generator.batch_size * generator.max_new_tokens)
    return int(candidates * most)


def _trained(spec: Spec) -> int | None:
    trainer = spec.built["trainer"]
    if getattr(trainer, "match", "epochs") != "steps":
        return None
    rows = trainer.per_device_train_batch_size * trainer.gradient_accumulation_steps
    return int(trainer.max_steps * rows * trainer.max_length)


def _records(root: Path) -> dict[str, Cost]:
    """Average what finished stages took, by what makes them alike."""
    costs: dict[str, list[Cost]] = defaultdict(list)
    try:
        for entry in Store(root).entries():
            spec = entry.spec
            size = sum((entry.folder / name).stat().st_size for name in entry.files if (entry.folder / name).exists())
            costs[_alike(spec["stage"], spec["components"], spec["inputs"])].append(Cost(entry.seconds, size))
    except StoreError:  # a damaged manifest is the run's to refuse; a forecast does without
        pass
    return {
        name: Cost(sum(cost.seconds for cost in several) / len(several), sum(c.bytes for c in several) / len(several))
        for name, several in costs.items()
    }


def _costs(steps: Sequence[Step], records: Mapping[str, Cost]) -> Iterator[str]:
    """Estimate time and disk from stages with the same settings that the store has seen."""
    new = [step for step in steps if step.state == "new"]
    known = [cost for step in new if (cost := records.get(_alike_step(step)))]
    missing = sorted({step.spec.stage for step in new if _alike_step(step) not in records})
    if not new:
        return
    if not known:
        yield "time and disk: no estimate yet; the store has seen no stage with these settings"
        return
    bound = "at least" if missing else "about"
    yield f"time: {bound} {_duration(sum(cost.seconds for cost in known))} of computing, shared by all workers"
    yield f"disk: {bound} {sum(cost.bytes for cost in known) / 1e6:,.1f} MB"
    if missing:
        yield f"no estimate yet of {', '.join(missing)} with these settings"


def _alike_step(step: Step) -> str:
    plain = step.spec.to_json()
    return _alike(plain["stage"], plain["components"], plain["inputs"])


def _alike(stage: str, components: Any, inputs: Mapping[str, Any]) -> str:
    """Name what stages that take about as long have in common: components, and for draws the prompts."""
    prompts = inputs["prompts"]["digest"] if "prompts" in inputs else None
    return digest.of_value([stage, components, prompts])


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
