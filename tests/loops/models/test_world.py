"""What students of closed-form worlds share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from loops.errors import ConfigError, StageError
from loops.given import Given
from loops.model import Sampling
from loops.models.world import RowCounter, check_rows, check_sampling, check_source, load_world, save_world
from loops.samples import Samples
from loops.student import Student

ROWS = Samples.of_vectors(np.zeros((2, 3)), np.zeros(2, int), np.array([1.0, 0.5]))


def test_a_student_comes_back_as_it_was_written_and_its_name_is_its_content(tmp_path: Path) -> None:
    arrays = {"mean": np.array([1.5, -2.0])}
    digest = save_world(tmp_path, arrays)
    assert load_world(Student(digest, tmp_path, {}))["mean"].tolist() == [1.5, -2.0]
    (tmp_path / "b").mkdir()
    assert save_world(tmp_path / "b", arrays) == digest
    assert save_world(tmp_path / "b", {"mean": np.array([1.5, 2.0])}) != digest


def test_a_row_is_a_token_whatever_its_length() -> None:
    assert RowCounter().count(ROWS).tolist() == [1.0, 0.5]


def test_too_few_rows_are_refused_with_the_first_replica() -> None:
    check_rows(np.array([3, 8]), np.array([5.0, 2.0]), 1)
    with pytest.raises(StageError, match="replica 8 has 2 rows, this student takes more than 2"):
        check_rows(np.array([3, 8]), np.array([5.0, 2.0]), 2)


def test_a_source_of_other_rows_or_another_truth_is_refused() -> None:
    given = Given({"human": ROWS, "truth": {"mean": np.zeros(3)}})
    check_source("gaussian", given, 3, "mean")
    with pytest.raises(ConfigError, match="rows of 2 numbers and a true mean, got rows of 3 and mean"):
        check_source("gaussian", given, 2, "mean")
    with pytest.raises(ConfigError, match="a true weights, got rows of 3 and mean"):
        check_source("gaussian", given, 3, "weights")


@pytest.mark.parametrize(("change", "name"), [((1.0, 5, 1.0, 1.0), "top_k"), ((1.0, 0, 0.9, 1.0), "top_p"),
                                              ((1.0, 0, 1.0, 1.2), "repetition_penalty"),
                                              ((0.9, 0, 1.0, 1.0), "temperature")])  # fmt: skip
def test_what_would_not_be_heeded_is_refused(change: tuple[float, int, float, float], name: str) -> None:
    temperature, top_k, top_p, penalty = change
    with pytest.raises(ConfigError, match=rf"generator\.{name}: got .*, but student=kernels has no tokens"):
        check_sampling("kernels", Sampling(8, 0, temperature, top_k, top_p, penalty, "static", 8), tempered=False)


def test_temperature_is_refused_only_where_a_student_does_not_heed_it() -> None:
    cold = Sampling(8, 0, 0.5, 0, 1.0, 1.0, "static", 8)
    check_sampling("gaussian", cold)
    with pytest.raises(ConfigError, match=r"generator\.temperature: got 0\.5"):
        check_sampling("gaussian", cold, tempered=False)
