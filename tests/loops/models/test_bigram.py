"""A Markov chain for each replica."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from loops.errors import ConfigError
from loops.given import Given
from loops.key import Key
from loops.model import Sampling
from loops.models.bigram import Bigram, OpenBigram
from loops.run import component
from loops.runtime import Runtime
from loops.samples import Samples
from loops.source.zipf import Zipf
from loops.student import Student

RUNTIME = Runtime(1, "cpu", "float32", "sdpa")
KEY = Key.root(0).fold("draw", 1)
SAMPLING = Sampling(8, 0, 1.0, 0, 1.0, 1.0, "generate", 8)
SOURCE: Zipf = component("source/zipf", types=3, order=1, length=4, draws=50, replicas=[2, 5])
GIVEN = Given({"truth": SOURCE.truth(), "human": SOURCE.draw("train", KEY)})
MODEL = Bigram(3, 4)


def _student(folder: Path, corpus: Samples | None = None, smoothing: float = 0.0) -> Student:
    base = folder / "base"
    base.mkdir()
    student = Student(MODEL.base(base, GIVEN, KEY, RUNTIME), base, {})
    if corpus is None:
        return student
    fitted = folder / "fitted"
    fitted.mkdir()
    return Student(MODEL.fit(corpus, np.ones(len(corpus)), student, smoothing, fitted), fitted, {})


def _prompts(replicas: np.ndarray) -> Samples:
    return Samples.of_arrays(np.zeros((len(replicas), 1), int), replicas)


def test_the_base_goes_on_uniformly(tmp_path: Path) -> None:
    opened = MODEL.open(_student(tmp_path), RUNTIME)
    assert (opened.arrays["transitions"] == 1 / 3).all()
    assert opened.arrays["replicas"].tolist() == [2, 5]


def test_fitting_counts_first_values_and_pairs(tmp_path: Path) -> None:
    corpus = Samples.of_arrays(np.array([[0, 1, 0, 1], [0, 2, 2, 2], [1, 1, 1, 1]]), np.array([2, 2, 5]))
    arrays = MODEL.open(_student(tmp_path, corpus), RUNTIME).arrays
    assert arrays["start"].tolist() == [[1, 0, 0], [0, 1, 0]]
    # Replica 2 has the pairs 01 10 01 and 02 22 22: from 0 to 1 twice and to 2 once.
    expected = [[0, 2 / 3, 1 / 3], [1, 0, 0], [0, 0, 1]]
    assert arrays["transitions"][0] == pytest.approx(np.array(expected))
    # Replica 5 saw nothing follow 0 and 2: uniform.
    assert arrays["transitions"][1] == pytest.approx(np.array([[1 / 3] * 3, [0, 1, 0], [1 / 3] * 3]))


def test_smoothing_is_added_to_every_count(tmp_path: Path) -> None:
    corpus = Samples.of_arrays(np.array([[0, 1, 1, 1], [0, 0, 0, 0]]), np.array([2, 5]))
    arrays = MODEL.open(_student(tmp_path, corpus, smoothing=1.0), RUNTIME).arrays
    assert arrays["start"][0] == pytest.approx([0.5, 0.25, 0.25])
    assert arrays["transitions"][0, 1] == pytest.approx([0.2, 0.6, 0.2])


def test_a_fit_of_much_text_is_the_language(tmp_path: Path) -> None:
    much: Zipf = component("source/zipf", types=3, order=1, length=4, draws=20_000, replicas=[2, 5])
    arrays = MODEL.open(_student(tmp_path, much.draw("train", KEY)), RUNTIME).arrays
    # Each row stands on more than 6,000 steps: standard error at most .0065.
    assert arrays["transitions"] == pytest.approx(np.tile(much.transitions(), (2, 1, 1)), abs=4 * 0.0065)


def test_draws_follow_the_chain() -> None:
    cycle = np.array([[[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]])
    arrays = {"replicas": np.array([2]), "start": np.array([[0.0, 0.0, 1.0]]), "transitions": cycle}
    drawn = OpenBigram(4, arrays).sample(_prompts(np.full(3, 2)), 0, SAMPLING, KEY, 1, "0")
    assert drawn.values().tolist() == [[2, 0, 1, 2]] * 3


def test_a_replica_alone_is_drawn_from_as_among_others(tmp_path: Path) -> None:
    opened = MODEL.open(_student(tmp_path, SOURCE.draw("train", KEY)), RUNTIME)
    both = opened.sample(_prompts(np.repeat([2, 5], 30)), 0, SAMPLING, KEY, 1, "0")
    half = OpenBigram(4, {name: array[1:] for name, array in opened.arrays.items() if name != "context"})
    alone = half.sample(_prompts(np.full(30, 5)), 0, SAMPLING, KEY, 1, "0")
    assert np.array_equal(both.ids()[30:], alone.ids())


def test_neighbouring_values_are_drawn_with_uniforms_of_their_own() -> None:
    # In a memoryless chain all positions are independent: 10,000 rows, correlations have standard error .01.
    arrays = {"replicas": np.array([0]), "start": np.full((1, 9), 1 / 9), "transitions": np.full((1, 9, 9), 1 / 9)}
    drawn = OpenBigram(3, arrays).sample(_prompts(np.zeros(10_000, int)), 0, SAMPLING, KEY, 1, "0").values()
    correlation = np.corrcoef(drawn.T)
    assert np.abs(correlation[np.triu_indices(3, 1)]).max() < 0.04


def test_probabilities_are_of_pairs_in_true_contexts(tmp_path: Path) -> None:
    pairs = MODEL.open(_student(tmp_path), RUNTIME).parameters()["probabilities"]
    context = SOURCE.truth()["context"]
    assert pairs.shape == (2, 9)
    assert pairs[0] == pytest.approx(np.repeat(context / 3, 3))


def test_what_is_written_is_in_contexts_that_the_student_itself_writes() -> None:
    # From 0 always to 1, from 1 evenly to 0 and 1, and 2 is lost: its context comes up in the truth alone.
    arrays = {
        "replicas": np.array([0]),
        "start": np.array([[1.0, 0.0, 0.0]]),
        "transitions": np.array([[[0.0, 1.0, 0.0], [0.5, 0.5, 0.0], [1 / 3, 1 / 3, 1 / 3]]]),
        "context": np.full(3, 1 / 3),
    }
    # Rows of 4 values begin 0, 1 and go on evenly: contexts (1, 0, 0), (0, 1, 0), (.5, .5, 0), in the mean (.5, .5, 0).
    found = OpenBigram(4, arrays).parameters()
    assert found["written"][0] == pytest.approx([0, 0.5, 0, 0.25, 0.25, 0, 0, 0, 0])
    assert found["probabilities"][0] == pytest.approx([0, 1 / 3, 0, 1 / 6, 1 / 6, 0, 1 / 9, 1 / 9, 1 / 9])
    drawn = OpenBigram(4, arrays).sample(_prompts(np.zeros(4_000, int)), 0, SAMPLING, KEY, 1, "0").values()
    pairs = np.bincount((drawn[:, :-1] * 3 + drawn[:, 1:]).ravel(), minlength=9) / (3 * 4_000)
    assert pairs == pytest.approx(found["written"][0], abs=0.02)  # 4 standard errors of 4,000 rows are .018


def test_a_source_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    flat: Zipf = component("source/zipf", types=3, replicas=2)
    given = Given({"truth": flat.truth(), "human": flat.draw("train", KEY)})
    with pytest.raises(ConfigError, match=r"bigram takes a source with order=1, got source\.order=0"):
        Bigram(3, 1).base(tmp_path, given, KEY, RUNTIME)
    with pytest.raises(ConfigError, match=r"length=7, got source\.length=4"):
        Bigram(3, 7).base(tmp_path, GIVEN, KEY, RUNTIME)


def test_nothing_is_scored_token_by_token(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="metrics read `parameters`"):
        MODEL.open(_student(tmp_path), RUNTIME).log_probs(SOURCE.draw("train", KEY), 1, 1)
