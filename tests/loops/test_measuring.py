"""A view that several metrics read."""

from __future__ import annotations

import loops.measuring
from evals.metrics.distinct_n import DistinctN
from evals.metrics.missing_mass import MissingMass
from loops.key import Key
from loops.measuring import Budget, Call, View, measured
from loops.samples import Samples

TEXTS = ["the cat sat on the mat", "the dog sat on the cat", "a bird sang"] * 4


def view_of(texts: list[str]) -> View:
    return View(Samples.of_text([{"completion": text, "prompt_id": str(i)} for i, text in enumerate(texts)]))


def test_equal_words_are_one_object() -> None:
    first, second = view_of(["the cat", "The cat"]).words()
    assert first[1] is second[1]
    assert first == ["the", "cat"]


def test_texts_are_cut_once_for_all_metrics(monkeypatch: object) -> None:
    view, reference = view_of(TEXTS), view_of(["the cat sang", "the bird sat"])
    cut: list[str] = []
    before = loops.measuring.words

    def counted(text: str) -> list[str]:
        cut.append(text)
        return before(text)

    monkeypatch.setattr(loops.measuring, "words", counted)  # type: ignore[attr-defined]
    budget = Budget(n_words=20, max_words=10, n_texts=2, groups=2, resamples=10)
    for metric in (DistinctN((1,)), MissingMass((1,)), DistinctN((2,))):
        measured(Call(metric, view, {"reference": reference}, budget, Key.root(0)))
    assert len(cut) == len(TEXTS) + 2


def test_words_that_came_with_the_view_are_what_is_measured() -> None:
    texts = [text.split() for text in TEXTS]
    budget = Budget(n_words=20, max_words=10, n_texts=2, groups=2, resamples=10)
    found = [
        measured(Call(DistinctN((1, 2)), view, {}, budget, Key.root(0)))
        for view in (view_of(TEXTS), View(view_of(TEXTS).samples, texts))
    ]
    assert found[0] == found[1]
    assert set(found[0]["parts"]) == {"1", "2"}
