"""Measures one view with one metric: equal budgets and intervals are made here, once for all metrics."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from evals.binomial import Quantile, Share
from evals.buckets import TrainCounts
from evals.budget import rarefy
from evals.documents import Documents
from evals.graded import Graded
from evals.interval import (
    Contrast,
    Interval,
    Terms,
    bootstrap_contrast,
    bootstrap_ratio,
    delete_group_jackknife,
)
from evals.log_probs import LogProbs
from evals.ngram_counts import NgramCounts
from evals.subsamples import disjoint_subsamples
from evals.token_scores import TokenScores
from evals.words import token_words, word_spans, words
from loops.grading import by_replica
from loops.key import Key
from loops.probing import probes_of
from loops.replicas import places
from loops.samples import Samples

Parts = dict[str, Any]
Estimate = Callable[[Sequence[int]], dict[str, float]]
"""Places of documents -> the parts of a metric."""
Resample = Callable[[Estimate, Sequence[int], np.random.Generator, int], Mapping[str, Interval]]
"""An estimate, all places, random numbers and the number of groups -> an interval for parts."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What is taken of a view, the same for all views and for the human text beside them."""

    n_words: int | None
    """N: words of a view; null: all, for closed-form worlds with equal sizes."""
    max_words: int
    """L: words at which a text is cut."""
    n_texts: int
    """Texts of a view that are embedded, or scored token by token."""
    groups: int | None
    """How many times the texts are measured again for an interval: groups of the jackknife; null: no intervals of what
    is not a mean over documents."""
    resamples: int
    """Resamples of the bootstrap over documents."""


@dataclass(slots=True)
class View:
    """Rows, and the words of their texts: cut once, however many metrics read them."""

    samples: Samples
    cut: Documents[str] | None = None
    """The words of each text, where somebody has cut them."""

    def words(self) -> Documents[str]:
        """Cut the texts into words."""
        if self.cut is None:
            self.cut = Documents.of(map(words, self.samples.texts()))
        return self.cut


@dataclass(frozen=True, slots=True)
class Call:
    """One measurement."""

    metric: Any
    view: View
    given: Mapping[str, Any]
    """What the metric needs, by name, as stages left it; the reference is a `View`."""
    budget: Budget
    key: Key


class Collection(NamedTuple):
    """The documents of a view, so that some can be left out."""

    size: int
    at: Callable[[Sequence[int] | None], Any]
    """Places (None: all) -> what the metric reads of the documents there."""


def measured(call: Call) -> Parts:
    """Return the metric's parts with their intervals; where it cannot be measured, none and the reason.

    Late collapse must not kill the run that found it.
    """
    try:
        return {"parts": _INTERVALS[call.metric.interval](call)}
    except ValueError as error:
        return {"parts": {}, "why": str(error)}


def _exact(call: Call) -> Parts:
    """Closed forms: one value a replica, no interval, since replicas are the seeds."""
    parameters = dict(call.given["parameters"])
    replicas = parameters.pop("replicas")
    given = SimpleNamespace(parameters=parameters)
    if "truth" in call.metric.needs:
        given.truth = call.given["truth"]
    if "reference" in call.metric.needs:
        rows = call.given["reference"].samples
        given.reference = [rows.values()[mine] for mine in places(rows.numbers("replica"), replicas)]
    return {part: {"replica": _by_replica(replicas, values)} for part, values in call.metric.exact(given).items()}


def _resampled(call: Call, resample: Resample) -> Parts:
    """Whatever counts distinct or repeated things, or compares sets of texts: measured again for some documents."""
    if call.view.samples.kind != "text":
        return _worlds(call)
    collection, given = _COLLECTIONS[call.metric.reads](call), _given(call)
    values = call.metric.measure(collection.at(None), given)
    parts: Parts = {part: {"value": value} for part, value in values.items()}
    if call.budget.groups is None:
        return parts

    def estimate(places: Sequence[int]) -> dict[str, float]:
        found: dict[str, float] = call.metric.measure(collection.at(places), given)
        return found

    try:
        intervals = resample(estimate, range(collection.size), call.key.fold("groups").rng(), call.budget.groups)
    except ValueError:  # too few texts for parts of them, late in a collapse: the value stands, without an interval
        return parts
    for part, interval in intervals.items():
        parts[part] |= interval._asdict()
    return parts


