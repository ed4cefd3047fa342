"""Measures files of texts beside human text: equal budgets, intervals, and how far apart they are."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from evals.interval import Interval
from evals.subsamples import degrees_of_freedom
from evals.z_score import standard_error, z_score
from loops.errors import HeirloomError
from loops.executor.crew import one_by_one, side_by_side, workers_that_fit
from loops.given import Given
from loops.key import Key
from loops.measuring import Budget, Call, Parts, View, measured
from loops.outside.budget import Pile
from loops.outside.choice import Chosen
from loops.outside.sides import HUMAN, REFERENCE, Limits, Sides, take_sides
from loops.samples import Samples
from loops.stages.cut import cut_texts
from loops.stages.embed import embedded

WORTH_A_PROCESS = 5_000
"""Words of a side below which starting processes takes longer than measuring."""
FAR = 2.0
"""Standard errors beyond which a measure counts as far from human text."""
Told = Callable[[int, int], None]
"""Hears how many measurements of how many are done."""


class Task(NamedTuple):
    """One metric on one side."""

    metric: str
    side: str
    call: Call


class Result(NamedTuple):
    """What came out of it."""

    metric: str
    side: str
    parts: Parts
    """As `loops.measuring.measured` gives them."""
    bug: str | None = None
    """The traceback of an error that a metric should not make."""


class Figure(NamedTuple):
    """A value with its interval, where it has one."""

    value: float
    interval: Interval | None


class Line(NamedTuple):
    """One measure of a file beside human text; None where it could not be measured."""

    measure: str
    better: str
    """Where better texts lie: lower, higher, or human."""
    own: Figure | None
    human: Figure | None
    ratio: float | None
    """Own value over human value; None where that is 0."""
    z: float | None
    """None without both intervals, or where neither has a width."""


@dataclass(frozen=True)
class Comparison:
    """Everything that was measured."""

    piles: Mapping[str, Pile]
    human: Pile | None
    chosen: Chosen
    sides: Sides
    results: Mapping[tuple[str, str], Result]
    """By metric and side."""

    def lines(self, side: str) -> list[Line]:
        """Set each measure of a side beside that of human text."""
        return [line for name in self.chosen.metrics for line in self._lines(name, side)]

    def _lines(self, name: str, side: str) -> list[Line]:
        metric, own, human = self.chosen.metrics[name], self._figures(name, side), self._figures(name, HUMAN)
        freedom = _freedom(metric.interval, self.sides.budget.groups)
        lines = []
        for part in {**own, **human}:
            better = metric.better.get(part) or metric.better["*"]
            lines.append(_line(f"{name}/{part}", better, own.get(part), human.get(part), freedom))
        return lines

    def _figures(self, name: str, side: str) -> dict[str, Figure]:
        if (name, side) not in self.results:
            return {}
        parts = self.results[name, side].parts["parts"]
        return {part: Figure(found["value"], _interval(found)) for part, found in parts.items()}

    def unmeasured(self) -> dict[tuple[str, str], str]:
        """Say by metric and side why there is no value."""
        return {place: result.parts["why"] for place, result in self.results.items() if "why" in result.parts}

    def bugs(self) -> list[str]:
        """Return the tracebacks of errors that metrics should not make."""
        return [result.bug for result in self.results.values() if result.bug is not None]


def compare(files: Mapping[str, Pile], human: Pile | None, chosen: Chosen, limits: Limits, told: Told) -> Comparison:
    """Measure each file, and one half of human text as if it were one.

    Metrics of two samples compare each side with the other half, so that a file's distance from human text and that
    of human text from itself are made alike.
    """
    sides = take_sides(files, human, limits, chosen.measure)
    sides = replace(sides, notes=[*sides.notes, *_capped(chosen, sides)])
    key = Key.root(limits.seed).fold("measure")
    chosen, rows = _embedded(chosen, sides, key)
    shared = {"reference": sides.reference, "buckets": _buckets(sides.reference)}
    tasks = [
        Task(name, side, Call(metric, view, _given(metric, side, shared, rows), sides.budget, key))
        for name, metric in chosen.metrics.items()
        for side, view in sides.measured.items()
    ]
    results: dict[tuple[str, str], Result] = {}

    def take(result: Result) -> None:
        results[result.metric, result.side] = result
        told(len(results), len(tasks))

    workers = limits.workers or (workers_that_fit(1) if sides.n_words >= WORTH_A_PROCESS else 1)
    if workers == 1:
        one_by_one(tasks, _measure, _failed, take)
    else:
        side_by_side(tasks, _measure, _failed, workers, 1, take)
    return Comparison(files, human, chosen, sides, results)


def _embedded(chosen: Chosen, sides: Sides, key: Key) -> tuple[Chosen, dict[str, np.ndarray]]:
    """Embed every side where a metric reads that; where it cannot be done, those metrics are refused."""
    reading = [name for name, metric in chosen.metrics.items() if "embeddings" in metric.needs]
    if reading and chosen.embedder.needs:
        foreign = " and ".join(chosen.embedder.needs)
        return chosen.without(reading, f"embedder: needs {foreign}, which a run has and a file has not"), {}
    views = {**sides.measured, **({REFERENCE: sides.reference} if sides.reference else {})}
    try:
        return chosen, {
            side: _embeddings(view.samples, chosen, sides.budget, key) for side, view in views.items() if reading
        }
    except (HeirloomError, ValueError, ImportError) as error:
        return chosen.without(reading, f"embedder: {error}"), {}


def _embeddings(samples: Samples, chosen: Chosen, budget: Budget, key: Key) -> np.ndarray:
    texts = cut_texts(samples, budget.n_texts, budget.max_words, key.fold("cut").rng())
    return embedded(chosen.embedder, texts, Given({}), chosen.runtime)


def _capped(chosen: Chosen, sides: Sides) -> Iterator[str]:
    """Say which metrics read less than what is measured, since their time grows faster than the text."""
    held = {"max_words": sides.n_words, "max_texts": max(len(view.samples) for view in sides.measured.values())}
    said = [
        f"{name}.{cap}={limit}"
        for name, metric in chosen.metrics.items()
        for cap, n in held.items()
        if (limit := getattr(metric, cap, n)) < n
    ]
    if said:
        yield f"Read less, the first of the shuffled texts, to save time: {', '.join(said)}; settings take more."


def _buckets(reference: View | None) -> dict[str, Any]:
    """Count the words of human text that is not measured, in the form in which a stage leaves the train split's."""
    return {"words": reference.words().counts() if reference else {}, "tokens": {}}


