"""Perplexity square by hand and at its extremes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest

from evals.interval import bootstrap_ratio
from evals.log_probs import LogProbs
from evals.metrics.perplexity_square import PerplexitySquare, perplexity_square


@dataclass(frozen=True)
class Given:
    """What the metric needs."""

    log_probs: LogProbs
    student_0_log_probs: LogProbs


def scored(nats: list[list[float]]) -> LogProbs:
    """Bind the tokens of some texts of one word each."""
    sizes = [len(each) for each in nats]
    document, zeros = np.repeat(np.arange(len(nats)), sizes), np.zeros(sum(sizes), dtype=int)
    return LogProbs(document, zeros, np.concatenate(nats), zeros, ["word"] * len(nats))


def test_values_by_hand() -> None:
    # own: 1 + 2 + 3 nats over 3 tokens, e^2; student 0: 6 + 6 + 0 over 3, e^4
    figures = PerplexitySquare().terms(Given(scored([[-1.0, -2.0], [-3.0]]), scored([[-6.0, -6.0], [0.0]])))
    assert {part: terms.value() for part, terms in figures.items()} == {
        "own": pytest.approx(math.e**2),
        "student_0": pytest.approx(math.e**4),
    }


def test_extremes_are_one_for_certainty_and_the_vocabulary_for_a_uniform_guess() -> None:
    figures = perplexity_square(scored([[0.0, 0.0]]), scored([[-math.log(50)] * 2]))
    assert figures["own"].value() == 1
    assert figures["student_0"].value() == pytest.approx(50)


def test_long_texts_weigh_by_their_tokens_and_order_does_not_matter() -> None:
    turned = perplexity_square(scored([[-3.0], [-2.0, -1.0]]), scored([[0.0], [-6.0, -6.0]]))
    for part, terms in perplexity_square(scored([[-1.0, -2.0], [-3.0]]), scored([[-6.0, -6.0], [0.0]])).items():
        assert terms.denominators.tolist() == [2.0, 1.0]
        assert turned[part].value() == pytest.approx(terms.value())


def test_the_interval_is_that_of_texts() -> None:
    nats = [[-1.0 - i] for i in range(10)]
    own = perplexity_square(scored(nats), scored(nats))["own"]
    interval = bootstrap_ratio(*own[:2], np.random.default_rng(0), transform=own.transform)
    # near the t interval of mean 5.5 and standard error sqrt(9.167 / 10) over 10 texts of one token each
    assert np.log(interval) == pytest.approx((5.5 - 2.26 * 0.957, 5.5 + 2.26 * 0.957), abs=0.4)
