"""Whether a text is an expression, and its value."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest

from evals.expressions import OPERATORS, Language, evaluate

# In Python: the same truth tables and sums, written by means of other operators.
IN_PYTHON = {
    "xor": "!=", "iff": "==", "implies": "<=", "and": "and", "or": "or", "+": "+", "-": "-", "*": "*",
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        ("True", "logic", True),
        ("not not False", "logic", False),
        ("( True and not False )", "logic", True),
        ("not ( True nor False )", "logic", True),
        # (False iff False) is True, not True is False, and False or True is True.
        ("( not True or ( False iff False ) )", "logic", True),
        ("7", "arithmetic", 7),
        ("( 3 - 5 )", "arithmetic", -2),
        # 4 * 2 is 8, and the larger of 8 and 9 is 9; less 9 is 0.
        ("( ( ( 4 * 2 ) max 9 ) - 9 )", "arithmetic", 0),
        ("\n( 2  *\t( 1 min 6 ) ) ", "arithmetic", 2),
    ],
)
def test_values_worked_by_hand(text: str, language: Language, value: int) -> None:
    found = evaluate(text, language)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    "text",
    ["", " ", "not", "and", "( True and )", "True True", "True and False", "( True and False", "True )", ")",
     "( True )", "( True not False )", "(True and False)", "true", "3", "( True and False ) )", "( ( True and False )",
     "1", "( and True False )", "not ( True", "( not and True )"],
)  # fmt: skip
def test_what_is_no_expression_has_no_value(text: str) -> None:
    assert evaluate(text, "logic") is None


def test_a_language_knows_nothing_of_the_other() -> None:
    assert evaluate("( 1 + 2 )", "logic") is None
    assert evaluate("( True and False )", "arithmetic") is None


def test_every_operator_of_two_operands_has_the_truth_table_of_its_name() -> None:
    # In the order FF, FT, TF, TT.
    tables = {
        "and": "0001", "or": "0111", "xor": "0110", "implies": "1101", "iff": "1001", "nand": "1110", "nor": "1000",
    }  # fmt: skip
    two = {name for name, each in OPERATORS["logic"].items() if each.operands == 2}
    assert set(tables) == two
    for name, table in tables.items():
        pairs = itertools.product(("False", "True"), repeat=2)
        found = "".join(str(int(bool(evaluate(f"( {a} {name} {b} )", "logic")))) for a, b in pairs)
        assert found == table, name


def _random(rng: np.random.Generator, depth: int, language: Language) -> str:
    if depth == 0:
        return str(rng.choice(["True", "False"] if language == "logic" else list("0123456789")))
    names = [name for name in OPERATORS[language] if name in IN_PYTHON]
    left, right = (_random(rng, int(rng.integers(depth)), language) for _ in range(2))
    return f"( {left} {rng.choice(names)} {right} )"


@pytest.mark.parametrize("language", ["logic", "arithmetic"])
def test_values_are_those_that_python_gives(language: Language) -> None:
    rng = np.random.default_rng(0)
    for _ in range(300):
        text = _random(rng, 5, language)
        python = " ".join(IN_PYTHON.get(token, token) for token in text.split())
        assert evaluate(text, language) == eval(python), text


def test_an_expression_without_one_of_its_tokens_is_none_but_for_not() -> None:
    rng = np.random.default_rng(1)
    for _ in range(50):
        tokens = _random(rng, 4, "logic").split()
        gone = int(rng.integers(len(tokens)))
        assert evaluate(" ".join([*tokens[:gone], *tokens[gone + 1 :]]), "logic") is None or len(tokens) == 1


def test_deep_nesting_is_no_matter() -> None:
    assert evaluate("not " * 5000 + "True", "logic") is True
    deep = "( 1 + " * 5000 + "0" + " )" * 5000
    assert evaluate(deep, "arithmetic") == 5000
    assert evaluate(re.sub(r"\)$", "", deep), "arithmetic") is None
