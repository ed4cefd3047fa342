"""Expressions of logic and of arithmetic: whether a text is one, and what its exact value is."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

Language = Literal["logic", "arithmetic"]


class Operator(NamedTuple):
    """What an operator does to its operands."""

    operands: Literal[1, 2]
    value: Callable[..., int]


CONSTANTS: Mapping[Language, Mapping[str, int]] = {
    "logic": {"True": True, "False": False},
    "arithmetic": {str(digit): digit for digit in range(10)},
}
OPERATORS: Mapping[Language, Mapping[str, Operator]] = {
    "logic": {
        "not": Operator(1, operator.not_),
        "and": Operator(2, operator.and_),
        "or": Operator(2, operator.or_),
        "xor": Operator(2, operator.ne),
        "implies": Operator(2, operator.le),
        "iff": Operator(2, operator.eq),
        "nand": Operator(2, lambda left, right: not (left and right)),
        "nor": Operator(2, lambda left, right: not (left or right)),
    },
    "arithmetic": {
        "+": Operator(2, operator.add),
        "-": Operator(2, operator.sub),
        "*": Operator(2, operator.mul),
        "min": Operator(2, min),
        "max": Operator(2, max),
    },
}


def evaluate(text: str, language: Language) -> int | None:
    """Return the value of an expression; None for a text that is none.

    An expression is a constant (`True`, `False`; a digit), `not` and an expression, or two expressions in parentheses
    with an operator between them: `( True and not False )`. All parts stand apart by white space, and all parentheses
    are written, so no operator goes before another. Values are exact whole numbers or truth values.

    Source: the checkable language of Briesch et al. 2023 (arXiv 2311.16822). Ours: the grammar, operators beyond
    `and`, `or` and `not` so that there is a tail of rare ones, and arithmetic.
    """
    constants, operators = CONSTANTS[language], OPERATORS[language]
    stack: list[int | str] = []  # values, and what still waits for one; no recursion, since a model may nest deeply
    for token in text.split():
        if token == ")":
            joined = _joined(stack[-4:], operators)
            if joined is None:
                return None
            stack[-4:] = [joined]
        else:
            stack.append(constants.get(token, token))
        _apply_waiting(stack, operators)
    return stack[0] if len(stack) == 1 and isinstance(stack[0], int) else None


def _joined(last: list[int | str], operators: Mapping[str, Operator]) -> int | None:
    """Return the value of what a closing parenthesis ends; None where that is no pair with an operator between."""
    match last:
        case ["(", int(left), str(name), int(right)] if name in operators and operators[name].operands == 2:
            return operators[name].value(left, right)
    return None


def _apply_waiting(stack: list[int | str], operators: Mapping[str, Operator]) -> None:
    """Let each operator of one operand that waits right before the value on top take it."""
    while len(stack) > 1 and isinstance(stack[-1], int) and isinstance(stack[-2], str):
        waiting = operators.get(stack[-2])
        if waiting is None or waiting.operands == 2:
            return
        stack[-2:] = [waiting.value(stack[-1])]
