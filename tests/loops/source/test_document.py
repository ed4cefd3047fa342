"""Documents become rows of human text."""

from __future__ import annotations

from loops.samples import Sample
from loops.source.document import Document, to_samples


def _rows(*documents: Document) -> list[Sample]:
    return list(to_samples(documents).text_rows())


def test_rows_are_human_text_and_named_by_origin_and_running_number() -> None:
    rows = _rows(Document("one", "json"), Document("two", "csv"), Document("three", "json"))
    assert [row.prompt_id for row in rows] == ["json#0", "csv#0", "json#1"]
    assert [row.completion for row in rows] == ["one", "two", "three"]
    assert {(row.written_by, row.generation) for row in rows} == {(None, 0)}


def test_two_equal_texts_of_one_origin_are_two_rows() -> None:
    assert len({row.id for row in _rows(Document("same", "a"), Document("same", "a"))}) == 2


def test_a_conversation_keeps_the_messages_before_the_answer() -> None:
    messages = ({"role": "user", "content": "Who?"},)
    (row,) = _rows(Document("Me.", "chat", messages=messages))
    assert row.messages == messages
    assert (row.completion, row.prompt) == ("Me.", "")


def test_splits_compare_the_prompt_and_the_messages_too() -> None:
    messages = ({"role": "user", "content": "Who?"},)
    assert Document("Me.", "chat", messages=messages).whole == "Who?\nMe."
    assert Document("4", "sum", prompt="2 + 2 = ").whole == "2 + 2 = \n4"
