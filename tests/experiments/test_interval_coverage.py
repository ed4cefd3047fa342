"""The repetition on a Zipf world: it tells an interval that holds from one that does not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest

from evals.interval import Terms
from experiments.interval_coverage import ZipfTexts, coverage, judge, text_metrics
from loops.config import component

WORLD = ZipfTexts(n_texts=40, n_words=10)


@pytest.mark.parametrize(("name", "n_texts"), [("missing_mass", 40), ("perplexity", 200)])
def test_an_interval_of_each_kind_holds_as_often_as_it_says(name: str, n_texts: int) -> None:
    # 120 repetitions of 95%: four standard errors are 8 points. A bootstrap of few skewed documents falls short.
    world = ZipfTexts(n_texts=n_texts, n_words=10)
    found = coverage(component(f"metrics/{name}"), world, repetitions=120, truths=600)
    held = {part: row["held"] for part, row in found.items() if part in ("1", "nll")}
    assert held
    assert all(share >= 0.87 for share in held.values())


def test_an_interval_that_is_too_narrow_is_found_out() -> None:
    @dataclass(frozen=True)
    class Tenth:
        """Perplexity's loss with a tenth of each document's own spread: its interval is ten times too narrow."""

        kinds: ClassVar = ("text",)
        reads: ClassVar = "log_probs"
        views: ClassVar = ("student",)
        needs: ClassVar = ("log_probs",)
        interval: ClassVar = "bootstrap"

        def terms(self, given: Any) -> dict[str, Terms]:
            nll = given.log_probs.per_document(-given.log_probs.nats)
            return {"nll": Terms(nll.mean() + (nll - nll.mean()) / 10, np.full(len(nll), 10.0))}

    found = coverage(Tenth(), WORLD, repetitions=60, truths=300)
    assert found["nll"]["held"] < 0.5
    assert judge({"tenth": found}) == "contradicted"


def test_the_judgement_is_of_all_parts() -> None:
    holds, fails = {"truth": 1.0, "held": 0.95, "width": 0.1}, {"truth": 1.0, "held": 0.99, "width": 0.1}
    assert judge({"a": {"x": holds}}) == "reproduced"
    assert judge({"a": {"x": holds}, "b": {"y": fails}}) == "contradicted"
    assert judge({}) == "inconclusive"


def test_every_metric_of_texts_is_repeated() -> None:
    names = text_metrics()
    assert {"distinct_n", "vendi", "typicality", "tail_gap"} <= set(names)
    assert not {"known_truth", "pass_at_k"} & set(names)
