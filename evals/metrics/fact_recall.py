"""Fact recall: how many facts a student still knows, from those that human text repeats to those it says once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from evals.buckets import QUARTILES, mass_quartiles
from evals.given import HasProbes
from evals.interval import Terms
from evals.probe import Probe

DECILES = 10


def frequency_deciles(train_counts: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Return the decile of each fact by how often human train text says it, 1 the rarest and 10 the most frequent.

    Facts of equal frequency stay together, in the decile of the first of them when the most frequent come first (as in
    `evals.buckets`): deciles are equal only nearly, and one that a tie swallows is empty.

    Raises:
        ValueError: no facts, or a count below 1.
    """
    counts = np.asarray(train_counts, dtype=np.int64)
    if counts.ndim != 1 or not counts.size or counts.min() < 1:
        raise ValueError(
            f"frequency_deciles: got counts of shape {counts.shape}, the least {np.min(counts, initial=1)}, want 1 or "
            "more facts, each said at least once."
        )
    more_frequent = np.searchsorted(np.sort(-counts), -counts)  # (n_facts,) facts before all of this frequency
    return np.asarray(DECILES - DECILES * more_frequent // len(counts), dtype=np.int64)


def fact_recall(probes: Sequence[Probe]) -> dict[str, Terms]:
    """Return the terms of the share of facts that are recalled, over groups of their frequency in human train text.

    A fact is recalled when its true value has a higher log-probability after the statement than every other candidate
    (closed-set cloze; on the whole value, not its first token).
    value                    all facts that train text says, each once
    decile_1 ... decile_10   the rarest to the most frequent tenth of the facts (`frequency_deciles`)
    head, upper, lower, tail quartiles of mass, the most frequent facts first (`evals.buckets.mass_quartiles`)
    unseen                   facts that train text never says: nothing to know, so what guessing gets
    chance                   mean of 1 / candidates over the facts of `value`, what a guess gets; no student moves it
    Range [0, 1], higher is better; human text itself, whose facts they are, has 1. Falling shares in the first deciles
    with steady ones in the last are a tail of knowledge that is lost while the text stays fluent, which no measure of
    the text shows. Terms are sums over an entity's facts, which go together.

    Source: Petroni et al. 2019 (arXiv 1909.01066), P@1 of a cloze statement; Kandpal et al. 2023 (arXiv 2211.08411),
    recall by how often the fact was read. Deviation: candidates are the values of the relation, not the vocabulary, so
    that values may have several tokens and a guess has a known chance; a tie is not recalled.

    Raises:
        ValueError: no fact that train text says.
    """
    counts = np.array([probe.train_count for probe in probes], dtype=np.int64)
    said = counts > 0
    if not np.any(said):
        raise ValueError(f"fact_recall: human train text says 0 of {len(counts)} facts, want 1 or more.")
    deciles = np.zeros(len(counts), dtype=np.int64)
    deciles[said] = frequency_deciles(counts[said])
    quartile_of = mass_quartiles({place: int(counts[place]) for place in np.flatnonzero(said).tolist()})
    quartiles = np.array([quartile_of.get(place, "") for place in range(len(counts))])
    groups = {
        "value": said,
        **{f"decile_{number}": deciles == number for number in range(1, DECILES + 1)},
        **{name: quartiles == name for name in QUARTILES},
        "unseen": ~said,
    }
    recalled = np.array([probe.is_recalled for probe in probes], dtype=np.float64)
    entities = _numbered(probes)
    terms = {name: _by_entity(entities, recalled, inside) for name, inside in groups.items() if np.any(inside)}
    return terms | {"chance": _by_entity(entities, np.array([probe.chance for probe in probes]), said)}


@dataclass(frozen=True, slots=True)
class FactRecall:
    """Recall of the facts that a source asks for, by how often human train text says them; it has no settings."""

    kinds: ClassVar[tuple[str, ...]] = ("text",)
    reads: ClassVar[str] = "probes"
    views: ClassVar[tuple[str, ...]] = ("student",)
    needs: ClassVar[tuple[str, ...]] = ("log_probs",)
    interval: ClassVar[str] = "bootstrap"
    better: ClassVar[Mapping[str, str]] = {"*": "higher"}

    def terms(self, given: HasProbes) -> dict[str, Terms]:
        """Return the terms of value, each decile and quartile, unseen and chance."""
        return fact_recall(given.probes)


def _numbered(probes: Sequence[Probe]) -> npt.NDArray[np.int64]:
    number: dict[object, int] = {}
    return np.array([number.setdefault(probe.entity, len(number)) for probe in probes], dtype=np.int64)


def _by_entity(
    entities: npt.NDArray[np.int64], values: npt.NDArray[np.float64], inside: npt.NDArray[np.bool_]
) -> Terms:
    """Sum the values of an entity's facts inside a group, and count those facts."""
    n_entities = int(entities.max()) + 1
    summed, counted = (
        np.asarray(np.bincount(entities, weights, n_entities), dtype=np.float64)
        for weights in (np.where(inside, values, 0.0), inside.astype(np.float64))
    )
    return Terms(summed, counted)
