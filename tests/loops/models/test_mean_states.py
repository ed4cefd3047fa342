"""Mean states are those of a plain forward pass, each token once, whatever else is in the batch."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from loops.models.mean_states import mean_states
from loops.models.open_causal_lm import OpenCausalLM
from loops.models.weights import load_model, load_tokenizer
from loops.runtime import Runtime
from loops.samples import Samples
from loops.student import Student


@pytest.fixture(scope="module")
def opened(tiny: Student, runtime: Runtime) -> OpenCausalLM:
    return OpenCausalLM(load_model(tiny, runtime), load_tokenizer(tiny))


def last_states(opened: OpenCausalLM, ids: list[int]) -> np.ndarray:
    """Ask for all hidden states and take the last, by the route of the whole model."""
    with torch.inference_mode():
        states = opened.model(torch.tensor([ids]), output_hidden_states=True).hidden_states[-1][0]
    return np.asarray(states.double())


def test_a_row_is_the_mean_of_the_last_states_without_the_start_token(opened: OpenCausalLM, human: Samples) -> None:
    some = human.select(np.argsort([len(text) for text in human.texts()])[:12])
    found = opened.embed(some)
    assert found.dtype == np.float32
    for row, ids in zip(found, opened.tokenizer.token_ids(some), strict=True):
        states = last_states(opened, [opened.tokenizer.start_id, *ids])
        assert row == pytest.approx(states[1:].mean(axis=0), abs=1e-5)


def test_neighbours_in_the_batch_change_nothing(opened: OpenCausalLM, human: Samples) -> None:
    some = human.select(np.arange(10))
    together = opened.embed(some)
    for i in range(10):
        assert opened.embed(some.select(np.array([i])))[0] == pytest.approx(together[i], abs=1e-5)


def test_a_long_text_is_read_in_windows_and_each_token_counts_once(opened: OpenCausalLM) -> None:
    ids = np.random.default_rng(0).integers(3, 400, 150)
    states = [last_states(opened, ids[begin : begin + 64].tolist()) for begin in (0, 32, 64, 96)]
    # 64 tokens at a time, moved by 32: the first window gives tokens 1 to 63, each later one its last 32, the last 22.
    counted = [states[0][1:], states[1][32:], states[2][32:], states[3][32:]]
    assert sum(len(part) for part in counted) == 149
    expected = np.concatenate(counted).mean(axis=0)
    assert mean_states(opened.model, [ids], 64)[0] == pytest.approx(expected, abs=1e-5)


def test_the_prompt_is_not_read(opened: OpenCausalLM) -> None:
    rows = [{"completion": " of operators"}, {"prompt": "The list", "completion": " of operators"}]
    alone, after = opened.embed(Samples.of_text(rows))
    assert alone == pytest.approx(after, abs=1e-6)


def test_a_text_without_tokens_is_all_zeros_and_no_texts_are_no_rows(opened: OpenCausalLM) -> None:
    found = opened.embed(Samples.of_text([{"completion": ""}, {"completion": "x"}]))
    assert not found[0].any()
    assert found[1].any()
    assert mean_states(opened.model, [], 64).shape == (0, 32)
