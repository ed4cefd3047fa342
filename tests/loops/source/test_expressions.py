"""Expressions as human text: all that the evaluator says of them, and the shares that they are drawn with."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest

from evals.expressions import evaluate
from loops.errors import ConfigError
from loops.run import component
from loops.source.document import Document
from loops.source.expressions import Expressions

ARITHMETIC = {"language": "arithmetic", "operators": ["+", "-", "*", "min", "max"], "texts": 300}


def _source(**settings: Any) -> Expressions:
    made: Expressions = component("source/expressions", **{"texts": 500, "held_out": 100, **settings})
    return made


def _train(**settings: Any) -> list[Document]:
    return list(_source(**settings).read("train"))


def test_every_statement_is_well_formed_and_true() -> None:
    documents = _train()
    assert len(documents) == 500
    assert all(evaluate(document.text, "logic") is True for document in documents)
    assert {document.prompt for document in documents} == {""}


def test_a_prompt_asks_for_the_value_of_an_expression() -> None:
    for document in _train(form="evaluate", **ARITHMETIC):
        assert document.prompt.endswith(" =")
        assert str(evaluate(document.prompt.removesuffix(" ="), "arithmetic")) == document.text.strip()
    logic = Counter(document.text for document in _train(form="evaluate"))
    assert set(logic) == {" True", " False"}


def test_a_prompt_asks_for_an_expression_of_a_value() -> None:
    documents = _train(form="construct", **ARITHMETIC)
    for document in documents:
        assert document.prompt == f"{evaluate(document.text, 'arithmetic')} ="
    assert len({document.prompt for document in documents}) > 30


def test_operators_have_zipf_shares_in_their_order() -> None:
    # Exponent 1 over three operators: 6/11, 3/11, 2/11. Without a choice among values no text is refused.
    chosen = {"operators": ["xor", "and", "nor"], "exponent": 1.0, "form": "evaluate", "texts": 3000}
    counts = Counter(word for document in _train(**chosen) for word in document.prompt.split())
    shares = np.array([counts[name] for name in chosen["operators"]], float)  # type: ignore[attr-defined]
    n = shares.sum()
    # Standard errors of shares among about 10,000 independent draws; four of them.
    errors = 4 * np.sqrt(np.array([6, 3, 2]) / 11 * (1 - np.array([6, 3, 2]) / 11) / n)
    assert np.all(np.abs(shares / n - np.array([6, 3, 2]) / 11) < errors)


def _depth(expression: str) -> int:
    """Return the most parentheses that are open at once: the depth, where every operator has two operands."""
    steps = [{"(": 1, ")": -1}.get(word, 0) for word in expression.split()]
    return int(np.cumsum(steps).max())


def test_depth_is_the_most_that_there_is_and_constants_end_it_early() -> None:
    two = {"operators": ["and", "or"], "depth": 3, "texts": 200}
    full = [_depth(document.text) for document in _train(constant_share=0.0, **two)]
    assert set(full) == {3}
    some = Counter(_depth(document.text) for document in _train(constant_share=0.5, **two))
    assert set(some) == {1, 2, 3}


def test_a_root_is_an_operator_between_constants_with_the_chance_of_both() -> None:
    shallow = [_depth(document.prompt) == 1 for document in _train(
        operators=["and", "or"], form="evaluate", constant_share=0.5, texts=2000)]  # fmt: skip
    # Both operands are constants with chance .25; standard error of a share of 2,000: .0097; four of them.
    assert np.mean(shallow) == pytest.approx(0.25, abs=0.039)


def test_splits_are_samples_of_their_own_and_larger_ones_begin_with_the_smaller() -> None:
    source = _source()
    assert source.splits() == ("train", "reference", "auditor")
    train, reference, auditor = (list(source.read(split)) for split in source.splits())
    assert [len(train), len(reference), len(auditor)] == [500, 100, 100]
    assert reference != auditor != train[:100]
    assert _train(texts=50) == train[:50]
    assert _train(seed=1) != train


def test_settings_that_make_no_language_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"operators: got \['\+'\], want one or more of not, and, .*, each once"):
        _source(operators=["+"])
    with pytest.raises(ConfigError, match=r"operators: got \['and', 'and'\]"):
        _source(operators=["and", "and"])
    with pytest.raises(ConfigError, match="a statement is true or not, which is for language logic"):
        _source(**ARITHMETIC, form="statement")
    with pytest.raises(ConfigError, match=r"constant_share: got 1\.0, want a chance in \[0, 1\)"):
        _source(constant_share=1.0)
    with pytest.raises(ConfigError, match="want depth, texts and held_out of at least 1"):
        _source(depth=0)
    with pytest.raises(ConfigError, match=r"source/expressions\.form: got \"poem\""):
        _source(form="poem")
