from __future__ import annotations

import numpy as np
import pytest
import torch

from loops.models.open_causal_lm import OpenCausalLM
from loops.models.token_pass import score, windows
from loops.models.weights import load_model, load_tokenizer
from loops.runtime import Runtime
from loops.samples import Samples
from loops.student import Student


@pytest.fixture
def opened(tiny: Student, runtime: Runtime) -> OpenCausalLM:
    return OpenCausalLM(load_model(tiny, runtime), load_tokenizer(tiny))


def test_log_probs_are_those_of_a_plain_forward_pass(opened: OpenCausalLM, human: Samples) -> None:
    some = human.select(np.arange(5))
    found = opened.log_probs(some, window=128, stride=64)
    for i, text in enumerate(some.texts()):
        tokenizer = opened.tokenizer
        ids = [tokenizer.start_id, *tokenizer.tokenizer.encode(text, add_special_tokens=False), tokenizer.eos_id]
        ids = ids[:128]
        with torch.inference_mode():
            logits = opened.model(torch.tensor([ids])).logits[0].double().log_softmax(-1)
        expected = [logits[at, token].item() for at, token in enumerate(ids[1:])]
        mine = found.document == i
        assert found.token[mine][:127].tolist() == ids[1:]
        assert found.nats[mine][:127] == pytest.approx(expected, abs=2e-5)


def test_windows_change_nothing_where_a_text_fits_one(opened: OpenCausalLM, human: Samples) -> None:
    encoded = [text for text in opened.tokenizer.encode(human) if len(text.ids) < 100][:40]
    whole = score(opened.model, encoded, opened.tokenizer.eos_id, 128, 127)
    other = score(opened.model, encoded, opened.tokenizer.eos_id, 101, 10)
    assert np.array_equal(whole.token, other.token)
    assert whole.nats == pytest.approx(other.nats, abs=2e-5)


def test_a_long_text_is_scored_once_with_enough_before_each_token() -> None:
    plan = list(windows(text=0, n_tokens=300, n_context=20, window=64, stride=24))
    scored = [token for part in plan for token in range(part.first_scored, part.end)]
    assert scored == list(range(20, 300))
    assert all(part.end - part.begin <= 64 for part in plan)
    context = [token - part.begin for part in plan for token in range(part.first_scored, part.end)]
    assert min(context[64:]) >= 64 - 24


def test_a_long_text_gets_the_log_probs_of_its_windows(opened: OpenCausalLM, human: Samples) -> None:
    long = Samples.of_text([{"completion": " ".join(human.texts()[:8])}])
    found = opened.log_probs(long, window=64, stride=32)
    encoded = opened.tokenizer.encode(long)[0]
    assert len(encoded.ids) > 200
    ids = torch.tensor([encoded.ids[32:96]])  # the second window: 32 tokens of context, 32 scored
    with torch.inference_mode():
        logits = opened.model(ids).logits[0].double().log_softmax(-1)
    expected = [logits[at - 1, ids[0, at]].item() for at in range(32, 64)]
    # Entry i of the pass is token i + 1: the start token has no entry.
    assert found.nats[63:95] == pytest.approx(expected, abs=2e-5)


def test_ends_are_characters_of_the_completion_and_eos_has_none(opened: OpenCausalLM) -> None:
    text = "def naïve(x): return x"
    found = opened.log_probs(Samples.of_text([{"completion": text}]), 128, 64)
    assert found.end[-1] == -1
    assert found.token[-1] == opened.tokenizer.eos_id
    assert found.end[-2] == len(text)
    assert np.all(np.diff(found.end[:-1]) >= 0)


def test_a_cut_text_has_no_eos(opened: OpenCausalLM) -> None:
    row = {"completion": "a text that was cut at the", "finish_reason": "length"}
    found = opened.log_probs(Samples.of_text([row]), 128, 64)
    assert opened.tokenizer.eos_id not in found.token
    assert found.end.min() > 0


def test_only_the_completion_is_scored_and_the_prompt_is_its_context(opened: OpenCausalLM) -> None:
    prompt, completion = "The following table lists", " the operators, from highest."
    alone = opened.log_probs(Samples.of_text([{"completion": prompt + completion}]), 128, 64)
    after = opened.log_probs(Samples.of_text([{"prompt": prompt, "completion": completion}]), 128, 64)
    n = len(after.nats)
    assert 0 < n < len(alone.nats)
    assert after.nats == pytest.approx(alone.nats[-n:], abs=2e-5)
    assert (after.end[:-1] + len(prompt)).tolist() == alone.end[-n:-1].tolist()


def test_a_stride_beyond_the_window_is_refused() -> None:
    with pytest.raises(ValueError, match="want 1 to 63"):
        list(windows(0, 100, 1, 64, 64))
