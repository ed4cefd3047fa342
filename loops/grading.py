"""Grades draws: which are correct, which answer each gives, and what the filters left of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np

from evals.graded import NO_ANSWER, Graded
from loops.answer.answers import Answers
from loops.rows import Rows
from loops.samples import Samples

CORRECT = "correct"
"""The score of a text that says whether it is: 1 or 0."""

Columns = Mapping[str, np.ndarray]


def columns(
    samples: Samples, truth: Columns | None, kept: Rows | None, answers: Answers | None = None
) -> dict[str, np.ndarray]:
    """Return columns over the rows of one drawing: id, replica, prompt, answer, correct, and kept where filters judged.

    Of a world, `correct` is what the truth says of (prompt, answer); of a text, what `answers` says, and without them
    its score of that name. It is NaN where neither says anything. Without `answers` a text as a whole is its answer.
    Answers are one when they are equal up to white space; where a text gives none, the column holds NO_ANSWER. `kept`
    are the rows that the filters left of the parts that `samples` is made of; its column is their weight, 0 for rows
    that were dropped.
    """
    found = _of_texts(samples, answers) if samples.kind == "text" else _of_world(samples, truth or {})
    found["id"] = samples.ids()
    if kept is not None:
        found["kept"] = np.zeros(len(samples))
        found["kept"][kept.places] = kept.weight
    return found


def _of_world(samples: Samples, truth: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    value = samples.values()
    prompt, answer = value[:, [0, -1]].T.astype(np.int64)  # of real numbers, classes are whole ones
    if value.shape[1] == 1:  # nothing is asked: all rows answer one prompt
        prompt = np.zeros_like(answer)
    correct = truth[CORRECT][prompt, answer].astype(float) if CORRECT in truth else np.full(len(prompt), np.nan)
    return {"replica": samples.worlds(), "prompt": prompt, "answer": answer, "correct": correct}


def _of_texts(samples: Samples, answers: Answers | None) -> dict[str, np.ndarray]:
    if answers is None:
        scores = [dict(row) for row in samples.column("scores").to_pylist()]
        answers = Answers(list(samples.texts()), np.array([score.get(CORRECT, np.nan) for score in scores], float))
    return {
        "replica": samples.worlds(),
        "prompt": np.array(samples.column("prompt_id").to_pylist(), np.str_),
        "answer": np.array([NO_ANSWER if text is None else _name(text) for text in answers.answer], np.int64),
        "correct": answers.correct,
    }


def _name(answer: str) -> int:
    """Return a whole number from 0 on for an answer, the same in every drawing; 63 bits, so hardly ever one for two."""
    content = " ".join(answer.split()).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "little") >> 1


class Grades:
    """The columns of a drawing, looked up by the names of its rows: filters see some of them, shard by shard."""

    def __init__(self, graded: Columns) -> None:
        self._columns = graded
        self._place = dict(zip(graded["id"].tolist(), range(len(graded["id"])), strict=True))

    def of(self, shard: Samples) -> dict[str, np.ndarray]:
        """Return the columns over the rows of a shard."""
        places = np.array([self._place[row_id] for row_id in shard.ids().tolist()], np.int64)
        return {name: column[places] for name, column in self._columns.items()}


def by_replica(graded: Columns, what: str) -> dict[int, list[Graded]]:
    """Return the draws of each prompt, for each replica; texts are replica 0.

    Raises:
        ValueError: there are no draws, or some for which nothing says whether they are correct.
    """
    correct = graded["correct"]
    unknown = int(np.count_nonzero(~np.isin(correct, (0, 1))))
    if unknown or not len(correct):
        raise ValueError(
            f"{what}: {unknown:,} of {len(correct):,} draws are not graded, want all of 1 or more. Texts need what "
            "finds and checks their answers (answer=...), and prompts of which the right one is known; worlds a truth "
            "that names correct answers (source=answer_key)."
        )
    order = np.lexsort((graded["prompt"], graded["replica"]))
    column = {name: values[order] for name, values in graded.items() if name != "id"}
    replica, prompt, kept = column["replica"], column["prompt"], column.get("kept")
    right, answer = column["correct"] == 1, column["answer"].astype(np.int64)
    first = np.flatnonzero(np.r_[True, (replica[1:] != replica[:-1]) | (prompt[1:] != prompt[:-1])])
    names, numbers = prompt[first].tolist(), replica[first].tolist()
    found: dict[int, list[Graded]] = {number: [] for number in numbers}
    for name, number, start, end in zip(names, numbers, first, [*first[1:], len(order)], strict=True):
        rows = slice(start, end)
        found[number].append(Graded(name, right[rows], answer[rows], None if kept is None else kept[rows]))
    return found
