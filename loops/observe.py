"""Measure a generation: one stage for each metric and view, and one for each model pass that metrics share."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from evals.words import NAME as WORDS
from loops.arm import Arm
from loops.engine import Engine
from loops.human import Human
from loops.measuring import Budget
from loops.mitigation import mitigations
from loops.passes import Passes
from loops.past import Past, Views
from loops.ref import Ref

AUDITED = ("perplexity", "word_frequency_nll", "missing_mass")
"""What the auditor split is scored with, where the run has these metrics."""

BESIDE = ("low", "high", "random", "random_sd")
"""What a stage may give beside a figure."""

Row = dict[str, Any]


def observe(arm: Arm, engine: Engine, human: Human, past: Past, views: Views, sampled: Ref) -> list[Row]:
    """Return the history rows of this generation: one, or one for each replica of a world."""
    texts = {"sampled": sampled, "drawn": views.drawn, "kept": views.kept, "corpus": views.corpus}
    present = {name: ref for name, ref in texts.items() if ref is not None}
    row = _training(engine, views.student)
    row |= mitigations(arm, engine, views, row)  # before an hour of measuring
    row["human/tokens_read"] = _human_read(arm, engine, human, past)
    for name, ref in present.items():
        row |= _account(arm, engine, name, ref)
    if "text" in arm.built["source"].kinds:
        for name, ref in {**present, "human": human.train}.items():
            row[f"{name}/short_share"] = _short_share(arm, engine, name, ref)
    passes = Passes(arm, engine, views.student, human.reference, views.verdicts[-1] if views.verdicts else None)
    replicas: dict[str, Row] = {}
    for metric, view, ref in _pairs(arm, present, human.reference):
        result = _measure(passes, metric, view, ref)
        enter(f"{view}/{metric}", result, _same_for_human(passes, metric, view, human), row, replicas)
    _filter_costs(passes, views, row)
    _audit(arm, engine, human, views.student, sampled)
    head = _head(arm, engine.generation)
    if not replicas:
        return [{**head, **row}]
    numbered = sorted((int(replica), values) for replica, values in replicas.items())
    return [{**head, "replica": replica, **row, **values} for replica, values in numbered]


def _head(arm: Arm, g: int) -> Row:
    start = arm.loop.start if g else arm.loop.generation_0
    return {"generation": g, "arm": arm.arm, "seed": arm.seed, "start": start, "adapter": arm.loop.adapter}


def _account(arm: Arm, engine: Engine, view: str, ref: Ref) -> Row:
    """Count rows, training tokens, the human share, and texts that were cut at the length limit."""
    assert isinstance(engine.known["tokenizer"], Ref)
    counts = engine.open(
        engine.do(
            "account",
            {"student": arm.node("student")},
            inputs={"rows": ref, "tokenizer": engine.known["tokenizer"]},
            label=f"account/{view}",
        )
    )
    return {f"{view}/{name}": value for name, value in counts.items()}


def _short_share(arm: Arm, engine: Engine, view: str, ref: Ref) -> float | None:
    """Return the share of texts that end before the cut at L words; None: the view is empty."""
    settings = {"max_words": arm.measure.max_words, "words": WORDS}
    result = engine.do("short_share", inputs={"rows": ref}, settings=settings, label=f"short_share/{view}")
    share: float | None = engine.open(result).get("short_share")
    return share


def _human_read(arm: Arm, engine: Engine, human: Human, past: Past) -> float:
    """Return the distinct human tokens that were spent so far: on corpora, and on what a controller reads."""
    assert isinstance(engine.known["tokenizer"], Ref)
    student, tokenizer = {"student": arm.node("student")}, engine.known["tokenizer"]
    if past.corpora:
        new = engine.do("new_human", student, {"corpora": list(past.corpora), "tokenizer": tokenizer})
        past.human_tokens += engine.open(new).get("tokens", 0.0)
    if not getattr(arm.built["controller"], "reads_reference", False):
        return past.human_tokens
    read = engine.do("account", student, {"rows": human.reference, "tokenizer": tokenizer}, label="account/reference")
    return past.human_tokens + float(engine.open(read).get("tokens", 0.0))


def _training(engine: Engine, student: Ref) -> Row:
    path = engine.store.entry(student).folder / "training.json"
    if not path.exists():
        return {}
    log = json.loads(path.read_text())
    return {f"training/{name}": value for name, value in log.items() if isinstance(value, (int, float))}


def _pairs(arm: Arm, texts: Mapping[str, Ref], reference: Ref) -> Iterator[tuple[str, str, Ref]]:
    """Yield each metric with each of its views that this generation has; a model pass is a view of human text."""
    for metric in arm.nodes("metrics"):
        for view in arm.built[f"metrics.{metric}"].views:
            if view == "student":
                yield metric, view, reference
            elif view in texts:
                yield metric, view, texts[view]


def _same_for_human(passes: Passes, metric: str, view: str, human: Human) -> Row | None:
    """Measure human text at the same budget, where what is measured is text and not a student's view of it.

    It is train text, so that reference text stays what it is compared with. Scores under a student are of reference
    text, since train text is what the student learned; so is what is held against counts of train text.
    Draws for prompts have no human side.
    """
    made = passes.arm.built[f"metrics.{metric}"]
    if view == "student" or made.reads in ("graded", "log_probs", "parameters"):
        return None
    if "text" not in passes.arm.built["source"].kinds:
        return None
    held_out = made.reads == "token_scores" or "buckets" in made.needs
    return _measure(passes, metric, "human", human.reference if held_out else human.train)


def _measure(passes: Passes, metric: str, view: str, ref: Ref) -> Row:
    arm = passes.arm
    rows = passes.view_of(metric, view, ref)
    result: Row = passes.engine.open(
        passes.engine.do(
            "metric",
            {"metric": arm.nodes("metrics")[metric]},
            inputs={"view": rows},
            settings=_budget(arm),
            key=arm.data_key.fold("measure"),
            given=passes.given(metric, view, rows),
            label=f"{view}/{metric}",
        )
    )
    return result


def enter(name: str, result: Row, human: Row | None, row: Row, replicas: dict[str, Row]) -> None:
    """Enter a metric's parts as `view/metric/part`, beside it the interval and the human value; null says why."""
    if "why" in result:
        row |= {name: None, f"{name}/why": result["why"]}
    if human is not None and "why" in human:
        row |= {f"{name}/human": None, f"{name}/human/why": human["why"]}
    for part, value in result["parts"].items():
        for replica, number in value.get("replica", {}).items():
            replicas.setdefault(replica, {})[f"{name}/{part}"] = number
        if "value" in value:
            row[f"{name}/{part}"] = value["value"]
            row |= {f"{name}/{part}/{beside}": value[beside] for beside in BESIDE if beside in value}
        if human is not None and part in human["parts"]:
            row[f"{name}/{part}/human"] = human["parts"][part]["value"]


