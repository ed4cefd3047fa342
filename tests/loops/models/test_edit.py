"""Token-level editing, on a table that can be worked by hand and on a real small model."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import torch

from loops.errors import ConfigError
from loops.key import Key
from loops.model import TokenEditing
from loops.models.edit import Text, drawn_anew, edit_tokens
from loops.models.open_causal_lm import OpenCausalLM
from loops.models.weights import load_model, load_tokenizer
from loops.runtime import Runtime
from loops.samples import Samples
from loops.student import Student

EOS, START, A, B, C = range(5)
KEY = Key.root(0).fold("draw", 1)
STORIES = [
    "Once upon a time there was a little girl named Lily. She loved to play outside in the park.",
    "One day, a big dog came to the house. The dog was very happy and wanted to play with the ball.",
    "Tom and his mom went to the store. They bought some apples and went home.",
]


def editing(**settings: Any) -> TokenEditing:
    own = {"threshold": 0.9, "temperature": 2.0, "top_k": 2, "window": 32, "stride": 16}
    return TokenEditing(**{**own, **settings})


@pytest.fixture
def table(next_token_table: Any) -> Any:
    """After the start A has .96; after A all of A, B, C are in doubt; after B the end has .95."""
    tiny = 1e-30
    doubt, end = [tiny, tiny, 0.2, 0.3, 0.5], [0.95, tiny, 0.02, 0.02, 0.01]
    return next_token_table([doubt, [tiny, tiny, 0.96, 0.03, 0.01], doubt, end, doubt])


# Above the threshold .9 stands A alone. Of its two candidates A and B, sqrt(.96) = .980 and sqrt(.03) = .173 at
# temperature 2, A has .980 / 1.153 = .850.
@pytest.mark.parametrize(("uniform", "drawn"), [(0.0, A), (0.84, A), (0.86, B), (0.999, B)])
def test_a_token_above_the_threshold_is_drawn_from_the_tempered_candidates(
    table: Any, uniform: float, drawn: int
) -> None:
    text = Text([START, A, C], 1, np.array([uniform, 0.999]))
    # C has .5 after A, below the threshold: it stays whatever its uniform.
    assert edit_tokens(table, [text], editing(), [EOS, START]) == [[START, drawn, C]]


def test_a_token_is_judged_by_the_text_as_it_was(table: Any) -> None:
    # The first token becomes B. After B, C would have .01; it is judged after A, as before, and stays.
    # With threshold .5 it is drawn anew, and still after A: of C and B, sqrt(.5) = .707 and sqrt(.3) = .548, the
    # first in the vocabulary, B, has .548 / 1.255 = .44.
    text = Text([START, A, C], 1, np.array([0.999, 0.43]))
    assert edit_tokens(table, [text], editing(), [EOS]) == [[START, B, C]]
    assert edit_tokens(table, [text], editing(threshold=0.5), [EOS]) == [[START, B, B]]


def test_a_probability_of_exactly_the_threshold_is_drawn_anew() -> None:
    logits, token = torch.zeros(1, 2), torch.tensor([0])  # both have .5, exactly
    uniform = torch.tensor([0.75]).double()
    assert drawn_anew(logits, token, uniform, editing(threshold=0.5), []).tolist() == [1]
    assert drawn_anew(logits, token, uniform, editing(threshold=0.5000001), []).tolist() == [0]


def test_an_end_is_never_drawn_into_a_text(table: Any) -> None:
    # After B the end is surest and A second. A stands there with .02: threshold .02 draws it anew, of A and B alone.
    logits = torch.tensor([[0.95, 1e-30, 0.02, 0.02, 0.01]]).log().repeat(2, 1)
    uniform = torch.tensor([0.01, 0.99]).double()
    drawn = drawn_anew(logits, torch.tensor([A, A]), uniform, editing(threshold=0.019), [EOS, START])
    assert drawn.tolist() == [A, B]


def test_threshold_1_edits_nothing_and_prompts_stay(table: Any) -> None:
    text = Text([START, A, A, C], 1, np.full(3, 0.999))
    assert edit_tokens(table, [text], editing(threshold=1.0), [EOS]) == [[START, A, A, C]]
    prompt = Text([START, A, C], 2, np.array([0.999]))
    assert edit_tokens(table, [prompt], editing(), [EOS]) == [[START, A, C]]
    assert edit_tokens(table, [Text([START], 1, np.zeros(0))], editing(), [EOS]) == [[START]]


def samples(*texts: str, **columns: Any) -> Samples:
    return Samples.of_text([{"completion": text, "prompt_id": f"human#{i}", **columns} for i, text in enumerate(texts)])


@pytest.fixture
def opened(stories: Student, runtime: Runtime) -> OpenCausalLM:
    return OpenCausalLM(load_model(stories, runtime), load_tokenizer(stories))


def test_edited_rows_name_their_human_text_and_count_their_changed_tokens(opened: OpenCausalLM) -> None:
    human = samples(*STORIES)
    rows = list(opened.edit(human, editing(threshold=0.3, top_k=8), KEY, 3, "2").text_rows())
    ids = opened.tokenizer.token_ids(human)
    assert [row.parents for row in rows] == [(row.id,) for row in human.text_rows()]
    assert {(row.generation, row.written_by, row.finish_reason) for row in rows} == {(3, "2", "stop")}
    assert [row.n_tokens for row in rows] == [len(own) + 1 for own in ids]
    assert [row.seed for row in rows] == [KEY.fold(row.id, 0).digest for row in human.text_rows()]
    assert json.loads(rows[0].sampling or "") == {"threshold": 0.3, "temperature": 2.0, "top_k": 8}
    for row, text, own in zip(rows, STORIES, ids, strict=True):
        assert 0 < row.scores["changed"] < len(own)
        assert row.completion != text


def test_a_text_that_keeps_its_tokens_keeps_its_letters(opened: OpenCausalLM) -> None:
    odd = "Two  spaces,\ttabs and a letter that no word of a story holds: \u00fc."
    rows = list(opened.edit(samples(odd, *STORIES), editing(threshold=1.0), KEY, 1, "0").text_rows())
    assert [row.completion for row in rows] == [odd, *STORIES]
    assert [row.scores["changed"] for row in rows] == [0, 0, 0, 0]


def test_an_edit_hangs_on_text_and_key_alone(opened: OpenCausalLM) -> None:
    how = editing(threshold=0.3, top_k=8, window=64, stride=32)
    texts = opened.edit(samples(*STORIES), how, KEY, 1, "0").texts()
    turned = opened.edit(samples(*STORIES).select(np.array([2, 0])), how, KEY, 1, "0").texts()
    assert turned == [texts[2], texts[0]]
    assert opened.edit(samples(*STORIES), how, KEY.fold("other"), 1, "0").texts() != texts


def test_a_long_text_is_edited_in_windows_once_each_token(opened: OpenCausalLM) -> None:
    long = samples(" ".join(STORIES * 3))
    (ids,) = opened.tokenizer.token_ids(long)
    (row,) = opened.edit(long, editing(threshold=1e-9, temperature=1e6, top_k=500), KEY, 1, "0").text_rows()
    # Every token is drawn anew, of 500 that are equally likely at this temperature: 1 in 500 comes back.
    assert len(ids) > 100
    assert row.scores["changed"] >= 0.95 * len(ids)


def test_the_prompt_is_read_and_neither_edited_nor_repeated(opened: OpenCausalLM) -> None:
    prompt, text = "Once upon a ti", "me there was a little girl named Lily. She loved to play."
    human = samples(text, prompt=prompt)
    plain = opened.tokenizer.encode(human)[0]
    assert plain.n_context < len(opened.tokenizer.encode_prompts(human)[0])  # a token spans the border
    (row,) = opened.edit(human, editing(threshold=0.3, top_k=8), KEY, 1, "0").text_rows()
    assert row.prompt == prompt
    assert row.scores["changed"] > 0
    assert row.completion.startswith("me")


def test_a_reply_of_a_chat_is_edited_without_tokens_that_frame_a_turn(chat: Student, runtime: Runtime) -> None:
    model = OpenCausalLM(load_model(chat, runtime), load_tokenizer(chat))
    messages = [{"role": "user", "content": "Tell a story."}]
    human = Samples.of_text([{"completion": text, "messages": messages} for text in STORIES])
    every = editing(threshold=1e-9, temperature=1e6, top_k=400, window=128, stride=64)
    for row in model.edit(human, every, KEY, 1, "0").text_rows():
        assert list(row.messages or ()) == messages
        assert row.scores["changed"] > 0.9 * ((row.n_tokens or 0) - 1)
        assert "<|" not in row.completion


def test_a_window_that_the_model_does_not_hold_is_refused(opened: OpenCausalLM) -> None:
    with pytest.raises(ConfigError, match="window: 4096 tokens, prompt included, but the model holds"):
        opened.edit(samples(*STORIES), editing(window=4096), KEY, 1, "0")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"threshold": 0.0}, r"want threshold in \(0, 1\]"),
        ({"threshold": 1.01}, r"want threshold in \(0, 1\]"),
        ({"temperature": 0.0}, "temperature above 0"),
        ({"top_k": 1}, "top_k of 2 or more"),
        ({"stride": 32}, "stride: got 32, want 1 to 31, less than window=32"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        editing(**settings)
