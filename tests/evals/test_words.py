"""The word rule: what belongs together, what stands alone, and that spans and words agree."""

from __future__ import annotations

import sys
import unicodedata
from pathlib import Path

import numpy as np
import pytest

from evals import words as module
from evals.words import first_words, ngrams, token_words, word_spans, words


def test_letters_digits_and_inner_apostrophes_make_a_word() -> None:
    assert words("Don't stop: 3rd O\u2019Neil 'quoted'") == [
        *["Don't", "stop", ":", "3rd", "O\u2019Neil", "'", "quoted", "'"]
    ]


def test_every_other_visible_character_is_a_word() -> None:
    assert words("a_b+=1...\n\t(x)") == ["a", "_", "b", "+", "=", "1", ".", ".", ".", "(", "x", ")"]


def test_case_is_kept() -> None:
    assert words("The the") == ["The", "the"]


def test_marks_stay_with_what_they_sit_on() -> None:
    assert words("cafe\u0301 \u0915\u094d\u0937 \u2764\ufe0f!") == [
        "caf\u00e9",
        "\u0915\u094d\u0937",
        "\u2764\ufe0f",
        "!",
    ]


def test_white_space_alone_has_no_words() -> None:
    assert words("") == words(" \n\u00a0") == []
    assert word_spans(" ") == []


def test_the_first_words_are_those_that_the_whole_text_begins_with() -> None:
    text = "cafe\u0301, don't stop"
    assert first_words(text, 3) == ["caf\u00e9", ",", "don't"]
    assert first_words(text, 9) == words(text)
    assert first_words(text, 0) == first_words(" ", 2) == []
    with pytest.raises(ValueError, match="first_words: n is -1, want 0 or more"):
        first_words(text, -1)


def test_spans_speak_of_the_text_as_given() -> None:
    text = "  cafe\u0301, two"
    assert [text[start:end] for start, end in word_spans(text)] == ["cafe\u0301", ",", "two"]


def test_words_do_not_depend_on_how_a_character_is_encoded() -> None:
    for code in range(sys.maxunicode + 1):
        character = chr(code)
        decomposition = unicodedata.decomposition(character)
        if decomposition and not decomposition.startswith("<"):
            split = unicodedata.normalize("NFD", character)
            assert words(f"a{character}b") == words(f"a{split}b"), f"U+{code:04X}"


def test_the_name_holds_the_version_of_the_character_tables() -> None:
    assert unicodedata.unidata_version in module.NAME


def test_the_rule_agrees_with_unicode_classes_of_another_package_on_real_text(tinystories: str) -> None:
    regex = pytest.importorskip("regex")
    pattern = r"[\p{L}\p{N}][\p{L}\p{N}\p{M}]*(?:['\u2019][\p{L}\p{N}][\p{L}\p{N}\p{M}]*)*|\S\p{M}*"
    expected = [match.span() for match in regex.finditer(pattern, tinystories)]
    assert word_spans(tinystories) == expected
    assert len(expected) > 40_000
    assert [tinystories[start:end] for start, end in expected] == words(tinystories)


def test_the_rule_agrees_with_unicode_classes_of_another_package_on_mixed_scripts_and_marks() -> None:
    regex = pytest.importorskip("regex")
    word = r"[\p{L}\p{N}][\p{L}\p{N}\p{M}]*"
    pattern = regex.compile(rf"{word}(?:['\u2019\u200c\u200d]{word})*|\S\p{{M}}*")
    letters, joiners, signs = "aZ1\u00e9\u0915\u0661", "'\u2019\u200d", "_. \n\u2764\U0001f600"
    marks = "\u0301\u0489\u094d\u093e\ufe0f\U00010a01\U000e0100"
    characters = [*letters, *joiners, *signs, *marks]
    rng = np.random.default_rng(0)
    for _ in range(500):
        text = "".join(rng.choice(characters, 40))
        assert word_spans(text) == [match.span() for match in pattern.finditer(text)], ascii(text)


def test_words_and_the_space_between_them_make_up_a_real_text(wikitext: list[str]) -> None:
    for line in wikitext[:300]:
        rest = line
        for start, end in reversed(word_spans(line)):
            rest = rest[:start] + rest[end:]
        assert not rest.strip()


def test_a_token_goes_to_the_word_that_it_ends() -> None:
    # 'the cat." 'in tokens: "th", "e c" (ends "the"), "at" (ends "cat"), '."' (ends both), EOS
    text = 'the cat."'
    assert words(text) == ["the", "cat", ".", '"']
    tokens = [(0, 2), (2, 5), (5, 7), (7, 9), None]
    assert token_words(tokens, word_spans(text)).tolist() == [0, 0, 1, 3, -1]


def test_white_space_goes_to_the_word_that_follows_and_at_the_end_to_the_last() -> None:
    # tokens: " ", "a", " ", " b", " "
    spans = word_spans(" a  b ")
    assert token_words([(0, 1), (1, 2), (2, 3), (3, 5), (5, 6)], spans).tolist() == [0, 0, 1, 1, 1]


def test_tokens_that_share_the_bytes_of_a_character_share_its_word() -> None:
    # the two bytes of the accented letter are two tokens with one span
    spans = word_spans("x\u00e9 y")
    assert token_words([(0, 1), (1, 2), (1, 2), (2, 4)], spans).tolist() == [0, 0, 0, 1]
    assert token_words([(0, 1), (1, 2), (2, 2), (2, 4)], spans).tolist() == [0, 0, 0, 1]


def test_an_empty_token_before_the_text_goes_to_its_first_word() -> None:
    assert token_words([(0, 0), (0, 1), (1, 3)], word_spans("a b")).tolist() == [0, 0, 1]


def test_a_text_without_words_gives_its_tokens_none() -> None:
    assert token_words([(0, 1)], []).tolist() == [-1]
    assert token_words([], [(0, 1)]).tolist() == []


def test_tokens_of_a_real_tokenizer_reach_every_word_in_order(tinystories: str, tokenizer_file: Path) -> None:
    tokenizers = pytest.importorskip("tokenizers")
    tokenizer = tokenizers.Tokenizer.from_file(str(tokenizer_file))
    for text in filter(str.strip, tinystories.splitlines()[:300]):
        encoded = tokenizer.encode(text)
        masked = zip(encoded.offsets, encoded.special_tokens_mask, strict=True)
        owner = token_words([None if special else span for span, special in masked], word_spans(text))
        assert (owner < 0).tolist() == [bool(special) for special in encoded.special_tokens_mask]
        spoken = owner[owner >= 0]
        assert np.all(np.diff(spoken) >= 0)
        assert set(spoken.tolist()) == set(range(len(words(text))))


def test_ngrams_are_runs_of_neighbours() -> None:
    assert ngrams(["a", "b", "c"], 2) == [("a", "b"), ("b", "c")]
    assert ngrams(["a"], 2) == []


def test_ngrams_of_no_length_are_refused() -> None:
    with pytest.raises(ValueError, match="ngrams: n is 0, want 1 or more"):
        ngrams(["a"], 0)
