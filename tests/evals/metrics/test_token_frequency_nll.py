"""NLL by token frequency: by hand, and every token in exactly one part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from evals.buckets import TrainCounts
from evals.log_probs import LogProbs
from evals.metrics.perplexity import perplexity
from evals.metrics.token_frequency_nll import TokenFrequencyNLL, token_frequency_nll

COUNTS = {1: 4, 2: 3, 3: 2, 4: 1}  # begin at 0, 4, 7 and 9 of 10: head, upper, lower, tail


@dataclass(frozen=True)
class Given:
    """What the metric needs."""

    log_probs: LogProbs
    buckets: TrainCounts


def scored(document: list[int], token: list[int], nats: list[float], word: list[int]) -> LogProbs:
    """Bind one list per field to two short texts."""
    return LogProbs(np.array(document), np.array(token), np.array(nats), np.array(word), ["a b", "c d"])


LOG_PROBS = scored(
    [0, 0, 0, 1, 1, 1, 1], [1, 4, 0, 1, 4, 9, 0], [-1, -5, -0.25, -2, -6, -7, -0.75], [0, 1, -1, 0, 1, 1, -1]
)


def test_values_by_hand() -> None:
    # head: token 1 twice, (1 + 2) / 2; tail: token 4 twice, (5 + 6) / 2; token 9 is new; EOS (.25 + .75) / 2
    figures = {part: terms.value() for part, terms in token_frequency_nll(LOG_PROBS, COUNTS).items()}
    assert figures == {"head": 1.5, "tail": 5.5, "unseen": 7.0, "eos": 0.5}


def test_terms_are_sums_over_documents() -> None:
    tail = TokenFrequencyNLL().terms(Given(LOG_PROBS, TrainCounts({}, COUNTS)))["tail"]
    assert tail.numerators.tolist() == [5.0, 6.0]
    assert tail.denominators.tolist() == [1.0, 1.0]


def test_a_special_token_is_eos_whatever_its_count() -> None:
    with_eos = token_frequency_nll(LOG_PROBS, {0: 1000, **COUNTS})
    assert with_eos["eos"].value() == 0.5
    assert with_eos["eos"].denominators.tolist() == [1.0, 1.0]


def test_parts_add_up_to_the_loss_of_all_tokens() -> None:
    rng = np.random.default_rng(0)
    token, word = rng.integers(60, size=500), rng.integers(-1, 2, size=500)
    log_probs = LogProbs(rng.integers(2, size=500), token, -rng.exponential(size=500), word, ["a b", "c d"])
    parts = token_frequency_nll(log_probs, {kind: 100 // (kind + 1) for kind in range(50)})
    assert set(parts) == {"head", "upper", "lower", "tail", "unseen", "eos"}
    whole = perplexity(log_probs)["nll"]
    assert sum(terms.numerators for terms in parts.values()) == pytest.approx(whole.numerators)
    assert sum(terms.denominators for terms in parts.values()) == pytest.approx(whole.denominators)


def test_certainty_has_no_loss_in_any_part() -> None:
    certain = scored([0, 1], [1, 4], [0.0, 0.0], [0, 0])
    assert {terms.value() for terms in token_frequency_nll(certain, COUNTS).values()} == {0.0}


def test_order_of_tokens_does_not_matter() -> None:
    given = LOG_PROBS
    turned = LogProbs(given.document[::-1], given.token[::-1], given.nats[::-1], given.word[::-1], given.texts)
    for part, terms in token_frequency_nll(LOG_PROBS, COUNTS).items():
        assert token_frequency_nll(turned, COUNTS)[part].value() == terms.value()


def test_no_train_counts_is_an_error() -> None:
    with pytest.raises(ValueError, match="mass_quartiles: got no counts, want those of the human train split"):
        token_frequency_nll(LOG_PROBS, {})
