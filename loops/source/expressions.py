"""Texts whose correctness can be checked exactly: expressions of logic or arithmetic, with a tail of rare operators."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import ClassVar, Literal

from evals.expressions import CONSTANTS, OPERATORS, Language, evaluate
from loops.key import Key
from loops.source.document import Document
from loops.source.zipf import zipf

Form = Literal["statement", "evaluate", "construct"]
EQUALS = " ="
"""What ends a prompt."""


@dataclass(frozen=True, slots=True)
class Expressions:
    """Random expressions, drawn as trees: each split is a sample of its own from one distribution, which is known.

    The root is an operator; every place below it, down to `depth`, holds a constant with chance `constant_share`, else
    an operator. Constants are equally likely. Texts repeat, as short ones must: nothing is dropped, so that train is
    what it says.

    Source: after Briesch et al. 2023 (arXiv 2311.16822), whose expressions are all true. Ours: the grammar (see
    `evals.expressions`), every constant, and forms with a prompt, so that many answers to one prompt can be correct.
    """

    language: Language
    """logic: truth values; arithmetic: digits and whole numbers."""
    form: Form
    """statement: the text is an expression that is true; evaluate: its prompt is an expression, the text the value;
    construct: its prompt is a value, the text an expression that has it."""
    operators: tuple[str, ...]
    """Which operators there are, the most frequent first."""
    exponent: float
    """Zipf exponent of the operators' shares by rank; 0: all equally frequent."""
    depth: int
    """Most operators between the root and a constant, the root included."""
    constant_share: float
    """Chance of a place below the root to hold a constant; in [0, 1)."""
    texts: int
    """Texts of the train split."""
    held_out: int
    """Texts of the reference split, and of the auditor's."""
    seed: int
    """Which samples of the distribution."""
    human_tokens: int | None
    """Training tokens of human text to use; null: all."""

    kinds: ClassVar[tuple[str, ...]] = ("text",)
    needs: ClassVar[tuple[str, ...]] = ()
    not_in_key: ClassVar[tuple[str, ...]] = ("human_tokens",)
    independent_splits: ClassVar[bool] = True
    """No split is checked against another: what they share, the distribution makes them share."""

    def __post_init__(self) -> None:
        known = OPERATORS[self.language]
        unknown = [name for name in self.operators if name not in known]
        if unknown or not self.operators or len(set(self.operators)) < len(self.operators):
            wanted = f"one or more of {', '.join(known)}, each once"
            raise ValueError(f"operators: got {list(self.operators)}, want {wanted}")
        if self.form == "statement" and self.language != "logic":
            raise ValueError("form: a statement is true or not, which is for language logic. Use construct or evaluate")
        if self.depth < 1 or self.texts < 1 or self.held_out < 1 or self.exponent < 0:
            raise ValueError("want depth, texts and held_out of at least 1, and exponent of at least 0")
        if not 0 <= self.constant_share < 1:
            raise ValueError(f"constant_share: got {self.constant_share}, want a chance in [0, 1). For 30% write 0.3")

    def splits(self) -> tuple[str, ...]:
        """Return the splits, each a sample of its own."""
        return ("train", "reference", "auditor")

    def read(self, split: str | None) -> Iterator[Document]:
        """Draw the texts of a split; more of them begin with the same ones."""
        assert split is not None
        # Numbers are drawn one by one, for which this generator takes a tenth of numpy's time.
        rng = Random(Key.root(self.seed).fold("expressions", split).seed())
        shares = zipf(len(self.operators), self.exponent).tolist()
        left = self.texts if split == "train" else self.held_out
        while left:
            expression = " ".join(self._tokens(rng, shares, self.depth))
            value = evaluate(expression, self.language)
            assert value is not None, expression
            if self.form == "statement" and not value:
                continue
            yield self._document(expression, str(value), split)
            left -= 1

    def _document(self, expression: str, value: str, split: str) -> Document:
        if self.form == "statement":
            return Document(expression, split)
        prompt, text = (expression, value) if self.form == "evaluate" else (value, expression)
        # A space begins the text, as it begins most words' tokens: prompt and text part between two tokens.
        return Document(f" {text}", split, prompt + EQUALS)

    def _tokens(self, rng: Random, shares: list[float], depth: int) -> list[str]:
        """Draw an operator and what it stands between, at most `depth` levels of operators."""
        name = rng.choices(self.operators, shares)[0]
        operands = [self._operand(rng, shares, depth - 1) for _ in range(OPERATORS[self.language][name].operands)]
        if len(operands) == 1:
            return [name, *operands[0]]
        return ["(", *operands[0], name, *operands[1], ")"]

    def _operand(self, rng: Random, shares: list[float], depth: int) -> list[str]:
        if depth == 0 or rng.random() < self.constant_share:
            return [rng.choice(list(CONSTANTS[self.language]))]
        return self._tokens(rng, shares, depth)