def _worlds(call: Call) -> Parts:
    """One value a replica: replicas are the seeds, so none needs an interval of its own."""
    worlds = _graded_worlds if call.metric.reads == "graded" else _word_worlds
    found: dict[str, dict[str, float]] = {}
    for replica, documents, given in worlds(call):
        for part, measured in call.metric.measure(documents, given).items():
            found.setdefault(part, {})[str(replica)] = measured
    return {part: {"replica": values} for part, values in found.items()}


def _word_worlds(call: Call) -> Iterator[tuple[int, Any, SimpleNamespace]]:
    replica, value = call.view.samples.numbers("replica"), call.view.samples.values()
    reference = call.given["reference"].samples if "reference" in call.metric.needs else None
    for r in np.unique(replica):
        theirs = [] if reference is None else reference.values()[reference.numbers("replica") == r].tolist()
        documents = _rarefied(value[replica == r].tolist(), call, call.key.fold("replica", int(r)))
        yield r, _of_words(call.metric, documents, theirs).at(None), SimpleNamespace(reference=theirs)


def _graded_worlds(call: Call) -> Iterator[tuple[int, list[Graded], SimpleNamespace]]:
    if call.view.samples.endless:
        raise ValueError(
            "graded: the rows are shares of infinitely many draws, and draws are counted here. Give prompts.count a "
            "number, or read the policy itself (known_policy)."
        )
    named = ("graded", "student_0_graded")
    passes = {name: by_replica(call.given[name], name) for name in named if name in call.metric.needs}
    before = passes.get("student_0_graded", {})
    for r, graded in passes["graded"].items():
        yield r, graded, SimpleNamespace(student_0_graded=_by_prompt(before.get(r, [])))


def _bootstrap(call: Call) -> Parts:
    """Means over documents, quantiles over them and shares of them."""
    documents = (
        () if call.metric.reads in ("log_probs", "probes") else (_COLLECTIONS[call.metric.reads](call).at(None),)
    )
    parts: Parts = {}
    for part, terms in call.metric.terms(*documents, _given(call)).items():
        parts[part] = {"value": terms.value()}
        try:
            interval = _bootstrapped(terms, call.key.fold("bootstrap", part).rng(), call.budget.resamples)
        except ValueError:  # too few documents hold anything of the part: the value stands, without an interval
            continue
        parts[part] |= interval._asdict()
    return parts


def _bootstrapped(terms: Terms | Contrast | Quantile | Share, rng: np.random.Generator, resamples: int) -> Interval:
    match terms:
        case Contrast():
            return bootstrap_contrast(terms, rng, resamples)
        case Terms():
            return bootstrap_ratio(terms.numerators, terms.denominators, rng, resamples, transform=terms.transform)
        case _:
            return terms.interval()


def _given(call: Call) -> SimpleNamespace:
    """Put what stages left into the form that `evals.given` promises."""
    needs, given = call.metric.needs, SimpleNamespace()
    for name in ("log_probs", "student_0_log_probs"):
        if name in needs and call.metric.reads == "log_probs":
            setattr(given, name, _log_probs(call.view.samples.texts(), call.given[name]))
    if call.metric.reads == "probes":
        given.probes = probes_of(call.view.samples, call.given["log_probs"])
    if "buckets" in needs:
        counts = call.given["buckets"]
        given.buckets = TrainCounts(counts["words"], {int(token): n for token, n in counts["tokens"].items()})
    if "reference" in needs and call.metric.reads == "words":
        given.reference = call.given["reference"].words()
    if "reference_embeddings" in needs:
        given.reference = _embeddings(call, "reference_embeddings")
    for name in ("reference_log_probs", "reference_student_0_log_probs"):
        if name in needs:
            given.reference = _token_scores(call, name)
    if "student_0_graded" in needs:
        given.student_0_graded = _by_prompt(_graded_texts(call, "student_0_graded"))
    return given


