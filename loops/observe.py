"""Measure a generation: one stage for each metric and view, and one for each model pass that metrics share."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from evals.words import NAME as WORDS
from loops.arm import Arm
from loops.engine import Engine
from loops.human import Human
from loops.ref import Ref

AUDITED = ("perplexity", "word_frequency_nll", "missing_mass")
"""What the auditor split is scored with, where the run has these metrics."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Views:
    """What there is to measure in one generation besides what the student is sampled for."""

    student: Ref
    drawn: Ref | None = None
    kept: Ref | None = None
    corpus: Ref | None = None
    verdicts: tuple[Ref, ...] = ()
    """What each filter left, in order."""


def observe(arm: Arm, engine: Engine, human: Human, views: Views, sampled: Ref) -> list[Row]:
    """Return the history rows of this generation: one, or one for each replica of a world."""
    texts = {"sampled": sampled, "drawn": views.drawn, "kept": views.kept, "corpus": views.corpus}
    present = {name: ref for name, ref in texts.items() if ref is not None}
    row: Row = {}
    for name, ref in present.items():
        row |= _account(arm, engine, name, ref)
    if "text" in arm.built["source"].kinds:
        for name, ref in {**present, "human": human.train}.items():
            row[f"{name}/short_share"] = _short_share(arm, engine, name, ref)
    row |= _training(engine, views.student)
    passes = _passes(arm, engine, human.reference, views.student)
    replicas: dict[str, Row] = {}
    for metric, view, ref in _pairs(arm, present, human.reference):
        result = _measure(arm, engine, metric, view, ref, passes)
        same_for_human = None
        if arm.built[f"metrics.{metric}"].interval == "jackknife" and "text" in arm.built["source"].kinds:
            same_for_human = _measure(arm, engine, metric, "human", human.train, passes)
        _enter(f"{view}/{metric}", result, same_for_human, row, replicas)
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
    counted = engine.do("short_share", inputs={"rows": ref}, settings=settings, label=f"short_share/{view}")
    share: float | None = engine.open(counted).get("short_share")
    return share


def _training(engine: Engine, student: Ref) -> Row:
    path = engine.store.entry(student).folder / "training.json"
    if not path.exists():
        return {}
    log = json.loads(path.read_text())
    return {f"training/{name}": value for name, value in log.items() if isinstance(value, (int, float))}


def _passes(arm: Arm, engine: Engine, reference: Ref, student: Ref) -> dict[str, Ref]:
    """Run the model passes that this run's metrics name, on one human split."""
    needs = {need for name in arm.nodes("metrics") for need in arm.built[f"metrics.{name}"].needs}
    model, passes = {"student": arm.node("student")}, {"reference": reference}
    if "probabilities" in needs:
        passes["probabilities"] = engine.do("probabilities", model, inputs={"student": student})
    if "log_probs" in needs:
        settings = {"window": arm.measure.window, "stride": arm.measure.stride}
        inputs = {"student": student, "rows": reference}
        passes["log_probs"] = engine.do("log_probs", model, inputs=inputs, settings=settings)
    return passes


def _pairs(arm: Arm, texts: Mapping[str, Ref], reference: Ref) -> Iterator[tuple[str, str, Ref]]:
    """Yield each metric with each of its views that this generation has; a model pass is a view of human text."""
    for metric in arm.nodes("metrics"):
        for view in arm.built[f"metrics.{metric}"].views:
            if view == "student":
                yield metric, view, reference
            elif view in texts:
                yield metric, view, texts[view]


def _measure(arm: Arm, engine: Engine, metric: str, view: str, ref: Ref, passes: Mapping[str, Ref]) -> Row:
    measure = arm.measure
    budget = {"n_words": measure.n_words, "max_words": measure.max_words, "words": WORDS}
    ref = engine.do(
        "metric",
        {"metric": arm.nodes("metrics")[metric]},
        inputs={"view": ref},
        settings={**budget, "groups": measure.groups, "resamples": measure.resamples},
        key=arm.data_key.fold("measure"),
        given=passes,
        label=f"{view}/{metric}",
    )
    result: Row = engine.open(ref)
    return result


def _enter(name: str, result: Row, human: Row | None, row: Row, replicas: dict[str, Row]) -> None:
    """Enter a metric's parts as `view/metric/part`, beside it the interval and the human value; null says why."""
    if "why" in result:
        row |= {name: None, f"{name}/why": result["why"]}
    for part, value in result["parts"].items():
        for replica, number in value.get("replica", {}).items():
            replicas.setdefault(replica, {})[f"{name}/{part}"] = number
        if "value" in value:
            row[f"{name}/{part}"] = value["value"]
            row |= {f"{name}/{part}/{end}": value[end] for end in ("low", "high") if end in value}
        if human is not None and part in human["parts"]:
            row[f"{name}/{part}/human"] = human["parts"][part]["value"]


def _audit(arm: Arm, engine: Engine, human: Human, student: Ref, sampled: Ref) -> None:
    """Score the auditor split; the figures go beside the history, where no component and no tracker reads them."""
    if human.auditor is None:
        return
    row: Row = {}
    passes = _passes(arm, engine, human.auditor, student)
    for metric, view, ref in _pairs(arm, {"sampled": sampled}, human.auditor):
        if metric in AUDITED:
            _enter(f"{view}/{metric}", _measure(arm, engine, metric, view, ref, passes), None, row, {})
    engine.audit.append({**_head(arm, engine.generation), **row})
