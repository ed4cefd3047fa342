from __future__ import annotations

import json

import numpy as np
import pytest

from loops.build import build
from loops.errors import ConfigError
from loops.key import Key
from loops.model import Sampling
from loops.models.open_causal_lm import OpenCausalLM
from loops.runtime import Runtime
from loops.samples import Samples
from loops.student import Student

PLAIN = Sampling(20, 0, 1.0, 0, 1.0, 1.0, "generate", 16)


def opened(student: Student, runtime: Runtime) -> OpenCausalLM:
    return build(student.model, "student").open(student, runtime)  # type: ignore[no-any-return]


def empty(n: int) -> Samples:
    return Samples.of_text([{"prompt_id": f"empty#{i}", "completion": ""} for i in range(n)])


def test_a_drawn_row_says_where_it_came_from(stories: Student, runtime: Runtime) -> None:
    parent = "00" * 16
    prompt = {"prompt_id": "p", "prompt": "Once upon", "parents": [bytes.fromhex(parent)], "completion": " a time"}
    drawn = opened(stories, runtime).sample(Samples.of_text([prompt]), 2, PLAIN, Key.root(0), 3, "2")
    row = next(drawn.text_rows())
    assert (row.prompt_id, row.prompt, row.draw, row.generation, row.written_by) == ("p", "Once upon", 2, 3, "2")
    assert row.parents == (parent,)
    assert row.seed == Key.root(0).fold("p", 2).digest
    assert json.loads(row.sampling or "")["top_k"] == 0
    assert row.finish_reason == "length"
    assert row.n_tokens == 20
    assert row.completion.startswith(" ")


def test_a_text_that_ends_by_itself_says_so(near_uniform: Student, runtime: Runtime) -> None:
    sampling = Sampling(100, 0, 1.0, 0, 1.0, 1.0, "generate", 256)
    drawn = opened(near_uniform, runtime).sample(empty(256), 0, sampling, Key.root(0), 1, "0")
    ended = [row for row in drawn.text_rows() if row.finish_reason == "stop"]
    # EOS has about 1/512 at each of 100 positions: 18% of the texts end by themselves.
    assert 20 < len(ended) < 80
    assert all((row.n_tokens or 0) <= 100 and "<eos>" not in row.completion for row in ended)


def test_the_log_probability_of_a_draw_is_that_of_scoring_it(stories: Student, runtime: Runtime) -> None:
    model = opened(stories, runtime)
    drawn = model.sample(empty(30), 0, PLAIN, Key.root(0), 1, "0")
    scored = model.log_probs(drawn, 128, 64)
    sums = np.bincount(scored.document, scored.nats)
    counts = np.bincount(scored.document)
    # A drawn text may be spelled by other tokens than those that it is read with; most are not.
    same = [i for i, row in enumerate(drawn.text_rows()) if row.n_tokens == counts[i]]
    assert len(same) >= 20
    told = np.array([row.scores["log_prob"] for row in drawn.text_rows()])
    assert np.mean(np.abs(sums[same] - told[same]) < 1e-3) >= 0.9


def test_a_colder_draw_records_the_model_s_own_log_probability(stories: Student, runtime: Runtime) -> None:
    model = opened(stories, runtime)
    cold = Sampling(20, 0, 0.2, 0, 1.0, 1.0, "generate", 16)
    mean = {
        name: np.mean([row.scores["log_prob"] for row in drawn.text_rows()])
        for name, drawn in (
            ("cold", model.sample(empty(30), 0, cold, Key.root(0), 1, "0")),
            ("warm", model.sample(empty(30), 0, PLAIN, Key.root(0), 1, "0")),
        )
    }
    assert mean["warm"] < mean["cold"] < 0


def test_equal_texts_have_equal_ids_in_any_batch(stories: Student, runtime: Runtime) -> None:
    model = opened(stories, runtime)
    small = Sampling(20, 0, 1.0, 0, 1.0, 1.0, "generate", 5)
    one = model.sample(empty(20), 0, PLAIN, Key.root(0), 1, "0")
    other = model.sample(empty(20), 0, small, Key.root(0), 1, "0")
    equal = np.array([a == b for a, b in zip(one.texts(), other.texts(), strict=True)])
    assert equal.sum() >= 19  # ties, see test_decode
    assert np.array_equal(one.ids()[equal], other.ids()[equal])


def test_a_chat_student_replies(chat: Student, runtime: Runtime) -> None:
    model = opened(chat, runtime)
    rows = [{"prompt_id": str(i), "messages": [{"role": "user", "content": "Hi " * i}]} for i in range(1, 5)]
    prompts = Samples.of_text([row | {"completion": ""} for row in rows])
    drawn = model.sample(prompts, 0, PLAIN, Key.root(0), 1, "0")
    assert [row.messages for row in drawn.text_rows()] == [row.messages for row in prompts.text_rows()]
    assert all("<|im_" not in text for text in drawn.texts())
    assert len(model.log_probs(drawn, 128, 64).nats) > 0


def test_no_prompt_gives_no_row(tiny: Student, runtime: Runtime) -> None:
    assert len(opened(tiny, runtime).sample(empty(0), 0, PLAIN, Key.root(0), 1, "0")) == 0


def test_more_tokens_than_the_model_holds_are_refused(tiny: Student, runtime: Runtime) -> None:
    model = opened(tiny, runtime)
    with pytest.raises(ConfigError, match=r"max_new_tokens: 129 tokens, prompt included, but the model holds 128"):
        model.sample(empty(1), 0, Sampling(128, 0, 1.0, 0, 1.0, 1.0, "generate", 1), Key.root(0), 1, "0")
    with pytest.raises(ConfigError, match="window: 256 tokens"):
        model.log_probs(empty(1), 256, 128)


def test_the_fingerprint_is_equal_for_equal_weights_alone(
    tiny: Student, near_uniform: Student, runtime: Runtime
) -> None:
    one, same, other = (opened(student, runtime).fingerprint() for student in (tiny, tiny, near_uniform))
    assert np.array_equal(one, same)
    assert one.shape == (8 * 23,)
    assert np.abs(one - other).max() > 1e-3