def _words(call: Call) -> Collection:
    documents = _rarefied(call.view.words(), call, call.key)
    needs_reference = "reference" in call.metric.needs and call.metric.reads == "ngrams"
    theirs = call.given["reference"].words() if needs_reference else []
    return _of_words(call.metric, documents, theirs)


def _of_words(metric: Any, documents: Sequence[Any], reference: Sequence[Any]) -> Collection:
    if metric.reads == "ngrams":
        return Collection(len(documents), NgramCounts.of(documents, metric.n, reference).counts)
    whole = Documents.of(documents)
    return Collection(len(whole), lambda places: whole if places is None else whole.part(places))


def _embedded(call: Call) -> Collection:
    rows = _embeddings(call, "embeddings")
    return Collection(len(rows), lambda places: rows if places is None else rows[places])


def _scored(call: Call) -> Collection:
    name = "log_probs" if "log_probs" in call.metric.needs else "student_0_log_probs"
    return _listed(_token_scores(call, name))


def _graded(call: Call) -> Collection:
    return _listed(_graded_texts(call, "graded"))


def _graded_texts(call: Call, name: str) -> list[Graded]:
    return by_replica(call.given[name], name)[0]


def _by_prompt(graded: Sequence[Graded]) -> dict[Hashable, Graded]:
    return {each.prompt: each for each in graded}


def _listed(documents: Sequence[Any]) -> Collection:
    return Collection(
        len(documents), lambda places: documents if places is None else [documents[place] for place in places]
    )


def _embeddings(call: Call, name: str) -> np.ndarray:
    rows: np.ndarray = call.given[name]["embeddings"]
    _check_texts(name, len(rows), call.budget.n_texts)
    return rows


def _token_scores(call: Call, name: str) -> list[TokenScores]:
    """Return the scores of each text; a text of which no token was scored has nothing to say."""
    scored = call.given[name]
    borders = np.flatnonzero(np.diff(scored["document"])) + 1
    columns = [np.split(scored[column], borders) for column in ("nats", "top_nats")]
    texts = [TokenScores(nats, top_nats) for nats, top_nats in zip(*columns, strict=True) if len(nats)]
    _check_texts(name, len(texts), call.budget.n_texts)
    return texts


def _check_texts(name: str, n_texts: int, wanted: int) -> None:
    if n_texts < wanted:
        raise ValueError(f"{name}: {n_texts:,} of {wanted:,} texts. Draw more, or lower measure.n_texts for all views.")


def _log_probs(texts: list[str], scored: Mapping[str, np.ndarray]) -> LogProbs:
    """Say to which word each scored token goes; tokens follow one another, so each begins where the last ended."""
    borders = np.searchsorted(scored["document"], np.arange(len(texts) + 1))
    owners = [np.zeros(0, np.int64)]
    for i, text in enumerate(texts):
        ends = scored["end"][borders[i] : borders[i + 1]].tolist()
        starts = [0, *ends[:-1]]
        spans = [None if end < 0 else (start, end) for start, end in zip(starts, ends, strict=True)]
        owners.append(token_words(spans, word_spans(text)))
    return LogProbs(scored["document"], scored["token"], scored["nats"], np.concatenate(owners), texts)


def _rarefied(documents: Sequence[Any], call: Call, key: Key) -> Sequence[Any]:
    if call.budget.n_words is None:
        return documents
    return rarefy(documents, call.budget.n_words, call.budget.max_words, key.fold("rarefy").rng())


def _by_replica(replicas: np.ndarray, values: np.ndarray) -> dict[str, float]:
    return {str(replica): float(value) for replica, value in zip(replicas, values, strict=True)}


_COLLECTIONS: dict[str, Callable[[Call], Collection]] = {
    "words": _words,
    "ngrams": _words,
    "embeddings": _embedded,
    "token_scores": _scored,
    "graded": _graded,
}
_INTERVALS: dict[str, Callable[[Call], Parts]] = {
    "exact": _exact,
    "jackknife": partial(_resampled, resample=delete_group_jackknife),
    "subsamples": partial(_resampled, resample=disjoint_subsamples),
    "bootstrap": _bootstrap,
}
