from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from loops.errors import ConfigError
from loops.key import Key
from loops.model import Sampling
from loops.models.block_cache import BLOCK, join_caches, new_cache, supports_blocks
from loops.models.decode import Order, draw_with_generate
from loops.models.decode_static import draw_with_blocks
from loops.models.open_causal_lm import OpenCausalLM
from loops.models.uniforms import text_keys, uniforms
from loops.models.weights import load_model, load_tokenizer
from loops.runtime import Runtime
from loops.samples import Samples
from loops.student import Student

OPENINGS = ["", "Once upon a time", "The big red dog did not want to play with the", "Tom"]


def asked(student: Student, n: int) -> list[list[int]]:
    tokenizer = load_tokenizer(student)
    plain = tokenizer.tokenizer
    return [[tokenizer.start_id, *plain.encode(OPENINGS[i % 4], add_special_tokens=False)] for i in range(n)]


def order_of(prompts: list[list[int]], eos_id: int, **settings: Any) -> Order:
    own = {"max_new_tokens": 100, "temperature": 1.0, "top_k": 0, "top_p": 1.0, "repetition_penalty": 1.0}
    sampling = Sampling(**{"min_new_tokens": 0, **own, "decoder": "static", "batch_size": 16, **settings})
    keys = text_keys(Key.root(0), [str(i) for i in range(len(prompts))], 0)
    return Order(
        prompts, lambda rows: uniforms([keys[row] for row in rows], sampling.max_new_tokens), sampling, eos_id, 0
    )


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"batch_size": 200},
        {"batch_size": 1, "max_new_tokens": 20},
        {"max_new_tokens": 1},
        {"temperature": 0.8, "top_k": 50, "top_p": 0.9},
        {"repetition_penalty": 1.3},
        {"min_new_tokens": 40},
        {"top_k": 1, "max_new_tokens": 20},
    ],
)
def test_the_texts_are_those_of_generate(stories: Student, runtime: Runtime, settings: dict[str, Any]) -> None:
    model, prompts = load_model(stories, runtime), asked(stories, 90)
    # A story never ends within 100 tokens; the full stop as end gives lengths from 1 to 100.
    stop = load_tokenizer(stories).tokenizer.encode("end.", add_special_tokens=False)[-1]
    order = order_of(prompts, stop, **settings)
    one, other = draw_with_generate(model, order), draw_with_blocks(model, order)
    differing = sum(a.tokens != b.tokens for a, b in zip(one, other, strict=True))
    # Ties: a uniform within about 1e-6 of a border between two tokens, expected in 1 of 10,000 texts.
    assert differing == 0
    assert [a.nats for a in one] == pytest.approx([b.nats for b in other], abs=1e-3)
    if "max_new_tokens" not in settings:
        assert len({len(text.tokens) for text in one}) > 10


def test_a_text_is_the_same_in_any_batch_and_order(stories: Student, runtime: Runtime) -> None:
    model, prompts = load_model(stories, runtime), asked(stories, 60)
    stop = load_tokenizer(stories).tokenizer.encode("end.", add_special_tokens=False)[-1]
    texts = [
        [text.tokens for text in draw_with_blocks(model, order_of(prompts, stop, batch_size=size))] for size in (7, 32)
    ]
    assert texts[0] == texts[1]


def test_a_chat_student_draws_the_same_with_both_decoders(chat: Student, runtime: Runtime) -> None:
    model = OpenCausalLM(load_model(chat, runtime), load_tokenizer(chat))
    rows = [
        {"prompt_id": str(i), "messages": [{"role": "user", "content": "Hi " * i}], "completion": ""}
        for i in range(1, 9)
    ]
    one, other = (
        model.sample(Samples.of_text(rows), 0, Sampling(30, 0, 1.0, 0, 1.0, 1.0, decoder, 4), Key.root(0), 1, "0")
        for decoder in ("generate", "static")
    )
    assert one.texts() == other.texts()
    assert np.array_equal(one.ids(), other.ids())


def test_a_model_with_learned_positions_draws_the_same(tiny: Student, tmp_path: Path) -> None:
    from transformers import GPT2Config, GPT2LMHeadModel

    torch.manual_seed(0)
    model = GPT2LMHeadModel(GPT2Config(vocab_size=300, n_positions=64, n_embd=32, n_layer=2, n_head=2)).eval()
    assert supports_blocks(model)
    order = order_of([[5] * (1 + i % 7) for i in range(30)], eos_id=2, max_new_tokens=50)
    texts = [[text.tokens for text in draw(model, order)] for draw in (draw_with_generate, draw_with_blocks)]
    assert texts[0] == texts[1]


def test_a_model_without_such_a_cache_keeps_the_plain_path_and_the_log_says_so(
    tiny: Student, runtime: Runtime, caplog: pytest.LogCaptureFixture
) -> None:
    from transformers import MistralConfig, MistralForCausalLM

    tokenizer = load_tokenizer(tiny)
    torch.manual_seed(0)
    config = MistralConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        sliding_window=8,
    )
    windowed = OpenCausalLM(MistralForCausalLM(config), tokenizer)
    assert not supports_blocks(windowed.model)
    prompts = Samples.of_text([{"prompt_id": str(i), "completion": ""} for i in range(4)])
    with caplog.at_level(logging.WARNING):
        texts = [
            windowed.sample(prompts, 0, Sampling(20, 0, 1.0, 0, 1.0, 1.0, decoder, 4), Key.root(0), 1, "0").texts()
            for decoder in ("static", "static", "generate")
        ]
    assert texts[0] == texts[1] == texts[2]
    assert [record.message.split()[0] for record in caplog.records] == ["MistralForCausalLM"]


def test_an_unknown_decoder_is_refused(tiny: Student, runtime: Runtime) -> None:
    model = OpenCausalLM(load_model(tiny, runtime), load_tokenizer(tiny))
    prompts = Samples.of_text([{"completion": ""}])
    with pytest.raises(ConfigError, match="decoder: got 'fast', want generate or static"):
        model.sample(prompts, 0, Sampling(4, 0, 1.0, 0, 1.0, 1.0, "fast", 4), Key.root(0), 1, "0")


def test_the_cache_holds_what_a_forward_pass_sees(tiny: Student, runtime: Runtime) -> None:
    """Grow over a block's border, drop rows, join rows: the next logits are those of reading the tokens anew."""
    model = load_model(tiny, runtime)
    ids = torch.randint(3, 300, (6, BLOCK + 10), generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        caches = [new_cache(model) for _ in range(2)]
        for cache, rows in zip(caches, (ids[:4], ids[4:]), strict=True):
            for token in rows[:, :-1].split(9, dim=1):
                model(input_ids=token, past_key_values=cache, use_cache=True)
        caches[0].reorder_cache(torch.tensor([3, 1]))
        both = join_caches(*caches)
        kept = ids[[3, 1, 4, 5]]
        step = model(input_ids=kept[:, -1:], past_key_values=both, use_cache=True).logits[:, -1]
        whole = model(input_ids=kept, use_cache=False).logits[:, -1]
    assert torch.allclose(step, whole, atol=1e-5)
