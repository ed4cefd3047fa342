"""Datasets through `datasets.load_dataset`, on a folder laid out like a hub dataset."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from loops.errors import DataError
from loops.source.document import Document
from loops.source.hub import Hub

README = """---
configs:
- config_name: chat
  data_files:
  - {split: train, path: chat/train.jsonl}
  - {split: test, path: chat/test.jsonl}
- config_name: plain
  data_files:
  - {split: train, path: plain/train.jsonl}
  - {split: validation, path: plain/validation.jsonl}
  - {split: test, path: plain/test.jsonl}
---
"""


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Keep the cache of `datasets` in the test's own folder, and the network out."""
    import datasets

    folder = tmp_path / "cache"
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", folder)
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    datasets.disable_progress_bars()
    yield folder
    datasets.enable_progress_bars()


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """Write a dataset of two configurations, with nested messages and a null row."""
    root = tmp_path / "data" / "talks"
    for config, split in (
        ("chat", "train"),
        ("chat", "test"),
        *(("plain", s) for s in ("train", "validation", "test")),
    ):
        rows = [_row(config, split, number) for number in range(3)]
        if (config, split) == ("chat", "train"):
            rows.append({"id": 3, "messages": None})
        (root / config).mkdir(parents=True, exist_ok=True)
        (root / config / f"{split}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (root / "README.md").write_text(README)
    return root


def _row(config: str, split: str, number: int) -> dict[str, Any]:
    if config == "plain":
        return {"text": f"{split} {number}"}
    talk = [{"role": "user", "content": f"q{number}"}, {"role": "assistant", "content": f"a{number}"}]
    return {"id": number, "messages": talk}


def _hub(path: Path | str, **more: Any) -> Hub:
    settings: dict[str, Any] = {
        "text_column": "text",
        "messages_column": None,
        "prompt_column": None,
        "completion_column": None,
        "origin_column": None,
        "on_null": "error",
        "config": "plain",
        "revision": None,
        "train_split": "train",
        "reference_split": None,
        "auditor_split": None,
        "streaming": False,
        "max_rows": None,
        "human_tokens": None,
    }
    return Hub(path=str(path), **{**settings, **more})


CHAT = {"config": "chat", "text_column": None, "messages_column": "messages"}


@pytest.mark.parametrize("streaming", [False, True])
def test_nested_messages_are_read_and_a_null_row_is_skipped_when_asked(dataset: Path, streaming: bool) -> None:
    documents = list(_hub(dataset, **CHAT, streaming=streaming, on_null="skip").read(None))
    wanted = [Document(f"a{n}", str(n), messages=({"role": "user", "content": f"q{n}"},)) for n in range(3)]
    assert documents == wanted


@pytest.mark.parametrize("streaming", [False, True])
def test_a_null_row_is_an_error_with_its_place(dataset: Path, streaming: bool) -> None:
    with pytest.raises(DataError, match="talks, split train, row 4: messages is null or blank"):
        list(_hub(dataset, **CHAT, streaming=streaming).read(None))


@pytest.mark.parametrize("streaming", [False, True])
def test_splits_of_the_dataset_are_read_apart(dataset: Path, streaming: bool) -> None:
    source = _hub(dataset, reference_split="validation", auditor_split="test", streaming=streaming)
    assert source.splits() == ("train", "reference", "auditor")
    texts = {split: [document.text for document in source.read(split)] for split in source.splits()}
    assert texts["reference"] == ["validation 0", "validation 1", "validation 2"]
    assert texts["auditor"] == ["test 0", "test 1", "test 2"]
    assert next(iter(source.read("reference"))).origin == "reference/0"
    assert _hub(dataset).splits() == ()


@pytest.mark.parametrize("streaming", [False, True])
def test_max_rows_are_taken_from_the_beginning(dataset: Path, streaming: bool) -> None:
    texts = [document.text for document in _hub(dataset, max_rows=2, streaming=streaming).read(None)]
    assert texts == ["train 0", "train 1"]
    assert len(list(_hub(dataset, max_rows=50, streaming=streaming).read(None))) == 3


def test_streaming_changes_neither_the_rows_nor_the_key(dataset: Path) -> None:
    stored, streamed = _hub(dataset), _hub(dataset, streaming=True)
    assert list(stored.read(None)) == list(streamed.read(None))
    assert stored.external() == streamed.external()
    assert "streaming" in Hub.not_in_key


def test_a_stream_leaves_nothing_behind_and_a_stored_one_stays_in_the_cache(dataset: Path, cache: Path) -> None:
    before = sorted(dataset.rglob("*"))
    list(_hub(dataset, streaming=True).read(None))
    assert not list(cache.rglob("*.arrow"))
    list(_hub(dataset).read(None))
    assert list(cache.rglob("*.arrow"))
    assert sorted(dataset.rglob("*")) == before


def test_the_key_names_the_content_of_a_folder_and_not_its_place(dataset: Path, tmp_path: Path) -> None:
    before = _hub(dataset).external()
    moved = dataset.rename(tmp_path / "elsewhere")
    assert _hub(moved).external() == before
    (moved / "plain/train.jsonl").write_text('{"text": "other"}\n')
    assert _hub(moved).external() != before


@pytest.mark.parametrize("streaming", [False, True])
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"config": "plane"}, "source=hub, .*talks: BuilderConfig 'plane' not found.*chat.*plain"),
        ({"config": None}, "source=hub, .*Config name is missing"),
        ({"train_split": "trian"}, "source=hub, .*trian.*train.*validation.*test"),
        ({"text_column": "body"}, r"talks, split train: no column 'body'; it has text\."),
    ],
)
def test_what_the_dataset_does_not_have_is_named(
    dataset: Path, settings: dict[str, Any], message: str, streaming: bool
) -> None:
    with pytest.raises(DataError, match=message):
        list(_hub(dataset, **settings, streaming=streaming).read(None))


def test_a_folder_or_dataset_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"source=hub, .*nowhere"):
        list(_hub(tmp_path / "nowhere").read(None))
    with pytest.raises(DataError, match=r"source=hub, nobody/nothing: .*nobody/nothing"):
        _hub("nobody/nothing").external()


def test_settings_that_do_not_go_together_are_refused() -> None:
    with pytest.raises(ValueError, match="auditor_split is set and reference_split is not"):
        _hub("a/b", auditor_split="test")
    with pytest.raises(ValueError, match="max_rows: got 0"):
        _hub("a/b", max_rows=0)