def _given(metric: Any, side: str, shared: Mapping[str, Any], rows: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Return what a metric's needs name, in the form in which stages leave it."""
    given = dict(shared)
    if rows:
        given["embeddings"] = {"embeddings": rows[side]}
    if REFERENCE in rows:
        given["reference_embeddings"] = {"embeddings": rows[REFERENCE]}
    return {need: given[need] for need in metric.needs}


def _measure(task: Task, emit: Callable[[Result], None]) -> None:
    emit(Result(task.metric, task.side, measured(task.call)))


def _failed(task: Task, error: BaseException) -> Result:
    """Tell of a metric that did what it should not, so that the others are shown all the same."""
    why = f"{type(error).__name__}: {error}"
    return Result(task.metric, task.side, {"parts": {}, "why": why}, "".join(traceback.format_exception(error)))


def _interval(found: Mapping[str, float]) -> Interval | None:
    return Interval(found["low"], found["high"]) if "low" in found else None


def _freedom(kind: str, groups: int | None) -> int | None:
    """Return the degrees of freedom that an interval's kind has; None where it is not made of groups of texts."""
    if groups is None or kind not in ("jackknife", "subsamples"):
        return None
    return groups - 1 if kind == "jackknife" else degrees_of_freedom(groups)


def _line(measure: str, better: str, own: Figure | None, human: Figure | None, freedom: int | None) -> Line:
    ratio = own.value / human.value if own and human and human.value else None
    return Line(measure, better, own, human, ratio, _z(own, human, freedom) if own and human else None)


def _z(own: Figure, human: Figure, freedom: int | None) -> float | None:
    if own.interval is None or human.interval is None:
        return None
    errors = [standard_error(interval, freedom) for interval in (own.interval, human.interval)]
    return z_score(own.value, errors[0], human.value, errors[1]) if any(errors) else None
