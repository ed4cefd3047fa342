"""Rows of tables become documents."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from loops.errors import DataError
from loops.source.columns import Columns, PlacedRow
from loops.source.document import Document


def _columns(**named: Any) -> Columns:
    settings: dict[str, Any] = {
        "text_column": None,
        "messages_column": None,
        "prompt_column": None,
        "completion_column": None,
        "origin_column": None,
        "on_null": "error",
    }
    return Columns(**{**settings, **named})


def _documents(columns: Columns, *rows: dict[str, Any]) -> list[Document]:
    placed = (PlacedRow(f"file, row {number}", str(number - 1), row) for number, row in enumerate(rows, start=1))
    return list(columns.documents(placed))


def _said(role: str, content: str | None) -> dict[str, str | None]:
    return {"role": role, "content": content}


TEXT = _columns(text_column="text")
CHAT = _columns(messages_column="messages")


def test_text_and_prompts_are_taken_from_their_columns() -> None:
    assert _documents(TEXT, {"text": "a", "other": 1}) == [Document("a", "0")]
    pairs = _columns(prompt_column="question", completion_column="answer")
    rows = [{"question": "2+2", "answer": "4"}, {"question": "", "answer": "5"}]
    assert _documents(pairs, *rows) == [Document("4", "0", "2+2"), Document("5", "1", "")]


def test_the_last_answer_is_the_text_and_what_comes_before_are_messages() -> None:
    talk = [_said("system", "Be kind."), _said("user", "Hi"), _said("assistant", "Hello")]
    (document,) = _documents(CHAT, {"messages": [*talk, _said("user", "Bye"), _said("assistant", "See you")]})
    assert document.text == "See you"
    assert document.messages == (*talk, _said("user", "Bye"))


def test_sharegpt_messages_get_the_roles_of_chat_templates() -> None:
    talk = [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello"}]
    (document,) = _documents(CHAT, {"messages": talk})
    assert document == Document("Hello", "0", messages=({"role": "user", "content": "Hi"},))


def test_messages_as_columns_of_roles_and_contents_are_read_too() -> None:
    (document,) = _documents(CHAT, {"messages": {"role": ["user", "assistant"], "content": ["Hi", "Hello"]}})
    assert document == Document("Hello", "0", messages=({"role": "user", "content": "Hi"},))


def test_an_origin_column_says_what_belongs_together() -> None:
    columns = _columns(text_column="text", origin_column="book")
    documents = _documents(columns, {"text": "a", "book": "x"}, {"text": "b", "book": 7})
    assert [document.origin for document in documents] == ["x", "7"]


@pytest.mark.parametrize(
    ("columns", "row", "message"),
    [
        (
            TEXT,
            {"body": "a", "id": 1},
            r"file, row 1: no column 'text'; it has body, id\. Set source\.text_column",
        ),
        (TEXT, {"text": None}, r"file, row 1: text is null or blank.*source\.on_null=skip"),
        (TEXT, {"text": " \n"}, r"file, row 1: text is null or blank"),
        (TEXT, {"text": 5}, "file, row 1: text: got a int, want text"),
        (TEXT, {"text": "a\ud800b"}, r"file, row 1: text, letter 2: \\ud800 is half a character, which no text holds"),
        (
            CHAT,
            {"messages": [_said("user", "\ud83d"), _said("assistant", "Hi")]},
            r"file, row 1: messages, message 1, letter 1: \\ud83d is half a character",
        ),
        (CHAT, {"messages": None}, "file, row 1: messages is null or blank"),
        (CHAT, {"messages": "Hi"}, "file, row 1: messages: got a str, want a list of messages"),
        (
            CHAT,
            {"messages": [_said("user", "Hi")]},
            "file, row 1: messages: the last message is by 'user', want",
        ),
        (
            CHAT,
            {"messages": [_said("user", None)]},
            "file, row 1: messages, message 1: want `role` and `content`",
        ),
        (CHAT, {"messages": [{"role": "user"}]}, "message 1: want `role` and `content`"),
        (CHAT, {"messages": [["user", "Hi"]]}, "message 1: want `role` and `content`"),
    ],
)
def test_a_row_that_does_not_fit_is_named_with_its_place(columns: Columns, row: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        _documents(columns, row)


def test_null_rows_are_skipped_and_counted_when_asked(caplog: pytest.LogCaptureFixture) -> None:
    columns = _columns(text_column="text", on_null="skip")
    with caplog.at_level(logging.WARNING):
        documents = _documents(columns, {"text": None}, {"text": "a"}, {"text": ""})
    assert documents == [Document("a", "1")]
    assert "skipped 2 rows without text" in caplog.text


def test_no_row_with_text_is_an_error() -> None:
    with pytest.raises(DataError, match="source: no row with text in text"):
        _documents(_columns(text_column="text", on_null="skip"), {"text": None})
    with pytest.raises(DataError, match="no row with text"):
        _documents(TEXT)


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ({}, "got 0 of them"),
        ({"text_column": "a", "messages_column": "b"}, "got 2 of them"),
        (
            {"text_column": "a", "prompt_column": "b"},
            "prompt_column and completion_column: want both or none",
        ),
        ({"completion_column": "b"}, "want both or none; without prompts: text_column"),
    ],
)
def test_columns_that_do_not_go_together_are_refused(named: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        _columns(**named).check_columns()
