from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from loops.cli import command
from loops.export import Texts, texts_of, write_texts
from loops.samples import Samples
from tracking.run_dir import RunDir

PROVENANCE = ["id", "generation", "written_by", "prompt_id", "draw", "finish_reason"]


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))


def read_back(folder: Path, tmp_path: Path) -> Any:
    from datasets import load_dataset

    return load_dataset(str(folder), split="train", cache_dir=str(tmp_path / "cache"))


@pytest.mark.parametrize("form", ["jsonl", "parquet"])
def test_datasets_reads_the_corpus_with_its_provenance(text_run: Path, tmp_path: Path, form: str) -> None:
    to = tmp_path / "corpus"
    assert command(["export", str(text_run), "--to", str(to), "--format", form]) == 0
    rows = read_back(to, tmp_path)
    texts = texts_of(RunDir(text_run), "corpus", 1)
    assert rows.column_names == ["text", *PROVENANCE]
    assert list(rows["text"]) == texts.samples.texts()
    assert set(rows["written_by"]) == {None, "0"}
    assert set(rows["generation"]) == {0, 1}


def test_each_view_is_exported_as_it_is_stored(text_run: Path, tmp_path: Path) -> None:
    for view, writer in (("drawn", "0"), ("kept", "0"), ("sampled", "1")):
        assert command(["export", str(text_run), "--to", str(tmp_path / view), "--view", view]) == 0
        assert set(read_back(tmp_path / view, tmp_path)["written_by"]) == {writer}
    assert len(read_back(tmp_path / "kept", tmp_path)) < len(read_back(tmp_path / "drawn", tmp_path))


def test_the_corpus_of_generation_0_is_human(text_run: Path, tmp_path: Path) -> None:
    words = ["export", str(text_run), "--to", str(tmp_path / "human"), "--generation", "0"]
    assert command(words) == 0
    assert set(read_back(tmp_path / "human", tmp_path)["written_by"]) == {None}


def test_the_card_says_what_it_is_and_how_to_make_it_again(text_run: Path, tmp_path: Path) -> None:
    import yaml

    assert command(["export", str(text_run), "--to", str(tmp_path / "card"), "--view", "drawn"]) == 0
    card = (tmp_path / "card" / "README.md").read_text()
    front = yaml.safe_load(card.split("---\n")[1])
    assert front["license"] == "other"
    assert front["tags"] == ["synthetic", "heirloom"]
    ours = front["heirloom"]
    assert (ours["generation"], ours["human_share"], ours["synthetic_share"]) == (1, 0.0, 1.0)
    assert ours["command"].startswith("heirloom run experiment=demo")
    assert ours["command"] in card.split("---\n")[2]


def test_the_student_loads_as_a_transformers_model(text_run: Path, tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    to = tmp_path / "model"
    assert command(["export", str(text_run), "--to", str(to), "--model"]) == 0
    model = AutoModelForCausalLM.from_pretrained(to / "model")
    tokenizer = AutoTokenizer.from_pretrained(to / "model")
    assert model.config.vocab_size == len(tokenizer) == 300
    names = {path.name for path in (to / "model").iterdir()}
    assert not names & {"student.json", "manifest.json", "canary.json", "training.json"}
    assert read_back(to, tmp_path).num_rows  # the model's JSON files beside it are no data


def test_an_adapter_loads_with_its_base(tiny_text: Callable[..., list[str]], tmp_path: Path) -> None:
    import torch
    from peft import AutoPeftModelForCausalLM
    from transformers import AutoModelForCausalLM, AutoTokenizer

    words = tiny_text("arm=replace", "adapter=fresh", "filters=[]", "trainer.lora_target_modules=[q_proj,v_proj]")
    assert command(["run", *words]) == 0
    root = next(Path(word.partition("=")[2]) for word in words if word.startswith("output_dir="))
    to = tmp_path / "adapter"
    assert command(["export", str(root / "demo" / "replace" / "seed_0"), "--to", str(to), "--model"]) == 0
    ids = torch.arange(8)[None]
    loaded = [kind.from_pretrained(to / "model") for kind in (AutoModelForCausalLM, AutoPeftModelForCausalLM)]
    base = AutoModelForCausalLM.from_pretrained(to / "model_base")
    logits = [model.eval()(input_ids=ids).logits for model in (*loaded, base)]
    assert torch.allclose(logits[0], logits[1])
    assert not torch.allclose(logits[0], logits[2])
    assert len(AutoTokenizer.from_pretrained(to / "model")) == 300


def test_prompts_and_chats_get_the_columns_that_trl_reads(tmp_path: Path) -> None:
    prompted = Samples.of_text([{"prompt": "One, two", "completion": ", three"}, {"completion": "Alone"}])
    chats = Samples.of_text([{"messages": [{"role": "user", "content": "Hi"}], "completion": "Hello"}])
    for samples, shape in ((prompted, "prompt"), (chats, "messages")):
        texts = Texts(samples, np.ones(len(samples)), shape)  # type: ignore[arg-type]
        for form in ("jsonl", "parquet"):
            folder = tmp_path / f"{shape}_{form}"
            folder.mkdir()
            write_texts(texts, folder, form)
            row = read_back(folder, tmp_path)[0]
            if shape == "prompt":
                assert (row["prompt"], row["completion"]) == ("One, two", ", three")
            else:
                roles = [(message["role"], message["content"]) for message in row["messages"]]
                assert roles == [("user", "Hi"), ("assistant", "Hello")]


def test_weights_are_a_column_only_where_they_differ(tmp_path: Path) -> None:
    samples = Samples.of_text([{"completion": "a"}, {"completion": "b"}])
    path = write_texts(Texts(samples, np.array([1.0, 2.0]), "text"), tmp_path, "jsonl")
    assert [json.loads(line)["weight"] for line in path.read_text().splitlines()] == [1.0, 2.0]
    path = write_texts(Texts(samples, np.ones(2), "text"), tmp_path, "jsonl")
    assert "weight" not in path.read_text()


def refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    assert command(["export", *words]) == 2
    return capsys.readouterr().err


def test_what_cannot_be_exported_is_refused(
    text_run: Path, urn: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    to = ["--to", str(tmp_path / "new")]
    assert "has generations 0 to 1" in refused([str(text_run), *to, "--generation", "7"], capsys)
    assert "has no drawn, it has" in refused([str(text_run), *to, "--view", "drawn", "--generation", "0"], capsys)
    assert "only texts can be exported" in refused([str(urn.run("replace")), *to], capsys)
    assert "holds 3 runs. Give one of them" in refused([str(urn.experiment), *to], capsys)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    assert "is not empty" in refused([str(text_run), "--to", str(tmp_path / "full")], capsys)
    assert not (tmp_path / "new").exists()
