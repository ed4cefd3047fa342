"""NLL by how frequent the token is in human text: the cheapest sign that a student loses its tail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evals.buckets import QUARTILES, UNSEEN, mass_quartiles
from evals.given import HasScoresAndCounts
from evals.interval import Terms
from evals.log_probs import LogProbs


def token_frequency_nll(log_probs: LogProbs, train_counts: Mapping[int, int]) -> dict[str, Terms]:
    """Return the terms of the mean NLL, in nats per token, in each quartile of human train token mass.

    Parts head, upper, lower, tail (most frequent quarter of occurrences first), unseen (tokens that train
    text does not hold) and eos (tokens that stand for no text). Range [0, inf); rises as the student unlearns
    what is in the bucket. Early collapse is tail up with head still; the change of tail minus head since
    student 0 is the tail gap. A part without a token in the scored texts is left out.

    It compares students with one tokenizer only, and with few tokens in the vocabulary the tail quarter is
    not the human tail: claims rest on `word_frequency_nll`.

    Raises:
        ValueError: no train counts, or one below 1.
    """
    quartile_of = mass_quartiles(train_counts)
    names = (*QUARTILES, UNSEEN, "eos")
    kinds, place = np.unique(log_probs.token, return_inverse=True)
    bucket_of_kind = np.array([names.index(quartile_of.get(int(kind), UNSEEN)) for kind in kinds])
    bucket = np.where(log_probs.special, names.index("eos"), bucket_of_kind[place])  # (n_tokens,)
    terms: dict[str, Terms] = {}
    for number, name in enumerate(names):
        inside = bucket == number
        if np.any(inside):
            nll = log_probs.per_document(np.where(inside, -log_probs.nats, 0.0))
            terms[name] = Terms(nll, log_probs.per_document(inside))
    return terms


@dataclass(frozen=True, slots=True)
class TokenFrequencyNLL:
    """NLL of a student on held-out human text by quartile of token mass; it has no settings."""

    kinds: ClassVar[tuple[str, ...]] = ("text",)
    reads: ClassVar[str] = "log_probs"
    views: ClassVar[tuple[str, ...]] = ("student",)
    needs: ClassVar[tuple[str, ...]] = ("log_probs", "buckets")
    interval: ClassVar[str] = "bootstrap"
    better: ClassVar[Mapping[str, str]] = {"*": "lower"}

    def terms(self, given: HasScoresAndCounts) -> dict[str, Terms]:
        """Return the terms of each quartile, of unseen tokens and of EOS."""
        return token_frequency_nll(given.log_probs, given.buckets.tokens)
