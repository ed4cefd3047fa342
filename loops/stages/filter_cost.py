"""Measure what a filter cost: what it kept against equally many texts taken at random from what went in."""

from __future__ import annotations

import dataclasses
from collections import defaultdict

import numpy as np

from loops.job import Job, Output
from loops.measuring import Budget, Call, View, measured
from loops.rows import Rows
from loops.samples import Samples


def run(job: Job) -> Output:
    """Measure `after` with `metric`, and `settings.subsets` random subsets of `before` with as many rows.

    Each part gets `value`, the mean over the subsets as `random`, and how far a figure lies from that mean by chance
    alone as `random_sd`. All are measured on as many words as the shortest of them holds, at most N.
    """
    before, after = job.rows_of("before"), job.rows_of("after")
    keys = [job.key.fold("subset", i) for i in range(job.settings["subsets"])]
    chosen = [np.sort(key.rng().choice(len(before), len(after), replace=False)) for key in keys]
    views = [View(after.samples()), *(View(before.select(rows).samples()) for rows in chosen)]
    budget = Budget(**{name: job.settings[name] for name in Budget.__dataclass_fields__})
    budget = dataclasses.replace(budget, groups=None, n_words=min(_available(view, budget) for view in views))
    given = {name: _given(value) for name, value in job.given.items()}
    results = [measured(Call(job.components["metric"], view, given, budget, job.key)) for view in views]
    failed = [result["why"] for result in results if "why" in result]
    if failed:
        return job.numbers({"parts": {}, "why": failed[0]})
    random = defaultdict(list)
    for result in results[1:]:
        for part, figure in result["parts"].items():
            random[part].append(figure["value"])
    return job.numbers(
        {
            "parts": {
                part: {
                    "value": figure["value"],
                    "random": float(np.mean(random[part])),
                    "random_sd": float(np.std(random[part], ddof=1)),
                }
                for part, figure in results[0]["parts"].items()
            },
            "words": budget.n_words,
        }
    )


def _given(value: object) -> object:
    if isinstance(value, Rows):
        value = value.samples()
    return View(value) if isinstance(value, Samples) else value


def _available(view: View, budget: Budget) -> int:
    """Return the words that may be taken of a view, at most N; 1 where it has none, so that the metric says so."""
    total = int(np.minimum(view.words().sizes, budget.max_words).sum())
    return max(1, total if budget.n_words is None else min(total, budget.n_words))
