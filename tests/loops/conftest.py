"""Tiny language models that tests share; nothing is downloaded."""

from __future__ import annotations

import pydoc_data.topics
from pathlib import Path
from typing import Any

import pytest

from loops.build import build
from loops.given import Given
from loops.key import Key
from loops.runtime import Runtime
from loops.samples import Samples
from loops.student import Student

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
CHATML = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def lm_node(**settings: Any) -> dict[str, Any]:
    """Return the YAML node of a tiny student, some settings replaced."""
    shape = {
        "vocab_size": 400,
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "intermediate_size": 64,
        "max_position_embeddings": 128,
        "tie_word_embeddings": True,
        "rope_theta": 10000.0,
        "initializer_range": 0.02,
    }
    fixed = {"model_name_or_path": None, "revision": None, "trust_remote_code": False}
    return {"_target_": "loops.models.causal_lm.CausalLM", **fixed, **shape, **settings}


def base_student(node: dict[str, Any], folder: Path, human: Samples, seed: int = 0) -> Student:
    """Make a student with the weights before any data."""
    runtime = Runtime(threads=1, device="cpu", dtype="float32", attn_implementation="sdpa")
    digest = build(node, "student").base(folder, Given({"human": human}), Key.root(seed), runtime)
    return Student(digest, folder, node, None, None)


@pytest.fixture(scope="session")
def runtime() -> Runtime:
    return Runtime(threads=1, device="cpu", dtype="float32", attn_implementation="sdpa")


@pytest.fixture(scope="session")
def human() -> Samples:
    paragraphs = [part for text in pydoc_data.topics.topics.values() for part in text.split("\n\n")]
    texts = [" ".join(part.split()) for part in paragraphs if len(part) > 80][:200]
    return Samples.of_text([{"completion": text, "prompt_id": f"human#{i}"} for i, text in enumerate(texts)])


@pytest.fixture(scope="session")
def tiny(human: Samples, tmp_path_factory: pytest.TempPathFactory) -> Student:
    """A Llama of 30,000 fresh weights with its own tokenizer."""
    return base_student(lm_node(), tmp_path_factory.mktemp("tiny"), human)


@pytest.fixture(scope="session")
def near_uniform(human: Samples, tmp_path_factory: pytest.TempPathFactory) -> Student:
    """512 tokens, all about equally probable, as fresh weights make them."""
    return base_student(lm_node(vocab_size=512), tmp_path_factory.mktemp("near_uniform"), human)


@pytest.fixture(scope="session")
def chat_checkpoint(human: Samples, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random Qwen2 with a ChatML template, EOS at the end of a turn and no BOS, as it would be downloaded."""
    import torch
    from tokenizers import AddedToken
    from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

    from loops.models.tokenizer import train_tokenizer

    folder = tmp_path_factory.mktemp("chat")
    backend = train_tokenizer(human.texts(), 400).backend_tokenizer
    ends = {"eos_token": AddedToken("<|im_end|>"), "pad_token": AddedToken("<|endoftext|>")}
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=backend, **ends, additional_special_tokens=["<|im_start|>"])
    tokenizer.chat_template = CHATML
    config = Qwen2Config(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=128,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    torch.manual_seed(0)
    Qwen2ForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def chat(chat_checkpoint: Path, human: Samples, tmp_path_factory: pytest.TempPathFactory) -> Student:
    node = lm_node(model_name_or_path=str(chat_checkpoint))
    return base_student(node, tmp_path_factory.mktemp("chat_student"), human)


@pytest.fixture(scope="session")
def stories(human: Samples, tmp_path_factory: pytest.TempPathFactory) -> Student:
    """A real pretrained model of 260,032 weights."""
    folder = DATA / "models" / "stories260k-hf"
    if not folder.exists():
        pytest.skip(f"{folder} is absent: the real pretrained model is not part of the project")
    return base_student(lm_node(model_name_or_path=str(folder)), tmp_path_factory.mktemp("stories"), human)


@pytest.fixture
def next_token_table() -> Any:
    """Make a transformers model whose next token hangs on the last one alone, by a table of probabilities.

    Embeddings are the unit vectors, both sublayers of the one block add nothing, and RMS normalisation scales a unit
    vector of n numbers by the root of n; so the head holds the logarithms over that root.
    """
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    def make(table: list[list[float]]) -> Any:
        n = len(table)
        sizes = {
            "hidden_size": n,
            "num_hidden_layers": 1,
            "num_attention_heads": 1,
            "head_dim": 2,
            "intermediate_size": 1,
        }
        model = LlamaForCausalLM(LlamaConfig(vocab_size=n, max_position_embeddings=64, rms_norm_eps=0.0, **sizes))
        with torch.no_grad():
            for parameter in model.model.layers.parameters():
                parameter.zero_()
            model.model.embed_tokens.weight.copy_(torch.eye(n))
            model.lm_head.weight.copy_((torch.tensor(table).log() / n**0.5).T)
        return model.eval()

    return make


@pytest.fixture
def lm() -> Any:
    """Makers of students, for tests that need their own."""
    from types import SimpleNamespace

    return SimpleNamespace(node=lm_node, base=base_student)
