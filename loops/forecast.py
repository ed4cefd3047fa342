"""What a plan would do: stages, tokens, disk and time, and what the store already holds."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from loops.arm import Arm
from loops.errors import HeirloomError
from loops.estimate import Estimate, estimate
from loops.lookup import Step, walk
from loops.spec import Spec

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


UNKNOWN = "how long it takes cannot be known, since the store has seen no stage of any of these kinds"


def print_plan(runs: Sequence[Arm]) -> None:
    """Print what running these would do; nothing is computed and nothing written."""
    from rich.console import Console

    console = Console()
    seen: set[str] = set()
    walks = [(run, walk(run, seen)) for run in runs]
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
    steps = [step for _, theirs in walks for step in theirs]
    for line in (_counted(steps), *_tokens(walks), *_costs(estimate(steps, Path(runs[0].place["store"])))):
        console.print(f"  {line}", markup=False, highlight=False, soft_wrap=True)


def _lines(run: Arm, steps: Sequence[Step], walks: Sequence[tuple[Arm, Sequence[Step]]]) -> Iterator[str]:
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


def _tokens(walks: Sequence[tuple[Arm, Sequence[Step]]]) -> Iterator[str]:
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


def _costs(found: Estimate) -> Iterator[str]:
    """Say what the stages to compute will take, and what that rests on."""
    if not found.n_stages:
        return
    if found.says_nothing:
        yield f"time and disk: {UNKNOWN}"
        return
    yield f"time: {found.bound} {_duration(found.seconds)} of computing, shared by all workers"
    yield f"disk: {found.bound} {found.bytes / 1e6:,.1f} MB"
    yield from found.caveats()


def announcement(runs: Sequence[Arm]) -> str:
    """Say how many runs there are and how long they will take: arms x seeds x seconds."""
    arms, seeds = ({getattr(run, name) for run in runs} for name in ("arm", "seed"))
    grid = f"{_number(len(arms), 'arm')} x {_number(len(seeds), 'seed')}"
    grid = grid if len(arms) * len(seeds) == len(runs) else _number(len(runs), "run")
    try:
        seen: set[str] = set()
        steps = [step for run in runs for step in walk(run, seen)]
    except HeirloomError:  # the run itself will say what is wrong
        return f"{runs[0].name}: {grid}"
    found = estimate(steps, Path(runs[0].place["store"]))
    if not found.n_stages:
        return f"{runs[0].name}: {grid}, all of it in the store"
    if found.says_nothing:
        return f"{runs[0].name}: {grid}; {UNKNOWN}"
    workers = runs[0].built["executor"].at_once(runs)
    apart = f", at best {_duration(found.seconds / workers)} in {workers} workers" if workers > 1 else ""
    each = f"{found.bound} {_duration(found.seconds / len(runs))}"
    whole = f"{_duration(found.seconds)} of computing for {found.n_stages:,} stages{apart}"
    return ". ".join([f"{runs[0].name}: {grid} x {each} = {whole}", *found.caveats()])


def _number(n: int, what: str) -> str:
    return f"{n} {what}{'s' * (n != 1)}"


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
