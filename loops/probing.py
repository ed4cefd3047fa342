"""Probes as rows: each statement with each value that its fact could have, and what a student's pass says of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from evals.probe import Probe
from loops.grading import CORRECT
from loops.samples import Samples

TRAIN_COUNT = "train_count"
"""The score of a probe that says how often human train text says its fact."""


def probe_row(
    entity: str, fact: str, statement: str, completion: str, candidate: int, is_true: bool, train_count: int
) -> dict[str, Any]:
    """Return what makes a row: the statement as prompt, a candidate value as completion, which no end of text follows.

    `prompt_id` names the fact within its entity, as it names a text within its origin.
    """
    return {
        "prompt_id": f"{entity}#{fact}",
        "draw": candidate,
        "prompt": statement,
        "completion": completion,
        "finish_reason": "length",
        "scores": {CORRECT: float(is_true), TRAIN_COUNT: float(train_count)},
    }


def probes_of(rows: Samples, scored: Mapping[str, np.ndarray]) -> list[Probe]:
    """Return each fact with the log-probabilities of its candidates, in the order of the rows.

    A candidate's is the sum over its tokens, so the chance of the whole value and not of its first token.

    Raises:
        ValueError: rows that are no probes, or a fact without exactly one true value.
    """
    scores = [dict(row) for row in rows.column("scores").to_pylist()]
    known = sum({CORRECT, TRAIN_COUNT} <= score.keys() for score in scores)
    if known < len(scores) or not scores:
        raise ValueError(
            f"probes: {known:,} of {len(scores):,} texts say whether their value is true and how often human train "
            "text says so, want all of 1 or more. Choose a source that asks for its facts, such as source=facts."
        )
    nats = np.bincount(scored["document"], scored["nats"].astype(float), len(rows))
    facts: dict[str, list[int]] = {}
    for place, name in enumerate(rows.column("prompt_id").to_pylist()):
        facts.setdefault(name, []).append(place)
    return [_probe(name, nats[places], [scores[place] for place in places]) for name, places in facts.items()]


def _probe(name: str, nats: np.ndarray, scores: list[dict[str, float]]) -> Probe:
    true = [place for place, score in enumerate(scores) if score[CORRECT] == 1]
    if len(true) != 1:
        raise ValueError(f"probes: {name} has {len(true)} true values among {len(scores)} candidates, want exactly 1.")
    return Probe(name.rpartition("#")[0], int(scores[0][TRAIN_COUNT]), nats, true[0])
