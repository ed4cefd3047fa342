"""Names for readers: every measure has a title and a unit, known or not."""

import pytest

from tracking.report.data import Label
from tracking.report.labels import bucket_tick, label_of


@pytest.mark.parametrize(
    ("measure", "title", "unit"),
    [
        ("student/token_frequency_nll/tail", "Token loss on human text, tail quarter", "nats per token"),
        ("student/word_frequency_nll/seen_4_10", "Word loss on human text, seen 4 to 10 times", "nats per word"),
        ("student/word_frequency_nll/head_per_byte", "Word loss on human text, head quarter", "nats per byte"),
        ("student/perplexity/value", "Perplexity on human text", "perplexity per token"),
        ("sampled/distinct_n/2", "Distinct bigrams in sampled texts", "distinct bigrams per bigram"),
        ("sampled/hill/2/q2", "Effective common bigrams in sampled texts", "bigrams"),
        ("drawn/mtld/value", "Lexical diversity (MTLD) in drawn texts", "words per factor"),
        ("kept/repeated_sequences/words", "Words in repeated sequences in kept texts", "share of words"),
        ("student/known_truth/types", "Types that are left", "types"),
        ("corpus/human_share", "Human share in the corpus", "share of tokens"),
        ("sampled/new_measure/some_part", "New measure in sampled texts, some part", "value"),
    ],
)
def test_measures_are_named(measure: str, title: str, unit: str) -> None:
    assert label_of(measure, {}) == Label(title, unit)


def test_the_callers_label_comes_first() -> None:
    label = Label("Types", "kinds of balls")
    assert label_of("student/known_truth/types", {"student/known_truth/types": label}) == label


def test_buckets_fit_under_an_axis() -> None:
    parts = ("seen_0", "seen_1", "seen_2_3", "seen_101_1000", "seen_10001_100000")
    assert [bucket_tick(part) for part in parts] == ["never seen", "once", "2–3", "101–1k", "10k–100k"]
