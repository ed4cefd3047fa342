"""sentence-transformers on a tiny model of its kind with fresh weights: the library's pooling, prompt and dtype."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from loops.embedder.sentence_transformers import SentenceTransformers
from loops.errors import ConfigError
from loops.given import Given
from loops.models.open_causal_lm import OpenCausalLM
from loops.models.weights import load_model, load_tokenizer
from loops.runtime import Runtime
from loops.samples import Samples
from loops.student import Student


@pytest.fixture(scope="module")
def embedder(tiny: Student, tmp_path_factory: pytest.TempPathFactory) -> SentenceTransformers:
    library = pytest.importorskip("sentence_transformers", reason="pip install sentence-transformers")
    from sentence_transformers.sentence_transformer import modules

    states = modules.Transformer(str(tiny.folder))
    pooling = modules.Pooling(states.get_embedding_dimension(), pooling_mode="mean")
    folder = tmp_path_factory.mktemp("sentence")
    library.SentenceTransformer(modules=[states, pooling], device="cpu").save(str(folder))
    return SentenceTransformers(str(folder), None, trust_remote_code=False, prompt="", batch_size=2)


def rows_of(embedder: SentenceTransformers, runtime: Runtime, *texts: str) -> np.ndarray:
    return embedder.embed(Samples.of_text([{"completion": text} for text in texts]), Given({}), runtime)


def test_mean_pooling_gives_the_mean_of_last_states(
    embedder: SentenceTransformers, tiny: Student, runtime: Runtime
) -> None:
    import torch

    opened = OpenCausalLM(load_model(tiny, runtime), load_tokenizer(tiny))
    texts = ("the list of operators", "a", "an assignment statement evaluates the expression list")
    for row, text in zip(rows_of(embedder, runtime, *texts), texts, strict=True):
        ids = opened.tokenizer.tokenizer(text)["input_ids"]
        with torch.inference_mode():
            states = opened.model.base_model(torch.tensor([ids])).last_hidden_state[0]
        assert row == pytest.approx(states.mean(dim=0).numpy(), abs=1e-5)


def test_a_prompt_is_put_before_every_text(embedder: SentenceTransformers, runtime: Runtime) -> None:
    prompted = replace(embedder, prompt="query: ")
    assert rows_of(prompted, runtime, "a list") == pytest.approx(rows_of(embedder, runtime, "query: a list"), abs=1e-5)


def test_rows_are_single_precision_in_any_dtype_of_the_run(embedder: SentenceTransformers, runtime: Runtime) -> None:
    plain, half = rows_of(embedder, runtime, "a list"), rows_of(embedder, replace(runtime, dtype="bfloat16"), "a list")
    assert plain.dtype == half.dtype == np.float32
    assert half == pytest.approx(plain, abs=0.05)
    assert not np.array_equal(half, plain)


def test_a_folder_without_a_model_is_one_clean_error(
    embedder: SentenceTransformers, runtime: Runtime, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=r"model_name_or_path: sentence_transformers cannot load .*\("):
        rows_of(replace(embedder, model_name_or_path=str(tmp_path)), runtime, "a list")


def test_an_empty_batch_is_refused_when_the_component_is_made() -> None:
    with pytest.raises(ValueError, match="batch_size: got 0, want 1 or more"):
        SentenceTransformers("org/name", None, trust_remote_code=False, prompt="", batch_size=0)
