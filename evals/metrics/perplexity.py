"""Perplexity: how surprised a student is by human text, per token and per byte."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evals.given import HasLogProbs
from evals.interval import Terms, Transform
from evals.log_probs import LogProbs


def perplexity(log_probs: LogProbs) -> dict[str, Terms]:
    """Return the terms of three forms of one loss, each weighted by length, not a mean of documents' means.

    value          exp(nll); range [1, inf)
    nll            sum of -log p over tokens / tokens, in nats, EOS included; range [0, inf)
    bits_per_byte  sum of -log2 p over tokens that stand for text / UTF-8 bytes of the texts; range [0, inf)

    All rise as the student loses the human distribution. The first two depend on the tokenizer; compare
    students with different ones by the third, which leaves EOS out because it has no bytes and is left out
    itself when only EOS was scored. A mean over tokens is a mean over the head: it can look well while the
    tail is gone.
    """
    nll = log_probs.per_document(-log_probs.nats)
    tokens = log_probs.per_document(np.ones(len(log_probs.nats)))
    terms = {"value": Terms(nll, tokens, Transform.EXP), "nll": Terms(nll, tokens)}
    text_nll = log_probs.per_document(np.where(log_probs.special, 0.0, -log_probs.nats))
    scored = log_probs.per_document(~log_probs.special) > 0
    text_bytes = np.array([len(text.encode("utf-8", "surrogatepass")) for text in log_probs.texts], dtype=float)
    if np.any(scored):
        terms["bits_per_byte"] = Terms(text_nll / math.log(2), np.where(scored, text_bytes, 0.0))
    return terms


@dataclass(frozen=True, slots=True)
class Perplexity:
    """Perplexity of a student on held-out human text; it has no settings."""

    kinds: ClassVar[tuple[str, ...]] = ("text",)
    reads: ClassVar[str] = "log_probs"
    views: ClassVar[tuple[str, ...]] = ("student",)
    needs: ClassVar[tuple[str, ...]] = ("log_probs",)
    interval: ClassVar[str] = "bootstrap"
    better: ClassVar[Mapping[str, str]] = {"*": "lower"}

    def terms(self, given: HasLogProbs) -> dict[str, Terms]:
        """Return the terms of value, nll and bits_per_byte."""
        return perplexity(given.log_probs)
