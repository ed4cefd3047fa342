"""Truncated cross-entropy, by hand and in whole trainings."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from loops.build import build
from loops.errors import ConfigError
from loops.key import Key
from loops.models.weights import load_model, load_tokenizer
from loops.runtime import Runtime
from loops.samples import Samples
from loops.student import Student
from loops.trainer.tokenised import IGNORED, Special, schedule, texts
from loops.trainer.truncated_sft import TruncatedCrossEntropy

Train = Callable[..., tuple[Student, dict[str, Any]]]
TARGET = "loops.trainer.truncated_sft.TruncatedSFT"
# Rows predict the labels 1, 0, 2 with .9, .5 and .2; the last row of logits predicts nothing.
SHARES = torch.tensor([[[0.05, 0.9, 0.05], [0.5, 0.3, 0.2], [0.4, 0.4, 0.2], [0.1, 0.1, 0.8]]])
LABELS = torch.tensor([[7, 1, 0, 2]])  # the first label is never a target, whatever it is


def losses(gamma: float, labels: torch.Tensor = LABELS, n_learned: int | None = None) -> tuple[float, torch.Tensor]:
    logits = SHARES.log().requires_grad_()
    loss = TruncatedCrossEntropy(gamma)(logits, labels, n_learned)
    (gradient,) = torch.autograd.grad(loss, logits)
    return loss.item(), gradient[0]


def test_labels_above_gamma_are_left_out_of_the_sum_and_not_of_the_number() -> None:
    assert losses(1.0)[0] == pytest.approx(-(math.log(0.9) + math.log(0.5) + math.log(0.2)) / 3)
    assert losses(0.8)[0] == pytest.approx(-(math.log(0.5) + math.log(0.2)) / 3)
    assert losses(0.45)[0] == pytest.approx(-math.log(0.2) / 3)
    assert losses(0.1)[0] == 0


def test_what_is_left_out_has_no_gradient_and_the_rest_has_that_of_cross_entropy() -> None:
    _, gradient = losses(0.8)
    # d(-log p_y) / d logits is p minus the indicator of y; over the three labels.
    expected = torch.tensor([[0, 0, 0], [0.5 - 1, 0.3, 0.2], [0.4, 0.4, 0.2 - 1], [0, 0, 0]]) / 3
    assert torch.allclose(gradient, expected, atol=1e-6)


def test_a_probability_of_exactly_gamma_is_learned() -> None:
    logits = torch.zeros(1, 2, 2)  # both tokens have .5, exactly
    for gamma, left_out in ((0.5, 0), (0.4999, 1)):
        loss = TruncatedCrossEntropy(gamma)
        loss(logits, torch.tensor([[0, 1]]), None)
        assert loss.log() == {"labels": 1, "left_out": left_out}


def test_what_is_not_learned_is_neither_counted_nor_left_out() -> None:
    labels = torch.tensor([[7, IGNORED, 0, IGNORED]])
    loss = TruncatedCrossEntropy(0.8)
    assert loss(SHARES.log(), labels, None).item() == pytest.approx(-math.log(0.5))
    assert loss.log() == {"labels": 1, "left_out": 0}


def test_the_labels_of_the_whole_step_divide_and_each_step_is_counted_from_0() -> None:
    assert losses(0.8, n_learned=6)[0] == pytest.approx(-(math.log(0.5) + math.log(0.2)) / 6)
    loss = TruncatedCrossEntropy(0.8)
    loss(SHARES.log(), LABELS, 6)
    loss(SHARES.log(), LABELS, 6)
    assert loss.log() == {"labels": 6, "left_out": 2}
    assert loss.log() == {"labels": 0, "left_out": 0}


def test_with_gamma_1_training_is_that_of_sft_and_nothing_is_changed(
    tiny: Student, human: Samples, train: Train, runtime: Runtime
) -> None:
    plain, plain_log = train(tiny, human, "plain")
    student, log = train(tiny, human, "truncated", _target_=TARGET, gamma=1.0)
    one, other = (load_model(each, runtime).state_dict() for each in (plain, student))
    # Six steps move weights by up to .01; the two losses sum in another order.
    assert all(torch.allclose(one[name], other[name], atol=3e-5) for name in one)
    assert log["loss"] == pytest.approx(plain_log["loss"], abs=1e-4)
    assert log["changed_share"] == 0
    assert "changed_share" not in plain_log


def rows_of(student: Student, corpus: Samples, steps: int) -> tuple[torch.Tensor, torch.Tensor]:
    tokenizer = load_tokenizer(student)
    special = Special(tokenizer.start_id, tokenizer.eos_id, tokenizer.pad_id)
    rows = texts(tokenizer.encode(corpus), "all", special)
    plan = schedule(rows, np.ones(len(corpus)), Key.root(7), special, 48, True, 4, steps, None)
    ids, labels = (torch.from_numpy(array.reshape(-1, 48)).long() for array in (plan.rows.ids, plan.rows.labels))
    return ids, labels


def test_the_share_is_that_of_the_labels_which_the_model_gives_more_than_gamma(
    stories: Student, human: Samples, train: Train, runtime: Runtime
) -> None:
    _, log = train(stories, human, _target_=TARGET, gamma=0.5, max_steps=1)
    ids, labels = rows_of(stories, human, 1)
    shares = load_model(stories, runtime)(ids).logits[:, :-1].softmax(-1)
    given = shares.gather(-1, ids[:, 1:, None])[..., 0]
    learned = labels[:, 1:] != IGNORED
    assert log["changed_share"] == pytest.approx((given > 0.5)[learned].float().mean().item(), abs=1e-6)
    assert 0.01 < log["changed_share"] < 0.99


def test_accumulated_steps_and_adapters_leave_out_the_same(stories: Student, human: Samples, train: Train) -> None:
    own = {"_target_": TARGET, "gamma": 0.5, "max_steps": 2}
    _, whole = train(stories, human, "whole", **own)
    half = {"per_device_train_batch_size": 2, "gradient_accumulation_steps": 2}
    _, split = train(stories, human, "split", **own, **half)
    _, lora = train(stories, human, "lora", adapter="fresh", **own)
    assert split["changed_share"] == pytest.approx(whole["changed_share"], abs=0.01)
    assert split["mean_loss"] == pytest.approx(whole["mean_loss"], abs=1e-4)
    assert lora["changed_share"] > 0


class StopHereError(Exception):
    """Stands for a process that dies."""


def test_a_resumed_training_says_what_an_uninterrupted_one_says(stories: Student, human: Samples, train: Train) -> None:
    own = {"_target_": TARGET, "gamma": 0.5, "max_steps": 4, "save_steps": 2}
    whole, log = train(stories, human, "whole", **own)

    def dies(done: int, total: int | None, unit: str) -> None:
        if done == 3:
            raise StopHereError

    with pytest.raises(StopHereError):
        train(stories, human, "again", progress=dies, **own)
    resumed, again = train(stories, human, "again", **own)
    assert again == log
    assert resumed.digest == whole.digest


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"gamma": 0.0}, "gamma: got 0.0, want a probability above 0 and at most 1"),
        ({"gamma": 1.1}, "gamma: got 1.1"),
        ({"loss": "trl"}, "loss: got trl, want transformers"),
        ({"max_length": 1}, "want max_length 2 or more"),
    ],
)
def test_settings_that_make_no_sense_are_refused(
    node: Callable[..., dict[str, Any]], settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        build(node(**{"_target_": TARGET, "gamma": 0.9, **settings}), "trainer")


def test_the_default_is_that_of_the_papers_code() -> None:
    from loops.run import component

    assert component("trainer/truncated_sft").gamma == 0.99
