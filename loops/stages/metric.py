"""Measure one view with one metric: equal budgets and intervals are made here, once for all metrics."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from evals.buckets import TrainCounts
from evals.budget import rarefy
from evals.interval import bootstrap_ratio, delete_group_jackknife
from evals.log_probs import LogProbs
from evals.words import token_words, word_spans, words
from loops.job import Job, Output
from loops.key import Key
from loops.samples import Samples

Documents = Sequence[Sequence[Hashable]]


def run(job: Job) -> Output:
    """Measure; what cannot be measured is recorded with the reason, since late collapse must not kill the run."""
    metric = job.components["metric"]
    try:
        parts = _MEASURE[metric.interval](job, metric)
        return job.numbers({"parts": parts})
    except ValueError as error:
        return job.numbers({"parts": {}, "why": str(error)})


def _exact(job: Job, metric: Any) -> dict[str, Any]:
    """Closed forms: one value a replica, no interval, since replicas are the seeds."""
    probabilities, truth = job.given["probabilities"], job.given["truth"]
    given = SimpleNamespace(probabilities=probabilities["probabilities"], truth=truth["probabilities"])
    replicas = probabilities["replicas"]
    return {part: {"replica": _by_replica(replicas, values)} for part, values in metric.exact(given).items()}


def _jackknife(job: Job, metric: Any) -> dict[str, Any]:
    """Counts of distinct and repeated things, on equal budgets of words."""
    view = _samples(job.inputs["view"])
    reference = _samples(job.given["reference"]) if "reference" in metric.needs else None
    if view.kind == "array":
        return _jackknife_worlds(job, metric, view, reference)
    given = SimpleNamespace(reference=None if reference is None else [words(text) for text in reference.texts()])
    documents = _rarefied([words(text) for text in view.texts()], job, job.key)
    measure: Callable[[Documents], dict[str, float]] = lambda texts: metric.measure(texts, given)  # noqa: E731
    values = measure(documents)
    try:
        intervals = delete_group_jackknife(measure, documents, job.key.fold("groups").rng(), job.settings["groups"])
    except ValueError:  # fewer texts than groups, late in a collapse: the value stands, without an interval
        return {part: {"value": value} for part, value in values.items()}
    return {part: {"value": value, **intervals[part]._asdict()} for part, value in values.items()}


def _jackknife_worlds(job: Job, metric: Any, view: Samples, reference: Samples | None) -> dict[str, Any]:
    replica, value = view.numbers("replica"), view.values()
    found: dict[str, dict[str, float]] = {}
    for r in np.unique(replica):
        given = SimpleNamespace(reference=None)
        if reference is not None:
            given.reference = reference.values()[reference.numbers("replica") == r].tolist()
        documents = _rarefied(value[replica == r].tolist(), job, job.key.fold("replica", int(r)))
        for part, measured in metric.measure(documents, given).items():
            found.setdefault(part, {})[str(r)] = measured
    return {part: {"replica": values} for part, values in found.items()}


def _bootstrap(job: Job, metric: Any) -> dict[str, Any]:
    """Means over documents."""
    given = SimpleNamespace(log_probs=_log_probs(job))
    if "buckets" in metric.needs:
        counts = job.given["buckets"]
        given.buckets = TrainCounts(counts["words"], {int(token): n for token, n in counts["tokens"].items()})
    parts: dict[str, Any] = {}
    for part, terms in metric.terms(given).items():
        parts[part] = {"value": terms.value()}
        if np.count_nonzero(terms.denominators) > 1:
            rng = job.key.fold("bootstrap", part).rng()
            numerators, denominators, transform = terms
            interval = bootstrap_ratio(numerators, denominators, rng, job.settings["resamples"], transform=transform)
            parts[part] |= interval._asdict()
    return parts


def _log_probs(job: Job) -> LogProbs:
    """Say to which word each scored token goes; tokens follow one another, so each begins where the last ended."""
    texts = _samples(job.inputs["view"]).texts()
    scored = job.given["log_probs"]
    borders = np.searchsorted(scored["document"], np.arange(len(texts) + 1))
    owners = [np.zeros(0, np.int64)]
    for i, text in enumerate(texts):
        ends = scored["end"][borders[i] : borders[i + 1]].tolist()
        starts = [0, *ends[:-1]]
        spans = [None if end < 0 else (start, end) for start, end in zip(starts, ends, strict=True)]
        owners.append(token_words(spans, word_spans(text)))
    return LogProbs(scored["document"], scored["token"], scored["nats"], np.concatenate(owners), texts)


def _rarefied(documents: Documents, job: Job, key: Key) -> Documents:
    if job.settings["n_words"] is None:
        return documents
    cut: Documents = rarefy(documents, job.settings["n_words"], job.settings["max_words"], key.fold("rarefy").rng())
    return cut


def _samples(value: Any) -> Samples:
    samples: Samples = value if isinstance(value, Samples) else value.samples()
    return samples


def _by_replica(replicas: np.ndarray, values: np.ndarray) -> dict[str, float]:
    return {str(replica): float(value) for replica, value in zip(replicas, values, strict=True)}


_MEASURE: dict[str, Callable[[Job, Any], dict[str, Any]]] = {
    "exact": _exact,
    "jackknife": _jackknife,
    "bootstrap": _bootstrap,
}
