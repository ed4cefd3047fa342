"""The loop: draw, filter, mix, train, measure, and again; read this file first.

It is a fold over generations. Everything that it passes on is a reference to what a stage left in the store, so an
interrupted run, another arm or a fork finds what is already done under the same key.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from loops.arm import Arm
from loops.engine import Engine
from loops.errors import StageError
from loops.human import Human, check_supply, prepare, rest
from loops.observe import Views, observe
from loops.passes import passes_for_filter
from loops.policies import Teacher, adapter_of, start_of, teacher_of
from loops.ref import Ref
from loops.rows import Rows
from loops.stages.fill import tokens_by_world


def run_arm(arm: Arm, engine: Engine) -> Iterator[list[dict[str, Any]]]:
    """Run one arm with one seed; yield the history rows of each generation as it is done.

    Row g describes student g. A world with replicas has one row for each of them.
    """
    human = prepare(arm.at(0), engine)
    check_supply(arm, engine, human)
    pool: list[Ref] = []
    student = human.base
    for g in range(arm.loop.generations + 1):
        engine.generation, now = g, arm.at(g)  # a fork has its trunk's settings up to where it leaves it
        if g == 0:
            student, views = generation_0(now, engine, human)
            engine.known["student_0"] = student
        else:
            student, views = generation(now, engine, human, g, student, pool)
        sampled = draw(now, engine, Teacher(student, g), human.prompts, g + 1, "sampled")
        engine.known.setdefault("student_0_sampled", sampled)
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
        drawn, kept, verdicts = gather(arm, engine, teacher_of(arm, engine, previous, g), human.prompts, g)
    corpus = mix(arm, engine, human, pool, kept)
    student = train(arm, engine, start_of(arm, engine, human, previous), corpus, "trainer")
    pool += [kept] if kept is not None else []
    return student, Views(student=student, drawn=drawn, kept=kept, corpus=corpus, verdicts=verdicts)


def gather(arm: Arm, engine: Engine, teacher: Teacher, prompts: Ref, g: int) -> tuple[Ref, Ref, tuple[Ref, ...]]:
    """Draw, and keep what the filters leave; return what was drawn, what is kept and each filter's verdicts.

    With `budget=kept` further rounds are drawn, the same in all arms, until the filters have kept enough. They judge
    all rounds together, as one drawing: what is a duplicate does not depend on where a round ends.

    Raises:
        StageError: `max_draws` completions of each prompt are drawn, and the filters have kept too little.
    """
    drawn = draw(arm, engine, teacher, prompts, g, "generator")
    kept, verdicts = sieve(arm, engine, drawn)
    if arm.loop.budget == "drawn":
        return drawn, kept, verdicts
    rounds = [drawn]
    while not len(engine.open(filled := fill(arm, engine, kept, prompts))):
        if len(engine.open(drawn)) >= arm.loop.max_draws * len(engine.open(prompts)):
            raise too_little_kept(arm, engine, kept, prompts)
        rounds.append(draw(arm, engine, teacher, prompts, g, "generator", rounds))
        drawn = engine.do("join", inputs={"rounds": rounds}, label="drawn")
        kept, verdicts = sieve(arm, engine, drawn)
    return drawn, filled, verdicts


def draw(
    arm: Arm, engine: Engine, teacher: Teacher, prompts: Ref, g: int, generator: str, rounds: Sequence[Ref] = ()
) -> Ref:
    """Draw for generation g: fresh in each generation, equal in all arms, and equal for loop and measuring.

    A later round goes on after the shards of the `rounds` before it, for as many tokens and draws again.
    """
    node, first_shard = dict(arm.node(generator)), sum(engine.store.entry(ref).n_shards for ref in rounds)
    if rounds:
        draws_before = sum(len(engine.open(ref)) for ref in rounds) // len(engine.open(prompts))
        node["draws"] = min(draws_before + node["draws"], arm.loop.max_draws)
    return engine.do(
        "draw",
        {"generator": node, "student": arm.node("student")},
        inputs={"teacher": teacher.student, "prompts": prompts},
        settings={"generation": g, "written_by": str(teacher.number), "first_shard": first_shard},
        key=arm.key.fold("draw", g),
        label="draw" if generator == "generator" else "sample",
    )


def sieve(arm: Arm, engine: Engine, drawn: Ref) -> tuple[Ref, tuple[Ref, ...]]:
    """Let each filter judge what the one before left; return what is left and each filter's verdicts.

    Raises:
        StageError: nothing is left, and no more will be drawn; the drops stay in the store with their reasons.
    """
    rows, verdicts = drawn, list[Ref]()
    for name, node in arm.nodes("filters").items():
        rows = engine.do(
            "judge",
            {"filter": node},
            inputs={"rows": rows},
            key=arm.key.fold("filter", engine.generation, name),
            given={"drawn": drawn, **passes_for_filter(arm, engine, name, rows)},
            label=f"judge/{name}",
        )
        verdicts.append(rows)
        if arm.loop.budget == "drawn" and not len(engine.open(rows)):
            raise StageError(
                f"generation {engine.generation}, arm {arm.arm}: filters.{name} left nothing of what it was given. "
                f"Its verdicts lie in {engine.store.folder(rows.stage, rows.key)}. Loosen it, or draw more."
            )
    if arm.loop.random_filter:
        key = arm.key.fold("random_filter", engine.generation)
        rows = engine.do("random_subset", inputs={"drawn": drawn, "kept": rows}, key=key, label="kept")
    return rows, tuple(verdicts)


def fill(arm: Arm, engine: Engine, kept: Ref, prompts: Ref) -> Ref:
    """Cut what is kept to the budget by whole rows, in the order in which they were drawn; no rows if it is short."""
    tokens = arm.built["generator"].tokens
    return engine.do("fill", inputs={"kept": kept, "prompts": prompts}, settings={"tokens": tokens}, label="kept")


def too_little_kept(arm: Arm, engine: Engine, kept: Ref, prompts: Ref) -> StageError:
    """Say how much is kept of what `budget=kept` asks for; of a world, in the replica that has least."""
    asked, rows = engine.open(prompts), engine.open(kept)
    least = int(tokens_by_world(rows if isinstance(rows, Rows) else Rows.all_of(rows, kept), asked).min())
    where = " in one replica" if asked.kind != "text" else ""
    return StageError(
        f"generation {engine.generation}, arm {arm.arm}: the filters kept {least:,} of the "
        f"{arm.built['generator'].tokens:,} tokens that budget=kept asks for (generator.tokens){where}, and all draws "
        f"are used up: max_draws={arm.loop.max_draws} for each of {len(asked):,} prompts. Loosen the filters, raise "
        "max_draws or prompts.count, lower generator.tokens, or use budget=drawn."
    )


def mix(arm: Arm, engine: Engine, human: Human, pool: list[Ref], kept: Ref | None) -> Ref:
    """Make the corpus of this generation: references to rows of human text, the pool and what was kept."""
    rows = rest(arm, engine, human) if arm.built["mixer"].fresh else human.corpus
    return engine.do(
        "mix",
        {"mixer": arm.node("mixer"), "student": arm.node("student")},
        inputs={"human": rows, "pool": list(pool), **({"kept": kept} if kept is not None else {})},
        settings={"generation": engine.generation},
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
