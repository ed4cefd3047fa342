"""Tail gap by hand, zero for student 0, signed, and with an interval over the same documents."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from evals.buckets import TrainCounts
from evals.interval import bootstrap_contrast
from evals.log_probs import LogProbs
from evals.metrics.tail_gap import TailGap, tail_gap

COUNTS = {"the": 6, "cat": 1, "sat": 1, "down": 1}  # "the" is the head; the rest begin at 6 of 9: lower
TAILED = {"the": 6, "cat": 2, "sat": 1}  # begin at 0, 6 and 8 of 9: head, lower, tail


@dataclass(frozen=True)
class Given:
    """What the metric needs."""

    log_probs: LogProbs
    student_0_log_probs: LogProbs
    buckets: TrainCounts


def scored(texts: list[str], nats: list[list[float]]) -> LogProbs:
    """Bind one token to each word."""
    sizes = [len(each) for each in nats]
    word = np.concatenate([np.arange(size) for size in sizes])
    document = np.repeat(np.arange(len(texts)), sizes)
    return LogProbs(document, np.zeros(len(word), dtype=int), np.concatenate(nats), word, texts)


TEXTS = ["the sat", "the the sat"]
BEFORE = scored(TEXTS, [[-1.0, -4.0], [-1.0, -2.0, -6.0]])
NOW = scored(TEXTS, [[-0.5, -6.0], [-1.0, -1.0, -10.0]])


def test_values_by_hand() -> None:
    # tail: (6 + 10) / 2 - (4 + 6) / 2 = 3; head: 2.5 / 3 - 4 / 3 = -.5; gap 3.5
    figures = TailGap().terms(Given(NOW, BEFORE, TrainCounts(TAILED, {})))
    assert {part: contrast.value() for part, contrast in figures.items()} == {
        "value": pytest.approx(3.5),
        "tail": pytest.approx(3.0),
        "head": pytest.approx(-0.5),
    }


def test_student_0_has_no_gap_and_no_doubt_of_it() -> None:
    same = scored(["the sat"] * 10, [[-1.0 - i, -4.0] for i in range(10)])
    for contrast in tail_gap(same, same, TAILED).values():
        assert contrast.value() == 0
        assert bootstrap_contrast(contrast, np.random.default_rng(0)) == (0, 0)


def test_exchanging_the_students_changes_the_sign() -> None:
    back = tail_gap(BEFORE, NOW, TAILED)
    for part, contrast in tail_gap(NOW, BEFORE, TAILED).items():
        assert back[part].value() == pytest.approx(-contrast.value())


def test_order_of_documents_does_not_matter() -> None:
    turned = (
        scored(TEXTS[::-1], [[-1.0, -1.0, -10.0], [-0.5, -6.0]]),
        scored(TEXTS[::-1], [[-1.0, -2.0, -6.0], [-1.0, -4.0]]),
    )
    for part, contrast in tail_gap(NOW, BEFORE, TAILED).items():
        assert tail_gap(*turned, TAILED)[part].value() == pytest.approx(contrast.value())


def test_a_loss_that_all_words_share_is_no_gap_and_what_documents_share_does_not_widen_it() -> None:
    rng = np.random.default_rng(1)
    texts = ["the sat the sat"] * 60
    hard = rng.exponential(5, size=60)  # some documents are hard for both students
    before = scored(texts, [[-1 - d, -3 - d, -1 - d, -3 - d] for d in hard])
    later = scored(
        texts, [[-2 - d, -4 - d + e, -2 - d, -4 - d] for d, e in zip(hard, rng.normal(0, 0.1, 60), strict=True)]
    )
    gap = tail_gap(later, before, TAILED)
    assert gap["tail"].value() == pytest.approx(1, abs=0.05)
    assert gap["value"].value() == pytest.approx(0, abs=0.05)
    low, high = bootstrap_contrast(gap["value"], rng)
    assert low <= gap["value"].value() <= high
    assert high - low < 0.1  # documents alone move each mean by more than a nat


def test_other_texts_are_an_error() -> None:
    with pytest.raises(ValueError, match="tail_gap: 2 texts scored by the student are not the 1 scored by student 0"):
        tail_gap(NOW, scored(["the sat"], [[-1.0, -4.0]]), TAILED)


def test_texts_without_rare_words_are_an_error() -> None:
    with pytest.raises(ValueError, match="tail_gap: 2 texts hold no word of the tail quarter of human train text"):
        tail_gap(NOW, BEFORE, COUNTS)
    rare = scored(["sat sat"], [[-1.0, -2.0]])
    with pytest.raises(ValueError, match="tail_gap: 1 texts hold no word of the head quarter"):
        tail_gap(rare, rare, TAILED)


def test_no_train_counts_is_an_error() -> None:
    with pytest.raises(ValueError, match="got no counts, want those of the human train split"):
        tail_gap(NOW, BEFORE, {})
