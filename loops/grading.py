"""Grades draws: which are correct, which answer each gives, and what the filters left of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np

from evals.graded import Graded
from loops.rows import Rows
from loops.samples import Samples

CORRECT = "correct"
"""The score of a text that says whether it is: 1 or 0."""


def columns(samples: Samples, truth: Mapping[str, np.ndarray] | None, kept: Rows | None) -> dict[str, np.ndarray]:
    """Return columns over the rows of one drawing: replica, prompt, answer, correct, and kept where filters judged.

    Of a world, `correct` is what the truth says of (prompt, answer); of a text, its score of that name. It is NaN where
    neither says anything. Texts are one answer when they are equal up to white space. `kept` are the rows that the
    filters left of the parts that `samples` is made of; its column is their weight, 0 for rows that were dropped.
    """
    found = _of_texts(samples) if samples.kind == "text" else _of_world(samples, truth or {})
    if kept is not None:
        found["kept"] = np.zeros(len(samples))
        found["kept"][kept.places] = kept.weight
    return found


def _of_world(samples: Samples, truth: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    value = samples.values()
    prompt, answer = value[:, 0], value[:, -1]
    correct = truth[CORRECT][prompt, answer].astype(float) if CORRECT in truth else np.full(len(value), np.nan)
    return {"replica": samples.worlds(), "prompt": prompt, "answer": answer, "correct": correct}


def _of_texts(samples: Samples) -> dict[str, np.ndarray]:
    scores = [dict(row) for row in samples.column("scores").to_pylist()]
    return {
        "replica": samples.worlds(),
        "prompt": np.array(samples.column("prompt_id").to_pylist(), np.str_),
        "answer": np.array([_name(text) for text in samples.texts()], np.int64),
        "correct": np.array([score.get(CORRECT, np.nan) for score in scores], float),
    }


def _name(text: str) -> int:
    content = " ".join(text.split()).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "little", signed=True)


def by_replica(graded: Mapping[str, np.ndarray], what: str) -> dict[int, list[Graded]]:
    """Return the draws of each prompt, for each replica; texts are replica 0.

    Raises:
        ValueError: there are no draws, or some for which nothing says whether they are correct.
    """
    correct = graded["correct"]
    unknown = int(np.count_nonzero(~np.isin(correct, (0, 1))))
    if unknown or not len(correct):
        raise ValueError(
            f"{what}: {unknown:,} of {len(correct):,} draws are not graded, want all of 1 or more. Texts need the "
            f"score {CORRECT!r}, 1 or 0, from whatever grades the task; worlds a truth that names correct answers "
            "(source=answer_key)."
        )
    order = np.lexsort((graded["prompt"], graded["replica"]))
    column = {name: values[order] for name, values in graded.items()}
    replica, prompt, kept = column["replica"], column["prompt"], column.get("kept")
    right, answer = column["correct"] == 1, column["answer"].astype(np.int64)
    first = np.flatnonzero(np.r_[True, (replica[1:] != replica[:-1]) | (prompt[1:] != prompt[:-1])])
    names, numbers = prompt[first].tolist(), replica[first].tolist()
    found: dict[int, list[Graded]] = {number: [] for number in numbers}
    for name, number, start, end in zip(names, numbers, first, [*first[1:], len(order)], strict=True):
        rows = slice(start, end)
        found[number].append(Graded(name, right[rows], answer[rows], None if kept is None else kept[rows]))
    return found
