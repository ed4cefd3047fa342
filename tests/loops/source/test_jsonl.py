"""JSON files as a source."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from loops.errors import DataError
from loops.source.document import Document, to_samples
from loops.source.jsonl import Jsonl

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data is absent: real records")


def _jsonl(path: Path, **more: Any) -> Jsonl:
    settings: dict[str, Any] = {
        "reference_path": None,
        "auditor_path": None,
        "human_tokens": None,
        "text_column": "text",
        "messages_column": None,
        "prompt_column": None,
        "completion_column": None,
        "origin_column": None,
        "on_null": "error",
    }
    return Jsonl(path=str(path), **{**settings, **more})


def test_lines_and_a_list_of_objects_give_the_same_documents(tmp_path: Path) -> None:
    records = [{"text": "one"}, {"text": "zwei\u00fc\n"}]
    lines, packed, whole = (tmp_path / name for name in ("a.jsonl", "a.jsonl.gz", "a.json"))
    lines.write_text("\n".join(map(json.dumps, records)) + "\n\n", encoding="utf-8")
    packed.write_bytes(gzip.compress(lines.read_bytes()))
    whole.write_text("\n" + json.dumps(records, indent=1, ensure_ascii=False), encoding="utf-8")
    wanted = [Document("one", "0"), Document("zwei\u00fc\n", "1")]
    assert [list(_jsonl(path).read(None)) for path in (lines, packed, whole)] == [wanted] * 3


def test_origins_name_the_file_where_there_are_several(tmp_path: Path) -> None:
    (tmp_path / "b.jsonl").write_text('{"text": "two"}')
    (tmp_path / "a.jsonl").write_text('{"text": "one"}')
    assert [document.origin for document in _jsonl(tmp_path).read(None)] == ["a.jsonl/0", "b.jsonl/0"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"text": "a"}\n\n{"text": "b"\n', r"a\.jsonl, line 3: not JSON \(.*column"),
        ('{"text": "a"}\n"b"\n', r"a\.jsonl, line 2: got a str, want an object"),
        ('{"text": "a"}\n[1]\n', r"a\.jsonl, line 2: got a list, want an object"),
        ('[{"text": "a"},\n{"text": }]', r"a\.jsonl, line 2: not JSON"),
        ('[{"text": "a"}, 3]', r"a\.jsonl, record 2: got a int"),
        ('{"text": "a"}\n{"body": "b"}\n', r"a\.jsonl, line 2: no column 'text'; it has body\."),
        ('{"text": "a"}\n{"text": null}\n', r"a\.jsonl, line 2: text is null or blank"),
        ('{"text": "a \\ud800 b"}\n', r"a\.jsonl, line 1: text, letter 3: \\ud800 is half a character"),
        ('{\n "text": "a"\n}', r"line 1: not JSON .*Want one object a line, or one list of objects"),
        (
            '{"text": "a"}\n{"text": ' + "[" * 99_999,
            r"a\.jsonl, line 2: JSON that Python does not read \(maximum recursion",
        ),
        ('{"text": "a", "n": ' + "9" * 5000 + "}", r"a\.jsonl, line 1: JSON that Python does not read .*4300 digits"),
        ("", "the file is empty"),
    ],
)
def test_what_cannot_be_used_is_named_with_file_and_line(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "a.jsonl").write_text(content)
    with pytest.raises(DataError, match=message):
        list(_jsonl(tmp_path / "a.jsonl").read(None))


@needs_data
def test_gsm8k_gives_questions_as_prompts_and_answers_as_texts() -> None:
    folder = DATA / "math/gsm8k"
    source = _jsonl(
        folder / "train.jsonl.gz",
        reference_path=str(folder / "test.jsonl.gz"),
        text_column=None,
        prompt_column="question",
        completion_column="answer",
    )
    train, reference = list(source.read("train")), list(source.read("reference"))
    assert (len(train), len(reference)) == (7473, 1319)
    assert train[0].prompt.startswith("Natalia sold clips to 48 of her friends")
    assert train[0].text.endswith("#### 72")
    assert len({row.prompt_id for row in to_samples(train).text_rows()}) == 7473


@needs_data
def test_several_solutions_of_a_question_belong_together() -> None:
    path = DATA / "math/gsm8k/example_model_solutions.jsonl.gz"
    documents = list(_jsonl(path, text_column="ground_truth", origin_column="question").read(None))
    assert documents[0].origin.startswith("Janet\u2019s ducks lay 16 eggs")


@needs_data
def test_sharegpt_conversations_are_read_as_published() -> None:
    path = DATA / "instruct/fastchat_dummy_conversation.json"
    source = _jsonl(path, text_column=None, messages_column="conversations", origin_column="id")
    documents = list(source.read(None))
    assert len(documents) == 500
    assert documents[0].text == "You too!"
    assert documents[0].messages is not None
    assert [message["role"] for message in documents[0].messages] == ["user", "assistant", "user"]
    assert len(to_samples(documents)) == 500
