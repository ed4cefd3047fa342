"""Perplexity by hand, at its extremes, and against torch's own loss."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest

from evals.interval import bootstrap_ratio
from evals.log_probs import LogProbs
from evals.metrics.perplexity import Perplexity, perplexity


@dataclass(frozen=True)
class Given:
    """The one thing that the metric needs."""

    log_probs: LogProbs


def scored(document: list[int], nats: list[float], word: list[int], texts: list[str]) -> LogProbs:
    """Bind one list per field; token ids do not matter here."""
    return LogProbs(np.array(document), np.zeros(len(nats), dtype=int), np.array(nats), np.array(word), texts)


TWO = scored([0, 0, 0, 1], [-1.0, -2.0, -0.5, -4.0], [0, 1, -1, 0], ["a \u00e9", "b"])


def test_values_by_hand() -> None:
    # NLL 1 + 2 + .5 + 4 = 7.5 over 4 tokens; without EOS 7 nats over 4 + 1 bytes (the accented letter has 2)
    terms = perplexity(TWO)
    assert terms["nll"].value() == 7.5 / 4
    assert terms["value"].value() == pytest.approx(math.exp(7.5 / 4))
    assert terms["bits_per_byte"].value() == pytest.approx(7 / 5 / math.log(2))


def test_long_documents_weigh_by_their_tokens() -> None:
    assert perplexity(TWO)["nll"].numerators.tolist() == [3.5, 4.0]
    assert perplexity(TWO)["nll"].denominators.tolist() == [3.0, 1.0]


def test_extremes_are_one_for_certainty_and_the_vocabulary_for_a_uniform_guess() -> None:
    certain = scored([0, 0], [0.0, 0.0], [0, 1], ["a b"])
    uniform = scored([0, 0], [-math.log(50)] * 2, [0, 1], ["a b"])
    assert perplexity(certain)["value"].value() == 1.0
    assert perplexity(uniform)["value"].value() == pytest.approx(50)


def test_order_of_tokens_and_documents_does_not_matter() -> None:
    turned = scored([0, 1, 1, 1], [-4.0, -0.5, -2.0, -1.0], [0, -1, 1, 0], ["b", "a \u00e9"])
    for part, terms in perplexity(TWO).items():
        assert perplexity(turned)[part].value() == pytest.approx(terms.value())


def test_a_text_without_scored_tokens_adds_no_bytes() -> None:
    more = scored([0, 0, 0, 1], [-1.0, -2.0, -0.5, -4.0], [0, 1, -1, 0], ["a \u00e9", "b", "not scored"])
    assert perplexity(more)["bits_per_byte"].value() == perplexity(TWO)["bits_per_byte"].value()


def test_eos_alone_has_no_bits_per_byte() -> None:
    assert list(perplexity(scored([0], [-1.0], [-1], [""]))) == ["value", "nll"]


def test_the_component_takes_a_bootstrap() -> None:
    ten = scored(list(range(10)), [-1.0 - i for i in range(10)], [0] * 10, ["a"] * 10)
    terms = Perplexity().terms(Given(ten))["value"]
    low, high = bootstrap_ratio(
        terms.numerators, terms.denominators, np.random.default_rng(0), transform=terms.transform
    )
    # near exp of the t interval of mean 5.5 and standard error sqrt(9.167 / 10) over 10 texts of one token each
    assert np.log((low, high)) == pytest.approx((5.5 - 2.26 * 0.957, 5.5 + 2.26 * 0.957), abs=0.4)


def test_agrees_with_torch_cross_entropy() -> None:
    torch = pytest.importorskip("torch")
    logits = torch.randn(40, 11, generator=torch.Generator().manual_seed(0))
    targets = torch.arange(40) % 11
    nats = torch.log_softmax(logits, -1)[torch.arange(40), targets].numpy()
    theirs = torch.nn.functional.cross_entropy(logits, targets).item()
    log_probs = LogProbs(np.arange(40) // 10, targets.numpy(), nats, np.zeros(40, dtype=int), ["a"] * 4)
    assert perplexity(log_probs)["nll"].value() == pytest.approx(theirs, rel=1e-6)
