from __future__ import annotations

import dataclasses
import random
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from evals.metrics.compression import Codec, Compression
from evals.metrics.distinct_n import DistinctN
from evals.metrics.missing_mass import MissingMass
from evals.metrics.self_bleu import SelfBLEU
from loops.errors import ConfigError, DataError
from loops.key import Key
from loops.outside.budget import Pile
from loops.outside.choice import Chosen, choose_metrics
from loops.outside.compare import Comparison, Line, compare
from loops.outside.open_file import Hints, open_file
from loops.outside.sides import HUMAN, Limits

WORDS = ["cat", "dog", "sun", "sea", "tree", "boat", "bird", "rain"]


class Breaks:
    """A metric with a bug."""

    kinds, reads, needs, interval, better = ("text",), "words", (), "jackknife", {"*": "human"}

    def measure(self, documents: Sequence[Sequence[str]], given: object) -> dict[str, float]:
        raise KeyError("a bug")


class Rows:
    """A metric of two samples that tells how many rows it was handed of each."""

    kinds, reads, interval, better = ("text",), "embeddings", "jackknife", {"*": "human"}
    needs = ("embeddings", "reference", "reference_embeddings")

    def measure(self, rows: np.ndarray, given: Any) -> dict[str, float]:
        return {"own": float(len(rows)), "reference": float(len(given.reference))}


def chosen_of(metrics: Mapping[str, Any]) -> Chosen:
    return dataclasses.replace(choose_metrics(["distinct_n"], [], has_human=True), metrics=metrics)


def limits(**given: Any) -> Limits:
    return Limits(**{"words": None, "cut": None, "texts": None, "seed": 0, "workers": 1, **given})


def texts(n: int, vocabulary: Sequence[str], seed: int = 0) -> list[str]:
    rng = random.Random(seed)
    return [" ".join(rng.choice(vocabulary) for _ in range(10)) for _ in range(n)]


@pytest.fixture
def measure(json_lines: Any) -> Any:
    """Compare lists of texts."""

    def compared(
        own: Sequence[str], human: Sequence[str] | None, metrics: Mapping[str, Any], given: Limits | None = None
    ) -> Comparison:
        key = Key.root(0)
        pile = Pile.of(open_file(json_lines("own.jsonl", own), Hints()), key.fold("own"))
        beside = None
        if human is not None:
            beside = Pile.of(open_file(json_lines("human.jsonl", human), Hints()), key.fold("human"))
        return compare({"own": pile}, beside, chosen_of(metrics), given or limits(), lambda done, total: None)

    return compared


def line_of(found: Comparison, measure: str) -> Line:
    return next(line for line in found.lines("own") if line.measure == measure)


def test_human_text_is_measured_against_its_other_half(measure: Any) -> None:
    # Every human text holds the same ten words: half of them misses nothing of the other, foreign words miss all.
    found = measure(["q r s t u v w x y z"] * 60, ["a b c d e f g h i j"] * 60, {"missing_mass": MissingMass((1,))})
    line = line_of(found, "missing_mass/1")
    assert line.own is not None
    assert line.human is not None
    assert (line.own.value, line.human.value) == (1, 0)
    assert line.ratio is None  # nothing divides by 0
    assert line.z is None  # and neither varies
    assert line.better == "lower"


def test_the_human_half_and_the_reference_share_no_text(measure: Any) -> None:
    human = [f"text {i} of many" for i in range(40)]
    found = measure(texts(30, WORDS), human, {"missing_mass": MissingMass((1,))})
    halves = [found.sides.measured[HUMAN].samples.texts(), found.sides.reference.samples.texts()]
    assert sorted(halves[0] + halves[1]) == sorted(human)