def _filter_costs(passes: Passes, views: Views, row: Row) -> None:
    """Enter as `filters/<filter>/<metric>/<part>` what each filter kept, against as many texts taken at random."""
    arm, engine, before = passes.arm, passes.engine, views.drawn
    if before is None or not arm.measure.subsets or "text" not in arm.built["source"].kinds:
        return
    for name, after in zip(arm.nodes("filters"), views.verdicts, strict=True):
        if len(engine.open(after)) < len(engine.open(before)):  # a filter that dropped nothing cost nothing
            for metric in arm.nodes("metrics"):
                made = arm.built[f"metrics.{metric}"]
                if "kept" in made.views and made.reads in ("words", "ngrams"):
                    enter(f"filters/{name}/{metric}", _filter_cost(passes, metric, before, after), None, row, {})
        before = after


def _filter_cost(passes: Passes, metric: str, before: Ref, after: Ref) -> Row:
    result: Row = passes.engine.open(
        passes.engine.do(
            "filter_cost",
            {"metric": passes.arm.nodes("metrics")[metric]},
            inputs={"before": before, "after": after},
            settings=_budget(passes.arm) | {"subsets": passes.arm.measure.subsets},
            key=passes.arm.data_key.fold("measure"),
            given={"reference": passes.reference},
            label=f"filter_cost/{metric}",
        )
    )
    return result


def _budget(arm: Arm) -> Row:
    return {"words": WORDS, **{name: getattr(arm.measure, name) for name in Budget.__dataclass_fields__}}


def _audit(arm: Arm, engine: Engine, human: Human, student: Ref, sampled: Ref) -> None:
    """Score the auditor split; the figures go beside the history, where no component and no tracker reads them."""
    if human.auditor is None:
        return
    row: Row = {}
    passes = Passes(arm, engine, student, human.auditor)
    for metric, view, ref in _pairs(arm, {"sampled": sampled}, human.auditor):
        if metric in AUDITED:
            enter(f"{view}/{metric}", _measure(passes, metric, view, ref), None, row, {})
    engine.audit.append({**_head(arm, engine.generation), **row})
