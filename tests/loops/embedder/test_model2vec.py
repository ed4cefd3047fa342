"""model2vec on a real model: means of its own vectors, and zeros where it knows nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from loops.embedder.model2vec import Model2Vec
from loops.errors import ConfigError
from loops.given import Given
from loops.runtime import Runtime
from loops.samples import Samples

FOLDER = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "models" / "model2vec-bge-base-64d-vq"


@pytest.fixture
def embedder() -> Model2Vec:
    pytest.importorskip("model2vec", reason="pip install model2vec")
    if not FOLDER.exists():
        pytest.skip(f"needs the real model in {FOLDER}, which is not here")
    return Model2Vec(str(FOLDER), None)


def rows_of(embedder: Model2Vec, runtime: Runtime, *texts: str) -> np.ndarray:
    return embedder.embed(Samples.of_text([{"completion": text} for text in texts]), Given({}), runtime)


def test_a_row_is_the_mean_of_its_tokens_at_length_1(embedder: Model2Vec, runtime: Runtime) -> None:
    from safetensors.numpy import load_file
    from tokenizers import Tokenizer

    tensors = load_file(FOLDER / "model.safetensors")
    ids = Tokenizer.from_file(str(FOLDER / "tokenizer.json")).encode("the cat sat", add_special_tokens=False).ids
    vectors = tensors["embeddings"][tensors["mapping"][ids]] * tensors["weights"][ids][:, None]
    mean = vectors.astype(float).mean(axis=0)
    assert rows_of(embedder, runtime, "the cat sat")[0] == pytest.approx(mean / np.linalg.norm(mean), abs=1e-4)


def test_what_is_about_the_same_lies_nearer(embedder: Model2Vec, runtime: Runtime) -> None:
    rows = rows_of(embedder, runtime, "The cat sat on the mat.", "A kitten lay on a rug.", "Stocks fell in Tokyo.")
    assert rows.dtype == np.float32
    assert rows[0] @ rows[1] > rows[0] @ rows[2] + 0.1


def test_the_whole_of_a_long_text_counts(embedder: Model2Vec, runtime: Runtime) -> None:
    start = "cat " * 600
    whole, cut = rows_of(embedder, runtime, start + "stocks " * 600, start)
    assert whole @ cut < 0.95


def test_a_text_of_which_it_knows_no_token_is_all_zeros(embedder: Model2Vec, runtime: Runtime) -> None:
    rows = rows_of(embedder, runtime, "", "\N{SLIGHTLY SMILING FACE}", "cat")
    assert rows.any(axis=1).tolist() == [False, False, True]


def test_a_folder_without_a_model_is_one_clean_error(embedder: Model2Vec, runtime: Runtime, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"model_name_or_path: model2vec cannot load .*\("):
        rows_of(Model2Vec(str(tmp_path), None), runtime, "cat")
