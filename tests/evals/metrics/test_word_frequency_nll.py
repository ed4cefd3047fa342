"""NLL by word frequency: by hand, the same for two tokenizers of one loss, and complete on real text."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

import numpy as np
import pytest

from evals.buckets import TrainCounts
from evals.log_probs import LogProbs
from evals.metrics.word_frequency_nll import WordFrequencyNLL, information_gain, word_frequency_nll
from evals.words import token_words, word_spans, words

COUNTS = {"the": 5, "cat": 3, "sat": 2}  # begin at 0, 5 and 8 of 10: head, lower, tail


@dataclass(frozen=True)
class Given:
    """What the metric needs."""

    log_probs: LogProbs
    buckets: TrainCounts


def scored(texts: list[str], tokens: list[list[tuple[int, int] | None]], nats: list[float]) -> LogProbs:
    """Bind the spans of tokens to words as a pass over the texts would."""
    owner = [token_words(spans, word_spans(text)) for text, spans in zip(texts, tokens, strict=True)]
    document = np.repeat(np.arange(len(texts)), [len(spans) for spans in tokens])
    return LogProbs(document, np.zeros(len(nats), dtype=int), np.array(nats), np.concatenate(owner), texts)


# "the" "ca" "t" EOS, and "the" " \u00e9l" "an" EOS
LOG_PROBS = scored(
    ["the cat", "the \u00e9lan"],
    [[(0, 3), (3, 6), (6, 7), None], [(0, 3), (3, 6), (6, 8), None]],
    [-1.0, -2.0, -3.0, -0.5, -2.0, -4.0, -5.0, -1.5],
)


def test_values_by_hand() -> None:
    figures = {part: terms.value() for part, terms in word_frequency_nll(LOG_PROBS, COUNTS).items()}
    assert figures == {
        "seen_0": 9.0,  # the one word that train text does not hold: 4 + 5
        "seen_0_per_byte": 9 / 5,  # its accented letter has 2 bytes
        "seen_2_3": 5.0,  # "cat": 2 + 3
        "seen_2_3_per_byte": 5 / 3,
        "seen_4_10": 1.5,  # "the" twice: (1 + 2) / 2
        "seen_4_10_per_byte": 3 / 6,
        "head": 1.5,
        "head_per_byte": 3 / 6,
        "lower": 5.0,
        "lower_per_byte": 5 / 3,
        "eos": 1.0,  # (.5 + 1.5) / 2
    }


def test_parts_come_rarest_decade_first_and_terms_are_sums_over_documents() -> None:
    terms = WordFrequencyNLL().terms(Given(LOG_PROBS, TrainCounts(COUNTS, {0: 10})))
    assert [part for part in terms if part.startswith("seen") and "byte" not in part] == [
        *["seen_0", "seen_2_3", "seen_4_10"]
    ]
    assert terms["head"].numerators.tolist() == [1.0, 2.0]
    assert terms["head"].denominators.tolist() == [1.0, 1.0]
    assert terms["seen_0_per_byte"].denominators.tolist() == [0.0, 5.0]


def test_the_gain_over_unigrams_by_hand() -> None:
    # Tokens 7, 8, EOS and 7, 9: of 10 train tokens 7 is 5 and 8 is 1, 9 is none and counts as 1.
    document, word = np.array([0, 0, 0, 1, 1]), np.array([0, 0, -1, 0, 1])
    nats = np.log([0.8, 0.5, 0.1, 0.6, 0.2])
    scored = LogProbs(document, np.array([7, 8, 2, 7, 9]), nats, word, ["cats", "cats sat"])
    terms = information_gain(scored, {7: 5, 8: 1, 2: 4})
    assert terms.numerators == pytest.approx([math.log(0.8 / 0.5 * 0.5 / 0.1), math.log(0.6 / 0.5 * 0.2 / 0.1)])
    assert terms.denominators.tolist() == [1, 2]
    assert WordFrequencyNLL().better["information_gain"] == "higher"
    given = Given(scored, TrainCounts({"cats": 1}, {7: 5, 8: 1, 2: 4}))
    assert WordFrequencyNLL().terms(given)["information_gain"].value() == pytest.approx(terms.value())


def test_a_student_of_frequencies_alone_gains_nothing_and_a_text_without_words_has_no_say() -> None:
    unigrams = np.log([0.5, 0.5, 0.5])
    scored = LogProbs(np.array([0, 0, 1]), np.array([1, 2, 1]), unigrams, np.array([0, 1, -1]), ["a b", " "])
    terms = information_gain(scored, {1: 3, 2: 3})
    assert terms.value() == pytest.approx(0)
    assert terms.denominators.tolist() == [2, 0]
    with pytest.raises(ValueError, match="information_gain: got no counts, want those of the tokens"):
        information_gain(scored, {})
    wordless = LogProbs(np.array([0]), np.array([1]), unigrams[:1], np.array([-1]), [" "])
    with pytest.raises(ValueError, match="information_gain: 1 texts hold no word, want 1 or more"):
        information_gain(wordless, {1: 3})


def test_two_tokenizers_with_the_same_loss_per_word_agree() -> None:
    # the same sums, with whole words as tokens and another share of each
    whole = scored(
        ["the cat", "the \u00e9lan"],
        [[(0, 3), (3, 7), None], [(0, 3), (3, 8), None]],
        [-1.0, -5.0, -0.5, -2.0, -9.0, -1.5],
    )
    for part, terms in word_frequency_nll(LOG_PROBS, COUNTS).items():
        assert word_frequency_nll(whole, COUNTS)[part].value() == terms.value()


def test_a_word_without_a_token_of_its_own_still_counts() -> None:
    # one token ends both words: its loss goes to the last, and there are two words all the same
    terms = word_frequency_nll(scored(["cat sat"], [[(0, 7)]], [-6.0]), COUNTS)
    assert terms["seen_2_3"].value() == 3.0
    assert (terms["lower"].value(), terms["tail"].value()) == (0.0, 6.0)


def test_order_of_documents_does_not_matter() -> None:
    turned = scored(
        ["the \u00e9lan", "the cat"],
        [[(0, 3), (3, 6), (6, 8), None], [(0, 3), (3, 6), (6, 7), None]],
        [-2.0, -4.0, -5.0, -1.5, -1.0, -2.0, -3.0, -0.5],
    )
    for part, terms in word_frequency_nll(LOG_PROBS, COUNTS).items():
        assert word_frequency_nll(turned, COUNTS)[part].value() == terms.value()


def test_certainty_has_no_loss_in_any_part() -> None:
    certain = scored(["the cat sat"], [[(0, 3), (3, 7), (7, 11), None]], [0.0] * 4)
    assert {terms.value() for terms in word_frequency_nll(certain, COUNTS).values()} == {0.0}


def test_every_word_and_nat_of_a_real_text_lies_in_one_decade(tinystories: str) -> None:
    texts = [line for line in tinystories.splitlines() if line.strip()]
    train, held_out = texts[::2], texts[1::2]
    counts = Counter(word for text in train for word in words(text))
    # tokens of three characters, as blind to words as a tokenizer can be; each character costs 1 nat
    tokens: list[list[tuple[int, int] | None]] = [
        [(start, min(start + 3, len(text))) for start in range(0, len(text), 3)] for text in held_out
    ]
    nats = [float(span[0] - span[1]) for spans in tokens for span in spans if span is not None]
    terms = word_frequency_nll(scored(held_out, tokens, nats), counts)
    decades = [part for part in terms if part.startswith("seen") and not part.endswith("per_byte")]
    assert decades[:3] == ["seen_0", "seen_1", "seen_2_3"]
    assert sum(np.sum(terms[part].numerators) for part in decades) == sum(map(len, held_out))
    assert sum(np.sum(terms[part].denominators) for part in decades) == sum(len(words(text)) for text in held_out)
    quartiles = ["head", "upper", "lower", "tail", "seen_0"]
    assert sum(np.sum(terms[part].numerators) for part in quartiles) == sum(map(len, held_out))
    # rarer words are longer, so at a nat per character they cost more; per byte all cost about the same
    assert terms["head"].value() < terms["tail"].value() < terms["seen_0"].value()


def test_a_token_of_a_word_that_is_not_there_is_an_error() -> None:
    wrong = LogProbs(np.array([0]), np.array([0]), np.array([-1.0]), np.array([2]), ["the cat"])
    with pytest.raises(ValueError, match="a token belongs to word 2 of text 0, which has 2 words"):
        word_frequency_nll(wrong, COUNTS)


def test_no_train_counts_is_an_error() -> None:
    with pytest.raises(ValueError, match="decade_buckets: got no counts, want those of the human train split"):
        word_frequency_nll(LOG_PROBS, {})
