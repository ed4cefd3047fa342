from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from loops.errors import ConfigError, DataError
from loops.outside.json_file import JsonFile
from loops.outside.text_file import Row


def texts(path: Path, column: str | None = None) -> list[str]:
    return [row.text for row in JsonFile.of(path, column).rows()]


def test_the_column_is_found_and_a_compressed_file_is_read(json_lines: Any) -> None:
    for column in ("text", "completion", "response", "output", "generation", "content"):
        path = json_lines(f"{column}.jsonl.gz", [{"id": 1, column: "One."}, {"id": 2, column: "Two."}])
        file = JsonFile.of(path, None)
        assert file.found == f"column {column}"
        assert [row.text for row in file.rows()] == ["One.", "Two."]


def test_a_number_is_passed_over_where_a_text_is_looked_for(json_lines: Any) -> None:
    assert texts(json_lines("a.jsonl", [{"generation": 3, "content": "One."}])) == ["One."]


def test_what_is_known_of_a_completion_comes_with_it(json_lines: Any) -> None:
    path = json_lines("a.jsonl", [{"prompt": "1 + 1 =", "completion": " 2", "finish_reason": "length"}])
    assert list(JsonFile.of(path, None).rows()) == [Row(" 2", "1 + 1 =", None, "length")]


def test_the_last_answer_of_a_conversation_is_the_text(json_lines: Any) -> None:
    chat = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello."}]
    gpt = [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello."}]
    for column, value in (("messages", chat), ("conversations", gpt), ("completion", chat[1:])):
        (row,) = JsonFile.of(json_lines(f"{column}.jsonl", [{column: value}]), None).rows()
        assert row.text == "Hello."
        assert [message["content"] for message in row.messages or ()] == (["Hi"] if len(value) > 1 else [])


def test_texts_by_themselves_and_lists_of_objects_are_read(json_lines: Any, plain: Any) -> None:
    assert texts(json_lines("a.jsonl", ["One.", "Two."])) == ["One.", "Two."]
    assert texts(plain("b.json", json.dumps([{"text": "One."}, {"text": None}]))) == ["One.", ""]


def test_a_null_is_an_empty_text_not_a_missing_row(json_lines: Any) -> None:
    assert texts(json_lines("a.jsonl", [{"text": None}, {"text": ""}, {"text": "x"}])) == ["", "", "x"]


def test_an_unknown_column_is_told_with_those_there_are(json_lines: Any) -> None:
    path = json_lines("a.jsonl", [{"id": 1, "story": "One."}])
    with pytest.raises(DataError, match=r"a\.jsonl: no column is called text, .* It has: id, story. Name one with"):
        JsonFile.of(path, None)
    with pytest.raises(DataError, match=r"there is no column 'tale'. It has: id, story."):
        JsonFile.of(path, "tale")
    assert texts(path, "story") == ["One."]


def test_a_row_that_is_not_as_promised_is_named_by_its_line(json_lines: Any, plain: Any) -> None:
    for values, message in (
        ([{"text": "x"}, {"txt": "y"}], r"line 2: there is no column 'text'. It has: txt."),
        ([{"text": "x"}, {"text": 7}], r"line 2: text holds a int, want text or a conversation"),
        ([{"text": "x"}, 7], r"line 2: got a int, want an object"),
        (["x", {"text": "y"}], r"line 2: got a dict, want text as in the first row"),
    ):
        with pytest.raises(DataError, match=message):
            texts(json_lines("a.jsonl", values))
    with pytest.raises(DataError, match=r"line 1: text, letter 3: \\ud83d is half a character, which no text holds"):
        texts(plain("a.jsonl", '{"text": "a \\ud83d b"}\n'))
    with pytest.raises(DataError, match=r"line 1: prompt, letter 1: \\ud83d is half a character"):
        texts(plain("a.jsonl", '{"text": "a", "prompt": "\\ud83d"}\n'))
    with pytest.raises(DataError, match=r"line 1: messages, message 1, letter 1: \\ud83d is half a character"):
        texts(plain("a.jsonl", '{"messages": [{"role": "assistant", "content": "\\ud83d"}]}\n'))
    with pytest.raises(DataError, match=r"a\.jsonl: text holds a int, want text. It has: text. Name one with --column"):
        texts(plain("a.jsonl", '{"text": 7}\n'))
    with pytest.raises(DataError, match=r"b\.jsonl, line 2: not JSON"):
        texts(plain("b.jsonl", '{"text": "x"}\n{"text": \n'))
    with pytest.raises(DataError, match=r"c\.json: got nothing, want an object"):
        texts(plain("c.json", "[]"))


def test_kept_lines_are_copied_letter_for_letter(plain: Any, tmp_path: Path) -> None:
    lines = ['{"text":  "caf\\u00e9", "n": 1.0}', '{"n": 2, "text": "b"}', '{"text": "c", "n": 1e3}']
    file = JsonFile.of(plain("a.jsonl", "\n\n".join(lines)), None)
    file.copy([True, False, True], tmp_path / "kept.jsonl.gz")
    assert gzip.decompress((tmp_path / "kept.jsonl.gz").read_bytes()).decode() == f"{lines[0]}\n{lines[2]}\n"


def test_objects_of_a_list_are_copied_one_a_line(plain: Any, tmp_path: Path) -> None:
    rows = [{"text": "a", "n": 1}, {"text": "b", "n": None}]
    JsonFile.of(plain("a.json", json.dumps(rows)), None).copy([False, True], tmp_path / "kept.json")
    assert [json.loads(line) for line in (tmp_path / "kept.json").read_text().splitlines()] == rows[1:]


def test_dropped_rows_get_their_reason(tmp_path: Path) -> None:
    rows = [{"text": "a", "n": 1}, {"text": "b\u00e9", "n": 2}, {"text": "c", "n": "\ud83d"}]
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    reasons = [None, "length/too_short", "length/too_short"]
    JsonFile.of(path, None).copy_dropped(reasons, tmp_path / "dropped.jsonl")
    written = (tmp_path / "dropped.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in written] == [{**row, "dropped_by": "length/too_short"} for row in rows[1:]]
    assert "b\u00e9" in written[0]
    again = JsonFile.of(tmp_path / "dropped.jsonl", None)
    with pytest.raises(ConfigError, match="line 1: has a column dropped_by already"):
        again.copy_dropped(["length/too_short", None], tmp_path / "twice.jsonl")
    assert not (tmp_path / "twice.jsonl").exists()
