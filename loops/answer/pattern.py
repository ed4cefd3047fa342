"""An answer that a regular expression finds in a text; correct when the human text of the prompt gives the same."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import ClassVar, Literal

import numpy as np

from loops.answer.answers import Answers
from loops.given import Given
from loops.samples import Samples

MOST_DIGITS = 100


@dataclass(frozen=True, slots=True)
class Pattern:
    """Answers at a place that can be told: after a mark, at the end, or the whole text.

    The human completion of a prompt is read by the same rule and gives what is correct. A prompt without one, such as
    the empty prompt, leaves its draws ungraded; a draw without an answer is wrong.
    """

    pattern: str | None
    """Regular expression; the answer is its first group, or all that it matches if it has none. null: all of the
    text."""
    which: Literal["first", "last"]
    """Which match counts, where there are several."""
    compare: Literal["text", "number"]
    """text: answers are equal up to white space; number: equal as numbers, without commas between digits, currency
    or percent signs around them and a stop after them; what is no number is no answer."""

    kinds: ClassVar[tuple[str, ...]] = ("text",)
    needs: ClassVar[tuple[str, ...]] = ("prompts",)

    def __post_init__(self) -> None:
        try:
            re.compile(self.pattern or "")
        except re.error as error:
            raise ValueError(f"pattern: {self.pattern!r} is not a regular expression ({error})") from error

    def answers(self, samples: Samples, given: Given) -> Answers:
        """Return the answer of each completion, and whether it is that of the human completion of its prompt."""
        prompts = given.prompts
        human = zip(prompts.column("prompt_id").to_pylist(), prompts.texts(), strict=True)
        gold = {prompt_id: self.answer(text) for prompt_id, text in human}
        found = [self.answer(text) for text in samples.texts()]
        right = [gold.get(prompt_id) for prompt_id in samples.column("prompt_id").to_pylist()]
        correct = [np.nan if wanted is None else float(got == wanted) for got, wanted in zip(found, right, strict=True)]
        return Answers(found, np.array(correct, float))

    def answer(self, text: str) -> str | None:
        """Return the answer that a text gives; None: none."""
        found = text
        if self.pattern is not None:
            matches = list(re.finditer(self.pattern, text))
            if not matches:
                return None
            match = matches[0 if self.which == "first" else -1]
            found = (match.group(1) if match.re.groups else match.group()) or ""
        return number(found) if self.compare == "number" else " ".join(found.split()) or None


def number(text: str) -> str | None:
    """Return a number in one way of writing it, so that 1,000 and $1000.00 are equal; None for what is none.

    Digits are kept exactly. What takes more than 100 of them before or after the point is none: `1e999999999` would
    fill the memory when it is written out.
    """
    plain = re.sub(r"(?<=\d),(?=\d{3})", "", text.strip()).strip("$\u20ac\u00a3% ").rstrip(".").strip()
    try:
        value = Decimal(plain)
    except InvalidOperation:
        return None
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or max(abs(exponent), abs(value.adjusted())) > MOST_DIGITS:
        return None
    written = f"{value:f}" if value else "0"  # not -0
    return written.rstrip("0").rstrip(".") if "." in written else written
