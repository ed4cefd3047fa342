"""Probes from rows and a pass: whole values are compared, and rows that ask nothing are refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from loops.probing import probe_row, probes_of
from loops.samples import Samples


def row(entity: str, candidate: int, is_true: bool, count: int = 3, fact: str = "home") -> dict[str, Any]:
    return probe_row(entity, fact, f"{entity} lives in", f" T{candidate}.", candidate, is_true, count)


ROWS = Samples.of_text([row("Ada", 0, False), row("Ada", 1, True), row("Ben", 0, True, 7), row("Ben", 1, False, 7)])
# Ada: -1 -4 = -5 against -2 -1 = -3; Ben: -6 against -5.
SCORED = {"document": np.array([0, 0, 1, 1, 2, 3]), "nats": np.array([-1.0, -4.0, -2.0, -1.0, -6.0, -5.0])}


def test_the_log_probability_of_a_value_is_the_sum_over_its_tokens() -> None:
    ada, ben = probes_of(ROWS, SCORED)
    assert (ada.entity, ada.train_count, ada.true, ada.nats.tolist()) == ("Ada", 3, 1, [-5.0, -3.0])
    assert (ben.entity, ben.train_count, ben.true, ben.nats.tolist()) == ("Ben", 7, 0, [-6.0, -5.0])
    assert ada.is_recalled  # by its first token alone it would not be
    assert not ben.is_recalled


def test_facts_of_one_entity_keep_its_name() -> None:
    rows = Samples.of_text([row("Ada", c, c == 0, fact=fact) for fact in ("home", "work") for c in (0, 1)])
    assert [each.entity for each in probes_of(rows, {"document": np.arange(4), "nats": -np.ones(4)})] == ["Ada", "Ada"]


def test_no_end_of_text_is_scored_after_a_value() -> None:
    assert next(ROWS.text_rows()).finish_reason == "length"


def test_texts_that_ask_nothing_are_refused() -> None:
    texts = Samples.of_text([{"completion": "a"}, {"completion": "b", "scores": {"correct": 1.0}}])
    with pytest.raises(ValueError, match=r"probes: 0 of 2 texts say whether their value is true .* source=facts"):
        probes_of(texts, {"document": np.arange(2), "nats": -np.ones(2)})
    with pytest.raises(ValueError, match="0 of 0 texts"):
        probes_of(Samples.of_text([]), {"document": np.zeros(0, int), "nats": np.zeros(0)})


@pytest.mark.parametrize(("true", "n"), [((False, False), 0), ((True, True), 2)])
def test_a_fact_has_exactly_one_true_value(true: tuple[bool, bool], n: int) -> None:
    rows = Samples.of_text([row("Ada", candidate, is_true) for candidate, is_true in enumerate(true)])
    with pytest.raises(ValueError, match=f"probes: Ada#home has {n} true values among 2 candidates, want exactly 1"):
        probes_of(rows, {"document": np.arange(2), "nats": -np.ones(2)})
