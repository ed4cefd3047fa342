from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from loops.errors import ConfigError
from loops.outside.choice import choose_filters, choose_metrics, why_not


def metric(**declared: Any) -> Any:
    return SimpleNamespace(**{"kinds": ("text",), "reads": "words", "needs": (), **declared})


@pytest.mark.parametrize(
    ("declared", "has_human", "why"),
    [
        ({}, False, None),
        ({"reads": "ngrams", "needs": ("reference",)}, True, None),
        ({"reads": "embeddings", "needs": ("embeddings", "reference", "reference_embeddings")}, True, None),
        ({"reads": "ngrams", "needs": ("reference",)}, False, "compares with human text, give --reference"),
        ({"needs": ("buckets",)}, True, None),
        ({"needs": ("buckets",)}, False, "compares with human text, give --reference"),
        ({"needs": ("truth",)}, True, "needs truth, which a run has and a file has not"),
        (
            {"reads": "log_probs", "needs": ("log_probs", "buckets")},
            True,
            "needs log_probs, which a run has and a file has not",
        ),
        (
            {"reads": "token_scores", "needs": ("log_probs",)},
            True,
            "needs token_scores and log_probs, which a run has and a file has not",
        ),
        ({"kinds": ("array",)}, True, "reads array of closed-form worlds, not texts"),
    ],
)
def test_what_a_metric_declares_says_whether_texts_are_enough(
    declared: dict[str, Any], has_human: bool, why: str | None
) -> None:
    assert why_not(metric(**declared), has_human) == why


def test_without_names_every_metric_of_text_is_measured_or_refused_with_a_reason() -> None:
    chosen = choose_metrics(None, [], has_human=False)
    assert {"distinct_n", "compression"} <= set(chosen.metrics)
    assert {"perplexity", "missing_mass"} <= set(chosen.refused)
    assert "known_truth" not in {**chosen.metrics, **chosen.refused}  # no metric of text
    assert not set(chosen.metrics) & set(chosen.refused)
    reasons = chosen.by_reason()
    assert sorted(name for names in reasons.values() for name in names) == sorted(chosen.refused)
    assert "missing_mass" in choose_metrics(None, [], has_human=True).metrics


def test_settings_reach_the_metric_they_name() -> None:
    overrides = ["distinct_n.n=[2]", "metrics.compression.level=3", "embedder.dimensions=8", "measure.groups=5"]
    chosen = choose_metrics(["distinct_n", "compression"], overrides, has_human=False)
    assert chosen.metrics["distinct_n"].n == (2,)
    assert chosen.metrics["compression"].level == 3
    assert chosen.embedder.dimensions == 8
    assert chosen.measure.groups == 5
    assert chosen.settings["metrics"]["distinct_n"]["n"] == [2]


@pytest.mark.parametrize(
    ("names", "override", "message"),
    [
        (["distnct_n"], None, "metrics/distnct_n: there is no such choice. Did you mean metrics/distinct_n"),
        (["distinct_n"], "distinct_n.m=[1]", "distinct_n.m: unknown setting"),
        (
            ["distinct_n"],
            "compression.level=3",
            "level=3: is a setting of nothing that is used here. Known: ",
        ),
        (["distinct_n"], "distnct_n.n=[1]", "Did you mean distinct_n?"),
        (["distinct_n"], "measure.n_words=5", "measure.n_words=5: is a setting of nothing that is used here"),
        (["distinct_n"], "~distinct_n.n", "~distinct_n.n: is a setting of nothing that is used here"),
        (["distinct_n"], "distinct_n.n=[0]", "each at least 1"),
        (["distinct_n"], "distinct_n.n=1,2", "several values, want one; a list stands in brackets"),
        (["distinct_n"], "metrics=[compression]", "metrics=[compression]: is a setting of nothing that is used here"),
        (["distinct_n"], "distinct_n", "cannot be read as key=value"),
    ],
)
def test_what_nothing_would_read_is_refused(names: list[str], override: str | None, message: str) -> None:
    with pytest.raises(ConfigError) as refused:
        choose_metrics(names, [] if override is None else [override], has_human=False)
    assert message in str(refused.value)


def test_filters_come_in_order_with_their_settings() -> None:
    filters = choose_filters(["random", "length"], ["length.min_words=3", "random.keep_share=0.25"])
    assert list(filters) == ["random", "length"]
    assert filters["length"].min_words == 3
    assert filters["random"].keep_share == 0.25


def test_filters_that_cannot_be_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for names, message in (
        ([], "--filters: got none, want one or more, each once"),
        (["length", "length"], "--filters: got length,length, want one or more, each once"),
        (["lenth"], "Did you mean filters/length"),
    ):
        with pytest.raises(ConfigError) as refused:
            choose_filters(names, [])
        assert message in str(refused.value)
    monkeypatch.setattr("loops.filters.length.Length.needs", ("judge",))
    with pytest.raises(ConfigError, match="--filters: length needs judge, which a run has and a file has not"):
        choose_filters(["length"], [])
    monkeypatch.setattr("loops.filters.length.Length.kinds", ("array",))
    with pytest.raises(ConfigError, match="--filters: length judges array, not texts"):
        choose_filters(["length"], [])
