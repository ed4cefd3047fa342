"""Measuring: equal budgets, the right interval, what each metric reads, and a reason where nothing can be measured."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import pytest

import loops.measuring
from evals.documents import Documents
from evals.interval import Contrast, Terms, bootstrap_ratio
from evals.metrics.calibration import Binning, Calibration
from evals.metrics.confidence_gap import ConfidenceGap
from evals.metrics.distinct_n import DistinctN
from evals.metrics.fact_recall import FactRecall
from evals.metrics.known_truth import KnownTruth
from evals.metrics.missing_mass import MissingMass
from evals.metrics.perplexity import Perplexity
from evals.metrics.rank_tail_mass import RankTailMass
from evals.metrics.typicality import Typicality
from evals.metrics.word_frequency_nll import WordFrequencyNLL
from loops.key import Key
from loops.measuring import Budget, Call, View, measured
from loops.probing import probe_row
from loops.samples import Samples

BUDGET = Budget(n_words=40, max_words=4, n_texts=2, groups=5, resamples=200)


def texts(*completions: str) -> Samples:
    return Samples.of_text([{"completion": text} for text in completions])


def call(metric: Any, view: Samples, budget: Budget = BUDGET, seed: int = 0, **given: Any) -> Call:
    views = {name: View(value) if isinstance(value, Samples) else value for name, value in given.items()}
    return Call(metric, View(view), views, budget, Key.root(seed))


def scores(*of_texts: Sequence[tuple[float, float, int]]) -> dict[str, np.ndarray]:
    """Bind (nats, top nats, end) of the tokens of some texts as a pass leaves them."""
    rows = [(number, *token) for number, tokens in enumerate(of_texts) for token in tokens]
    document, nats, top_nats, end = np.array(rows, dtype=float).reshape(-1, 4).T
    whole = {"document": document, "token": np.zeros(len(rows)), "end": end}
    return {name: each.astype(np.int32) for name, each in whole.items()} | {
        "nats": nats.astype(np.float32),
        "top_nats": top_nats.astype(np.float32),
    }


VIEW = texts(*(f"word{i} word{i + 1} word{i} is long" for i in range(20)))


def test_a_view_is_cut_to_the_budget_before_anything_is_counted() -> None:
    @dataclass(frozen=True)
    class Sizes:
        """Tells what it was given."""

        reads: ClassVar[str] = "words"
        needs: ClassVar[tuple[str, ...]] = ()
        interval: ClassVar[str] = "jackknife"

        def measure(self, documents: Sequence[Sequence[str]], given: object) -> dict[str, float]:
            sizes = [len(document) for document in documents]
            return {"words": sum(sizes), "longest": max(sizes), "texts": len(documents)}

    parts = measured(call(Sizes(), VIEW))["parts"]
    assert {part: entry["value"] for part, entry in parts.items()} == {"words": 40, "longest": 4, "texts": 10}
    assert measured(call(Sizes(), VIEW, replace(BUDGET, n_words=None)))["parts"]["words"]["value"] == 100


def test_distinct_things_take_a_jackknife_around_their_value() -> None:
    entry = measured(call(DistinctN(n=(1,)), VIEW))["parts"]["1"]
    assert entry["low"] < entry["value"] < entry["high"]
    assert entry["value"] - entry["low"] == pytest.approx(entry["high"] - entry["value"])


def test_the_key_decides_which_words_and_equal_keys_agree() -> None:
    uneven = texts(*(f"w{i} x{i} y{i} z{i}" if i % 3 else "a a a a" for i in range(20)))
    one, again, other = (measured(call(DistinctN(n=(1,)), uneven, seed=seed)) for seed in (1, 1, 2))
    assert one == again
    assert one != other


def test_fewer_texts_than_groups_have_a_value_and_no_interval() -> None:
    parts = measured(call(DistinctN(n=(1,)), texts("a b a b", "a c a c"), replace(BUDGET, n_words=8)))["parts"]
    assert parts == {"1": {"value": 3 / 8}}


def test_too_few_words_are_recorded_as_the_reason() -> None:
    result = measured(call(DistinctN(n=(1,)), texts("a b", "c")))
    assert result["parts"] == {}
    assert "3 of 40 words in 2 documents" in result["why"]


def test_n_grams_of_the_reference_stand_beside_those_of_the_view() -> None:
    whole = replace(BUDGET, n_words=None)
    metric = MissingMass(n=(1,))
    parts = measured(call(metric, texts("a b", "c d"), whole, reference=texts("a b c x y")))["parts"]
    assert parts["1"]["value"] == 2 / 5  # whole, however long, and x and y are missing


def test_counts_of_the_train_split_reach_a_metric_that_reads_words() -> None:
    counts = {"words": {"the": 3, "cat": 1}, "tokens": {"7": 2}}
    metric = RankTailMass(mass=(0.5,))
    parts = measured(call(metric, texts("the cat", "the dog"), replace(BUDGET, n_words=None), buckets=counts))["parts"]
    assert parts["beyond_50"]["value"] == 2 / 4


def test_token_scores_are_one_entry_per_text_that_has_a_token() -> None:
    half = math.log(0.5)
    passed = scores([(half, half, 1), (-9.0, half, 2)], [], [(half, half, 1)])
    metric = Calibration(bins=1, binning=Binning.EQUAL_WIDTH)
    parts = measured(call(metric, texts("a b", "", "c"), log_probs=passed))["parts"]
    assert parts["accuracy"] == {"value": pytest.approx(2 / 3)}
    assert parts["confidence"]["value"] == pytest.approx(0.5)


def test_fewer_scored_texts_than_all_views_have_are_the_reason() -> None:
    metric = Calibration(bins=1, binning=Binning.EQUAL_WIDTH)
    result = measured(call(metric, texts("a", ""), log_probs=scores([(-1.0, -1.0, 1)], [])))
    assert result == {"parts": {}, "why": "log_probs: 1 of 2 texts. Draw more, or lower measure.n_texts for all views."}
    nothing = measured(call(metric, texts("", ""), log_probs=scores([], [])))
    assert nothing["why"].startswith("log_probs: 0 of 2 texts")


@pytest.mark.parametrize(
    ("metric", "own", "human", "part", "value"),
    [
        (ConfidenceGap(), "log_probs", "reference_log_probs", "value", 0.5 - 0.25),
        (Typicality(), "student_0_log_probs", "reference_student_0_log_probs", "w1", math.log(2)),
    ],
)
def test_the_reference_of_a_metric_of_scores_is_scored_by_the_same_student(
    metric: Any, own: str, human: str, part: str, value: float
) -> None:
    half, quarter = math.log(0.5), math.log(0.25)
    passed = {own: scores(*[[(half, half, 1)]] * 2), human: scores(*[[(quarter, quarter, 1)]] * 2)}
    parts = measured(call(metric, texts("a", "b"), reference=texts("c", "d"), **passed))["parts"]
    assert parts[part]["value"] == pytest.approx(value, abs=1e-6)


def test_means_over_documents_take_a_bootstrap() -> None:
    passed = scores([(-1.0, -1.0, 1), (-2.0, -1.0, -1)], *([(-float(nll), -1.0, 1)] for nll in range(1, 10)))
    entry = measured(call(Perplexity(), texts(*"abcdefghij"), log_probs=passed))["parts"]["nll"]
    rng = Key.root(0).fold("bootstrap", "nll").rng()
    low, high = bootstrap_ratio([3.0, *range(1, 10)], [2.0] + [1.0] * 9, rng, 200)
    assert entry == pytest.approx({"value": 48 / 11, "low": low, "high": high})


def test_facts_are_recalled_by_the_pass_over_their_probes() -> None:
    asked = [probe_row("Ada", "home", "Ada lives in", f" T{i}.", i, i == 0, train_count=4) for i in range(2)]
    passed = scores([(-1.0, 0, 3), (-1.0, 0, 4)], [(-3.0, 0, 3), (-1.0, 0, 4)])
    parts = measured(call(FactRecall(), Samples.of_text(asked), log_probs=passed))["parts"]
    assert {part: parts[part]["value"] for part in ("value", "decile_10", "chance")} == {
        "value": 1.0,
        "decile_10": 1.0,
        "chance": 0.5,
    }


def test_without_probes_facts_are_not_measurable_and_the_reason_names_a_source_that_asks() -> None:
    result = measured(call(FactRecall(), texts("a b"), log_probs=scores([(-1.0, 0, 1)])))
    assert result["parts"] == {}
    assert "Choose a source that asks for its facts, such as source=facts" in result["why"]


def test_a_token_goes_to_the_word_that_it_ends() -> None:
    # "ca" "t" " sat" EOS: cat costs 1 + 2 nats, sat 4
    passed = scores([(-1.0, 0, 2), (-2.0, 0, 3), (-4.0, 0, 7), (-8.0, 0, -1)])
    counts = {"words": {"cat": 5, "sat": 1}, "tokens": {"0": 6}}
    parts = measured(call(WordFrequencyNLL(), texts("cat sat"), log_probs=passed, buckets=counts))["parts"]
    assert (parts["seen_4_10"]["value"], parts["seen_1"]["value"], parts["eos"]["value"]) == (3.0, 4.0, 8.0)
    assert parts["information_gain"]["value"] == -3.5, "one token is all that frequencies know, and sure"


@dataclass(frozen=True)
class Prepared:
    """A metric whose terms are given."""

    made: Mapping[str, Terms | Contrast]

    reads: ClassVar[str] = "log_probs"
    needs: ClassVar[tuple[str, ...]] = ()
    interval: ClassVar[str] = "bootstrap"

    def terms(self, given: object) -> Mapping[str, Terms | Contrast]:
        return self.made


def test_a_contrast_takes_its_interval_over_the_same_documents() -> None:
    num, den = np.arange(1.0, 11.0), np.ones(10)
    contrast = Contrast((1, -1), (Terms(num + 2, den), Terms(num, den)))
    parts = measured(call(Prepared({"gap": contrast}), VIEW))["parts"]
    assert parts["gap"] == pytest.approx({"value": 2, "low": 2, "high": 2})


def test_what_one_document_alone_holds_has_a_value_and_no_interval_and_the_rest_keeps_its_own() -> None:
    once, all_of_them = Terms(3 * np.eye(10)[0], np.eye(10)[0]), Terms(np.ones(10), np.ones(10))
    made = {"mean": once, "gap": Contrast((1, -1), (once, all_of_them)), "all": all_of_them}
    parts = measured(call(Prepared(made), VIEW))["parts"]
    assert parts == {"mean": {"value": 3.0}, "gap": {"value": 2.0}, "all": {"value": 1.0, "low": 1.0, "high": 1.0}}


def test_replicas_of_a_world_are_counted_apart_each_against_its_own_reference() -> None:
    replica, value = np.array([4, 4, 9, 9]), np.array([[1, 2], [1, 2], [3, 4], [5, 6]])
    view = Samples.of_arrays(value, replica)
    reference = Samples.of_arrays(np.array([[1, 7], [3, 4]]), np.array([4, 9]))
    whole = replace(BUDGET, n_words=None)
    assert measured(call(DistinctN(n=(1,)), view, whole))["parts"] == {"1": {"replica": {"4": 0.5, "9": 1.0}}}
    missing = measured(call(MissingMass(n=(1,)), view, whole, reference=reference))["parts"]
    assert missing == {"1": {"replica": {"4": 0.5, "9": 0.0}}}


def test_closed_forms_have_one_figure_per_replica() -> None:
    parameters = {"replicas": np.array([3, 8]), "probabilities": np.array([[1.0, 0.0], [0.5, 0.5]])}
    truth = {"probabilities": np.array([0.75, 0.25])}
    parts = measured(call(KnownTruth(), VIEW, truth=truth, parameters=parameters))["parts"]
    assert parts["missing_mass"] == {"replica": {"3": 0.25, "8": 0.0}}
    assert set(parameters) == {"replicas", "probabilities"}  # what is given is not written to


def test_texts_are_cut_into_words_once_for_all_metrics(monkeypatch: pytest.MonkeyPatch) -> None:
    view, reference = View(VIEW), View(texts("the cat sang", "the bird sat"))
    before, cut = loops.measuring.words, list[str]()

    def counted(text: str) -> list[str]:
        cut.append(text)
        return before(text)

    monkeypatch.setattr(loops.measuring, "words", counted)
    for metric in (DistinctN((1,)), MissingMass((1,)), DistinctN((2,))):
        measured(Call(metric, view, {"reference": reference}, BUDGET, Key.root(0)))
    assert len(cut) == len(VIEW) + 2


def test_equal_words_of_a_view_are_one_object() -> None:
    first, second = View(texts("the cat", "The cat")).words()
    assert first == ["the", "cat"]
    assert first[1] is second[1]


def test_words_that_came_with_a_view_are_what_is_measured() -> None:
    own = View(VIEW, Documents.of([["a", "a", "b", "b"]] * 20))
    assert measured(Call(DistinctN((1,)), own, {}, BUDGET, Key.root(0)))["parts"]["1"]["value"] == 2 / 40
