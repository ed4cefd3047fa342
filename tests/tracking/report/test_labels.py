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
        ("sampled/vendi/q2", "Vendi score of order 2 in sampled texts", "effective texts"),
        ("drawn/prdc/recall", "Human texts recalled (recall) in drawn texts", "share of human texts"),
        ("kept/frechet/value", "Frechet distance to human text in kept texts", "squared distance"),
        ("sampled/mauve/star", "Smoothed MAUVE in sampled texts", "area under the frontier"),
        ("mitigation/tail_quota/changed_share", "What tail quota changed", "share of tokens, texts or weights"),
        (
            "mitigation/detector/auroc",
            "How well detector tells drawn from human text",
            "area under the ROC curve",
        ),
        ("student/known_truth/types", "Types that are left", "types"),
        ("student/divergence/kl", "KL from the truth", "nats"),
        ("student/exact_support_coverage/tail", "Support coverage, tail quarter", "share of the types expected"),
        (
            "sampled/support_coverage/tail/z",
            "Support coverage in sampled texts, tail quarter, distance from 1",
            "standard deviations",
        ),
        ("sampled/richness/good_turing/2", "Unseen bigrams by Good-Turing in sampled texts", "probability"),
        ("sampled/richness/chao1/2", "Richness in sampled texts, Chao1, bigrams", "types"),
        ("student/tail_gap/value", "Tail gap on human text", "nats per word"),
        (
            "sampled/perplexity_square/student_0",
            "Perplexity at equal length in sampled texts, under student 0",
            "perplexity per token",
        ),
        (
            "sampled/rank_tail_mass/beyond_99",
            "Words of high rank in sampled texts, beyond 99% of human mass",
            "share of occurrences",
        ),
        (
            "kept/typicality/q05",
            "Perplexity of a text under student 0 in kept texts, 5% quantile",
            "perplexity per token",
        ),
        ("student/known_policy/pass_at_64", "Policy, pass at 64", "share of prompts"),
        ("student/fact_recall/tail", "Facts recalled, tail quarter", "share of facts"),
        ("student/fact_recall/decile_1", "Facts recalled, decile 1", "share of facts"),
        ("sampled/pass_at_k/1", "Prompts solved in sampled texts, k = 1", "share of prompts"),
        ("drawn/distinct_correct/16", "Different correct answers in drawn texts, k = 16", "answers to a prompt"),
        ("drawn/verification_gap/gap", "Generation-verification gap in drawn texts", "difference of shares"),
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
