from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from loops.errors import ConfigError, DataError
from loops.models.tokenizer import TextTokenizer, train_tokenizer
from loops.models.weights import load_tokenizer
from loops.samples import Samples
from loops.student import Student

ODD = ["", " leading", "trailing \n", "naïve café ☃ 𝔘", "tab\tand\x00zero", "日本語", "<eos> are letters <bos>"]


def test_texts_come_back_as_they_were(tiny: Student) -> None:
    tokenizer = load_tokenizer(tiny)
    ids = tokenizer.token_ids(Samples.of_text([{"completion": text} for text in ODD]))
    assert tokenizer.decode([[tokenizer.start_id]] * len(ODD), ids) == ODD


def test_texts_after_prompts_come_back_in_a_vocabulary_that_drops_spaces(stories: Student) -> None:
    tokenizer = load_tokenizer(stories)
    rows = Samples.of_text([{"prompt": "Once upon", "completion": " a time"}, {"completion": "Once"}])
    encoded = tokenizer.encode(rows)
    assert [text.n_context for text in encoded] == [3, 1]
    parts = [(text.ids[: text.n_context], text.ids[text.n_context :]) for text in encoded]
    assert tokenizer.decode([a for a, _ in parts], [b for _, b in parts]) == [" a time", "Once"]


def test_special_tokens_written_as_letters_stay_letters(tiny: Student) -> None:
    tokenizer = load_tokenizer(tiny)
    ids = tokenizer.token_ids(Samples.of_text([{"completion": "<eos>"}]))[0]
    assert tokenizer.eos_id not in ids
    assert len(ids) > 1


def test_equal_texts_train_an_equal_vocabulary(human: Samples) -> None:
    one, other = (train_tokenizer(human.texts(), 300).backend_tokenizer.to_str() for _ in range(2))
    assert one == other


def test_no_text_trains_no_vocabulary() -> None:
    with pytest.raises(DataError, match="no text to train it on"):
        train_tokenizer(["", ""], 300)


def test_count_adds_the_end_where_there_is_one(tiny: Student) -> None:
    tokenizer = load_tokenizer(tiny)
    rows = [{"completion": "a b c"}, {"completion": "a b c", "finish_reason": "length"}]
    samples = Samples.of_text([*rows, {"prompt": "not counted", "completion": "a b c"}])
    n_tokens = len(tokenizer.token_ids(samples)[0])
    assert tokenizer.count(samples).tolist() == [n_tokens + 1, n_tokens, n_tokens + 1]


def test_a_prefix_is_the_text_of_its_first_tokens(tiny: Student, human: Samples) -> None:
    tokenizer, text = load_tokenizer(tiny), human.texts()[0]
    prefix = tokenizer.prefix(text, 5)
    assert prefix is not None
    assert text.startswith(prefix)
    assert len(tokenizer.token_ids(Samples.of_text([{"completion": prefix}]))[0]) == 5
    assert tokenizer.prefix("a", 5) is None


def test_a_chat_s_prompt_is_what_its_template_renders(chat: Student) -> None:
    tokenizer = load_tokenizer(chat)
    row = {"messages": [{"role": "user", "content": "Who?"}], "completion": "Me."}
    encoded = tokenizer.encode(Samples.of_text([row]))[0]
    context = tokenizer.tokenizer.decode(encoded.ids[: encoded.n_context])
    assert context == "<|im_start|>user\nWho?<|im_end|>\n<|im_start|>assistant\n"
    assert tokenizer.tokenizer.decode(encoded.ids[encoded.n_context :]) == "Me."
    assert encoded.ended
    assert encoded.ids[: encoded.n_context] == tokenizer.encode_prompts(Samples.of_text([row]))[0]


def test_a_template_whose_reply_does_not_end_is_refused(chat: Student, tmp_path: Path) -> None:
    tokenizer = load_tokenizer(chat)
    tokenizer.tokenizer.chat_template = tokenizer.tokenizer.chat_template.replace("<|im_end|>", "")
    row = {"messages": [{"role": "user", "content": "Who?"}], "completion": "Me.", "prompt_id": "who#1"}
    with pytest.raises(DataError, match=r"after the reply of who#1 comes .* not the EOS token '<\|im_end\|>'"):
        tokenizer.encode(Samples.of_text([row]))


def test_chat_without_a_template_is_refused(tiny: Student) -> None:
    row = {"messages": [{"role": "user", "content": "Who?"}], "completion": "Me."}
    with pytest.raises(DataError, match="no chat template"):
        load_tokenizer(tiny).encode(Samples.of_text([row]))


def test_a_vocabulary_without_bos_starts_texts_with_eos(chat: Student) -> None:
    tokenizer = load_tokenizer(chat)
    assert tokenizer.start_id == tokenizer.eos_id
    assert tokenizer.encode(Samples.of_text([{"completion": "a"}]))[0].ids[0] == tokenizer.eos_id


def test_a_tokenizer_without_eos_is_refused(tiny: Student, tmp_path: Path) -> None:
    bare = load_tokenizer(tiny).tokenizer
    bare.eos_token = None
    bare.save_pretrained(tmp_path)
    with pytest.raises(ConfigError, match="no EOS token"):
        TextTokenizer.open(tmp_path)


def test_ends_cover_the_completion(tiny: Student, human: Samples) -> None:
    for text, encoded in zip(human.texts()[:20], load_tokenizer(tiny).encode(human)[:20], strict=True):
        assert encoded.ends[-1] == len(text)
        assert np.all(np.diff(encoded.ends) >= 0)
