from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from loops.key import Key
from loops.model import Sampling
from loops.models.decode import Order, draw_with_generate, left_padded, sorted_by_length, until_eos
from loops.models.uniforms import text_keys, uniforms
from loops.models.weights import load_model, load_tokenizer
from loops.runtime import Runtime
from loops.samples import Samples
from loops.student import Student


def order_of(prompts: list[list[int]], key: Key, student: Student, **settings: Any) -> Order:
    own = {"max_new_tokens": 24, "temperature": 1.0, "top_k": 0, "top_p": 1.0, "repetition_penalty": 1.0}
    sampling = Sampling(**{"min_new_tokens": 0, **own, "decoder": "generate", "batch_size": 64, **settings})
    keys = text_keys(key, [str(i) for i in range(len(prompts))], 0)
    tokenizer = load_tokenizer(student)
    return Order(
        prompts,
        lambda rows: uniforms([keys[row] for row in rows], sampling.max_new_tokens),
        sampling,
        tokenizer.eos_id,
        tokenizer.pad_id,
    )


@pytest.mark.parametrize("seed", range(5))
def test_4000_first_tokens_reach_500_of_512(near_uniform: Student, runtime: Runtime, seed: int) -> None:
    model = load_model(near_uniform, runtime)
    assert model.config.vocab_size == 512
    start = load_tokenizer(near_uniform).start_id
    order = order_of([[start]] * 4000, Key.root(seed), near_uniform, max_new_tokens=1, batch_size=1000)
    first = {text.tokens[0] for text in draw_with_generate(model, order)}
    assert len(first) >= 500


def test_a_text_is_the_same_in_any_batch_and_order(stories: Student, runtime: Runtime) -> None:
    model, tokenizer = load_model(stories, runtime), load_tokenizer(stories)
    openings = ["", "Once upon a time", "The big red dog did not want to", "Tom"]
    asked = [tokenizer.tokenizer.encode(openings[i % 4]) or [tokenizer.start_id] for i in range(200)]
    one = draw_with_generate(model, order_of(asked, Key.root(0), stories))
    other = draw_with_generate(model, order_of(asked, Key.root(0), stories, batch_size=7))
    differing = sum(a.tokens != b.tokens for a, b in zip(one, other, strict=True))
    # A tie needs a uniform within the rounding of float32 logits (about 1e-6) of a border between two tokens: of
    # 4,800 tokens about 0.01 are expected to meet one. One text in 200 is allowed.
    assert differing <= 1


def test_the_checkpoint_s_own_generation_settings_do_not_leak(tiny: Student, runtime: Runtime, tmp_path: Path) -> None:
    from loops.models.open_causal_lm import OpenCausalLM

    prompts = Samples.of_text([{"prompt_id": str(i), "completion": ""} for i in range(8)])
    sampling = Sampling(16, 0, 1.0, 0, 1.0, 1.0, "generate", 8)
    plain = load_model(tiny, runtime)
    loud = load_model(tiny, runtime)
    loud.generation_config.top_k = 1
    loud.generation_config.repetition_penalty = 9.0
    loud.generation_config.min_new_tokens = 12
    loud.generation_config.suppress_tokens = list(range(300))
    drawn = [
        OpenCausalLM(model, load_tokenizer(tiny)).sample(prompts, 0, sampling, Key.root(0), 1, "0").texts()
        for model in (plain, loud)
    ]
    assert drawn[0] == drawn[1]


def test_padding_stands_before_prompts() -> None:
    ids, mask = left_padded([[5], [6, 7]], pad_id=0)
    assert ids.tolist() == [[0, 5], [6, 7]]
    assert mask.tolist() == [[0, 1], [1, 1]]


def test_what_follows_the_end_is_cut() -> None:
    assert until_eos([4, 2, 9, 2], 2) == [4, 2]
    assert until_eos([4, 9], 2) == [4, 9]


def test_batches_hold_prompts_of_similar_length_and_every_text_once(tiny: Student) -> None:
    prompts = [[1] * length for length in (3, 1, 2, 1, 3)]
    found = list(sorted_by_length(order_of(prompts, Key.root(0), tiny, batch_size=2)))
    assert [rows.tolist() for rows in found] == [[1], [3, 2], [0, 4]]
    assert sorted(np.concatenate(found)) == list(range(5))