def test_the_budget_is_what_the_smaller_side_holds(measure: Any) -> None:
    # 30 texts of 10 words; half of 80 texts of 12 words, each cut at 10: 400. The smaller are 300.
    human = [text + " and more" for text in texts(80, WORDS)]
    found = measure(texts(30, WORDS), human, {"distinct_n": DistinctN((1,))})
    assert (found.sides.n_words, found.sides.budget.max_words) == (300, 10)
    assert found.sides.notes[0] == "300 words are all that own holds, texts cut alike."
    found = measure(texts(30, WORDS), human[:30], {"distinct_n": DistinctN((1,))})
    assert found.sides.n_words == 150
    assert found.sides.notes[0] == "150 words are all that one half of human text holds, texts cut alike."
    line = line_of(found, "distinct_n/1")
    assert line.own is not None
    assert line.own.value == 8 / 150  # each of the eight words occurs


def test_a_file_that_holds_more_than_is_measured_is_not_said_to_end_there(
    measure: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Texts of 10 words fill 100 words exactly, and there are more of them.
    monkeypatch.setattr("loops.outside.sides.MOST_WORDS", 100)
    found = measure(texts(30, WORDS), None, {"distinct_n": DistinctN((1,))})
    assert found.sides.notes[0] == "The files hold more than the 100 words that are measured: --words takes more."
    found = measure(texts(10, WORDS), None, {"distinct_n": DistinctN((1,))})
    assert found.sides.notes[0] == "100 words are all that own holds, texts cut alike."


def test_words_that_no_side_holds_are_refused(measure: Any) -> None:
    with pytest.raises(ConfigError, match=r"--words: got 301; with texts cut at 10 words, own holds 300\."):
        measure(texts(30, WORDS), None, {"distinct_n": DistinctN((1,))}, limits(words=301))


def test_a_cut_that_takes_off_most_of_the_words_is_told(measure: Any) -> None:
    note = "Cut at 1,000 words the texts keep 25.0% of own: --cut takes more of each text"
    long = [" ".join(texts(400, WORDS))]
    assert any(said.startswith(note) for said in measure(long, None, {"d": DistinctN((1,))}).sides.notes)
    notes = measure(long, None, {"d": DistinctN((1,))}, limits(cut=1000)).sides.notes
    assert not any(said.startswith("Cut at") for said in notes)


def test_metrics_that_read_less_are_told(measure: Any) -> None:
    metrics = {"self_bleu": SelfBLEU((2,), 20), "compression": Compression(Codec.ZSTD, 3, 20, 299)}
    note = "Read less, the first of the shuffled texts, to save time: {}; settings take more."
    notes = measure(texts(30, WORDS), None, metrics).sides.notes
    assert note.format("self_bleu.max_texts=20, compression.max_words=299") in notes
    metrics = {"self_bleu": SelfBLEU((2,), 30), "compression": Compression(Codec.ZSTD, 3, 20, 300)}
    assert not any("Read less" in said for said in measure(texts(30, WORDS), None, metrics).sides.notes)


def test_z_is_the_difference_over_the_errors_of_both_intervals(measure: Any) -> None:
    line = line_of(measure(texts(60, WORDS), texts(200, [*WORDS, "ice"], 1), {"d": DistinctN((2,))}), "d/2")
    assert line.own is not None
    assert line.own.interval is not None
    assert line.human is not None
    assert line.human.interval is not None
    widths = [(high - low) / 2 for low, high in (line.own.interval, line.human.interval)]
    expected = (line.own.value - line.human.value) / np.hypot(*widths) * 2.0930  # t(19) at 97.5%, from a table
    assert line.z == pytest.approx(expected, rel=1e-4)
    assert line.ratio == pytest.approx(line.own.value / line.human.value)


def test_collapsed_text_is_far_from_human_text_and_human_text_is_not(measure: Any) -> None:
    metrics = {"distinct_n": DistinctN((2,)), "missing_mass": MissingMass((1,))}
    vocabulary = [f"w{i}" for i in range(300)]
    narrow = measure(texts(100, vocabulary[:5]), texts(200, vocabulary, 1), metrics)
    z = {line.measure: line.z for line in narrow.lines("own")}
    assert z["distinct_n/2"] < -10
    assert z["missing_mass/1"] > 10
    same = measure(texts(100, vocabulary, 2), texts(200, vocabulary, 1), metrics)
    assert all(line.z is not None and abs(line.z) < 3 for line in same.lines("own"))


def test_a_metric_with_a_bug_hides_no_other(measure: Any) -> None:
    found = measure(texts(30, WORDS), None, {"breaks": Breaks(), "distinct_n": DistinctN((1,))})
    assert [line.measure for line in found.lines("own")] == ["distinct_n/1"]
    assert found.unmeasured() == {("breaks", "own"): "KeyError: 'a bug'"}
    assert "Traceback" in found.bugs()[0]
    assert len(found.bugs()) == 1


def test_what_there_is_too_little_for_has_a_reason_and_is_no_bug(measure: Any) -> None:
    found = measure(["one"] * 40, texts(80, WORDS), {"distinct_n": DistinctN((2,))}, limits(cut=10))
    assert "distinct_n: the view holds no 2-gram" in found.unmeasured()["distinct_n", "own"]
    assert ("distinct_n", HUMAN) not in found.unmeasured()
    assert found.bugs() == []
    line = line_of(found, "distinct_n/2")
    assert line.own is None
    assert line.human is not None
    assert (line.ratio, line.z) == (None, None)


def test_as_many_texts_are_embedded_of_each_side(measure: Any) -> None:
    found = measure(texts(60, WORDS), texts(70, WORDS, 1), {"rows": Rows()})
    for side in ("own", HUMAN):
        parts = found.results["rows", side].parts["parts"]
        assert (parts["own"]["value"], parts["reference"]["value"]) == (35, 35)  # half of 70
    found = measure(texts(60, WORDS), texts(70, WORDS, 1), {"rows": Rows()}, limits(texts=20))
    assert found.results["rows", "own"].parts["parts"]["own"]["value"] == 20


def test_an_embedder_that_cannot_be_used_is_the_reason_of_its_metrics_alone(
    measure: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(*_: object) -> None:
        raise ConfigError("no such weights")

    monkeypatch.setattr("loops.embedder.hashed_ngrams.HashedNgrams.embed", absent)
    found = measure(texts(60, WORDS), texts(70, WORDS, 1), {"rows": Rows(), "distinct_n": DistinctN((1,))})
    assert found.chosen.refused["rows"] == "embedder: no such weights"
    assert [line.measure for line in found.lines("own")] == ["distinct_n/1"]
    monkeypatch.setattr("loops.embedder.hashed_ngrams.HashedNgrams.needs", ("student_0",))
    found = measure(texts(60, WORDS), texts(70, WORDS, 1), {"rows": Rows(), "distinct_n": DistinctN((1,))})
    assert found.chosen.refused["rows"] == "embedder: needs student_0, which a run has and a file has not"
    assert [line.measure for line in found.lines("own")] == ["distinct_n/1"]


def test_few_texts_have_values_without_intervals_and_a_note(measure: Any) -> None:
    found = measure(texts(5, WORDS), texts(80, WORDS, 1), {"distinct_n": DistinctN((1,))})
    line = line_of(found, "distinct_n/1")
    assert line.own is not None
    assert line.own.interval is None
    assert line.z is None
    assert any("Fewer texts than the 20 groups" in note and note.endswith(": own.") for note in found.sides.notes)


def test_a_single_human_text_has_no_halves(measure: Any) -> None:
    with pytest.raises(DataError, match=r"human\.jsonl holds a single text; it is read in halves"):
        measure(texts(5, WORDS), ["only one"], {"distinct_n": DistinctN((1,))})


def test_the_number_of_processes_changes_no_figure(measure: Any) -> None:
    metrics = {"distinct_n": DistinctN((1, 2)), "missing_mass": MissingMass((1,))}
    one, two = (measure(texts(60, WORDS), texts(90, WORDS, 1), metrics, limits(workers=n)) for n in (1, 2))
    assert one.results == two.results
    assert len(one.results) == 4
