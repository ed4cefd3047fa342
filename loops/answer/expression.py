"""Expressions as answers: correct by their exact value, so that one prompt has many correct answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evals.expressions import Language, evaluate
from loops.answer.answers import Answers
from loops.given import Given
from loops.samples import Samples
from loops.source.expressions import EQUALS, Form


@dataclass(frozen=True, slots=True)
class Expression:
    """Checks texts of `source=expressions` by its own rules; a text that is no expression gives no answer."""

    language: Language
    """The source's language."""
    form: Form
    """The source's form. statement: correct when true; evaluate: the answer is a value, correct when it is that of the
    prompt; construct: correct when its value is the prompt's."""

    kinds: ClassVar[tuple[str, ...]] = ("text",)
    needs: ClassVar[tuple[str, ...]] = ()

    def answers(self, samples: Samples, given: Given) -> Answers:
        """Return each completion as an answer, and whether it is correct."""
        texts = [" ".join(text.split()) for text in samples.texts()]
        prompts = [prompt.removesuffix(EQUALS) for prompt in samples.column("prompt").to_pylist()]
        checked = [self._checked(prompt, text) for prompt, text in zip(prompts, texts, strict=True)]
        answers = [text if is_answer else None for text, (is_answer, _) in zip(texts, checked, strict=True)]
        return Answers(answers, np.array([is_correct for _, is_correct in checked], float))

    def _checked(self, prompt: str, text: str) -> tuple[bool, bool]:
        """Return whether a text is an answer, and whether it is correct."""
        if self.form == "evaluate":
            return _is_value(text, self.language), text == str(evaluate(prompt, self.language))
        value = evaluate(text, self.language)
        return value is not None, value is not None and str(value) == (prompt or str(True))


def _is_value(text: str, language: Language) -> bool:
    """Say whether a text is a value as it is written: `True`, or a whole number with a sign or without."""
    return text in ("True", "False") if language == "logic" else text.removeprefix("-").isdecimal()
