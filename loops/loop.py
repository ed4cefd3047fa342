"""The loop: draw, filter, mix, train, measure, and again; read this file first.

It is a fold over generations. Everything that it passes on is a reference to what a stage left in the store, so an
interrupted run, another arm or a fork finds what is already done under the same key.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from loops.arm import Arm
from loops.engine import Engine
from loops.errors import StageError
from loops.human import Human, prepare, rest
from loops.observe import Views, observe
from loops.ref import Ref


def run_arm(arm: Arm, engine: Engine) -> Iterator[list[dict[str, Any]]]:
    """Run one arm with one seed; yield the history rows of each generation as it is done.

    Row g describes student g. A world with replicas has one row for each of them.
    """
    human = prepare(arm.at(0), engine)
    pool: list[Ref] = []
    student = human.base
    for g in range(arm.loop.generations + 1):
        engine.generation, now = g, arm.at(g)  # a fork has its trunk's settings up to where it leaves it
        if g == 0:
            student, views = generation_0(now, engine, human)
            engine.known["student_0"] = student
        else:
            student, views = generation(now, engine, human, g, student, pool)
        sampled = draw(now, engine, student, human.prompts, g + 1, "sampled")
        yield observe(now, engine, human, views, sampled)


def generation_0(arm: Arm, engine: Engine, human: Human) -> tuple[Ref, Views]:
    """Student 0: trained on human data alone, the same for all arms, or the checkpoint as it came."""
    if arm.loop.generation_0 == "base":
        return human.base, Views(student=human.base)
    trainer = "trainer" if arm.config.get("generation_0_trainer") is None else "generation_0_trainer"
    student = train(arm, engine, human.base, human.corpus, trainer)
    return student, Views(student=student, corpus=human.corpus)


def generation(arm: Arm, engine: Engine, human: Human, g: int, previous: Ref, pool: list[Ref]) -> tuple[Ref, Views]:
    """Draw from student g-1, keep what the filters leave, mix, and train student g. Appends to `pool`."""
    drawn, kept, verdicts = None, None, tuple[Ref, ...]()
    if arm.built["mixer"].reads_drawn:  # what no mixer reads is not drawn
        drawn = draw(arm, engine, previous, human.prompts, g, "generator")
        kept, verdicts = sieve(arm, engine, drawn)
    corpus = mix(arm, engine, human, pool, kept)
    student = train(arm, engine, start_of(arm, engine, human, previous), corpus, "trainer")
    pool += [kept] if kept is not None else []
    return student, Views(student=student, drawn=drawn, kept=kept, corpus=corpus, verdicts=verdicts)


def draw(arm: Arm, engine: Engine, teacher: Ref, prompts: Ref, g: int, generator: str) -> Ref:
    """Draw for generation g: fresh in each generation, equal in all arms, and equal for loop and measuring."""
    return engine.do(
        "draw",
        {"generator": arm.node(generator), "student": arm.node("student")},
        inputs={"teacher": teacher, "prompts": prompts},
        settings={"generation": g, "written_by": str(g - 1)},
        key=arm.key.fold("draw", g),
        label="draw" if generator == "generator" else "sample",
    )


def sieve(arm: Arm, engine: Engine, drawn: Ref) -> tuple[Ref, tuple[Ref, ...]]:
    """Let each filter judge what the one before left; return what is left and each filter's verdicts.

    Raises:
        StageError: nothing is left; the drops stay in the store with their reasons.
    """
    rows, verdicts = drawn, list[Ref]()
    for name, node in arm.nodes("filters").items():
        rows = engine.do(
            "judge",
            {"filter": node},
            inputs={"rows": rows},
            key=arm.key.fold("filter", engine.generation, name),
            given={"drawn": drawn},
            label=f"judge/{name}",
        )
        verdicts.append(rows)
        if not len(engine.open(rows)):
            raise StageError(
                f"generation {engine.generation}, arm {arm.arm}: filters.{name} left nothing of what it was given. "
                f"Its verdicts lie in {engine.store.folder(rows.stage, rows.key)}. Loosen it, or draw more."
            )
    return rows, tuple(verdicts)


def mix(arm: Arm, engine: Engine, human: Human, pool: list[Ref], kept: Ref | None) -> Ref:
    """Make the corpus of this generation: references to rows of human text, the pool and what was kept."""
    rows = rest(arm, engine, human) if arm.built["mixer"].fresh else human.corpus
    return engine.do(
        "mix",
        {"mixer": arm.node("mixer"), "student": arm.node("student")},
        inputs={"human": rows, "pool": list(pool), **({"kept": kept} if kept is not None else {})},
        key=arm.key.fold("mix", engine.generation),
    )


def train(arm: Arm, engine: Engine, start: Ref, corpus: Ref, trainer: str) -> Ref:
    """Train this generation's student; `start` stays as it is."""
    return engine.do(
        "train",
        {"trainer": arm.node(trainer), "student": arm.node("student")},
        inputs={"start": start, "corpus": corpus},
        settings={"adapter": adapter_of(arm, engine, start)},
        key=arm.key.fold("train", engine.generation),
    )


def start_of(arm: Arm, engine: Engine, human: Human, previous: Ref) -> Ref:
    """Return what student g starts from: the weights before any data, student 0, or student g-1."""
    starts = {"base": human.base, "generation_0": engine.known["student_0"], "previous": previous}
    start = starts[arm.loop.start]
    assert isinstance(start, Ref), start
    return start


def adapter_of(arm: Arm, engine: Engine, start: Ref) -> str:
    """Return this training's adapter policy: where the start carries no adapter yet, the first one is fresh."""
    if arm.loop.adapter in ("continue", "merge") and engine.open(start).base is None:
        return "fresh"
    return arm.loop.adapter
