"""Draws completions under a condition: words that human text seldom holds stand before each prompt."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from evals.words import words
from loops.errors import StageError
from loops.generator.sampler import Sampler
from loops.given import Given
from loops.key import Key
from loops.model import OpenModel
from loops.samples import Sample, Samples


@dataclass(frozen=True, slots=True)
class RareWords(Sampler):
    """Diversity by random words, as in TinyStories (Eldan and Li 2023, arXiv 2305.07759), taken here from the tail.

    Each draw gets words of its own, uniformly from those that the human train split holds up to `max_count` times;
    reference text is not read. A model that follows instructions can be told by `template` what to do with them. For a
    base model they are a beginning that it goes on from: they raise the words, and what stands near them, and ask for
    nothing. The condition is not kept: a row holds the loop's own prompt and what was drawn, so that a student learns
    to write such text without being told to; `sampling` says which words it was. Students are measured by `sampled`,
    which puts no words before its prompts.

    All texts count as changed, since all are drawn under a condition; `drawn/followed_share` is the share of those with
    a condition that hold one of its words or more, and says how far the model heeds it.
    """

    n_words: int
    """Words in a condition, all different."""
    max_count: int
    """A word is rare if the human train split holds it at most so often."""
    template: str
    """What stands before a prompt, or in the last message of a chat before its content; {words} are the words."""
    separator: str
    """What stands between two words."""

    kinds: ClassVar[tuple[str, ...]] = ("text",)
    needs: ClassVar[tuple[str, ...]] = ("buckets",)
    changes: ClassVar[str] = "texts"

    def __post_init__(self) -> None:
        Sampler.__post_init__(self)  # super() would look for the class that `slots` has replaced
        if self.n_words < 1 or self.max_count < 1:
            raise ValueError("want n_words >= 1 and max_count >= 1")
        if "{words}" not in self.template:
            raise ValueError(f"template: got {json.dumps(self.template)}, which has no place for {{words}}")

    @property
    def is_deterministic(self) -> bool:
        """Whether equal prompts get equal texts: not with words of their own."""
        return False

    def shard(
        self,
        index: int,
        tokens: int,
        teacher: OpenModel,
        prompts: Samples,
        given: Given,
        key: Key,
        generation: int,
        written_by: str,
    ) -> Samples | None:
        """Return shard `index`, with `tokens` drawn before it; None when the prompts or the budget are used up.

        Raises:
            StageError: human text holds too few rare words.
        """
        place = self.piece(index, tokens, prompts)
        if place is None:
            return None
        draw, piece = place
        rare, rows = self._rare(given.buckets["words"]), list(piece.text_rows())
        conditions = [self._condition(rare, key.fold("condition", row.prompt_id, draw)) for row in rows]
        asked = [self._asked(row, condition) for row, condition in zip(rows, conditions, strict=True)]
        drawn = teacher.sample(Samples.of_text(asked), draw, self.sampling(), key, generation, written_by)
        kept = zip(drawn.text_rows(), rows, conditions, strict=True)
        return Samples.of_text([_without(text, row, condition) for text, row, condition in kept])

    def _rare(self, counts: Mapping[str, int]) -> list[str]:
        rare = sorted(word for word, count in counts.items() if count <= self.max_count)
        if len(rare) < self.n_words:
            raise StageError(
                f"generator: the human train split holds {len(rare):,} words up to {self.max_count} times, and a "
                f"condition takes {self.n_words}. Raise generator.max_count, or lower generator.n_words."
            )
        return rare

    def _condition(self, rare: Sequence[str], key: Key) -> list[str]:
        return [rare[i] for i in key.rng().choice(len(rare), self.n_words, replace=False)]

    def _asked(self, row: Sample, condition: Sequence[str]) -> dict[str, Any]:
        """Return the prompt that the teacher reads."""
        before = self.template.replace("{words}", self.separator.join(condition))
        asked: dict[str, Any] = {"prompt_id": row.prompt_id, "parents": _bytes(row.parents), "completion": ""}
        if row.messages is None:
            return asked | {"prompt": before + row.prompt}
        *earlier, last = ({"role": message["role"], "content": message["content"]} for message in row.messages)
        return asked | {"messages": [*earlier, last | {"content": before + last["content"]}]}


def _without(text: Sample, prompt: Sample, condition: Sequence[str]) -> dict[str, Any]:
    """Return a drawn text as if it had been written for the prompt alone."""
    row = {name: value for name, value in asdict(text).items() if name != "id"}
    followed = bool(set(condition) & set(words(text.completion)))
    return row | {
        "parents": _bytes(text.parents),
        "prompt": prompt.prompt,
        "messages": None if prompt.messages is None else [dict(message) for message in prompt.messages],
        "scores": {**text.scores, "changed": 1.0, "followed": float(followed)},
        "sampling": json.dumps({**json.loads(text.sampling or "{}"), "words": list(condition)}),
    }


def _bytes(parents: Sequence[str]) -> list[bytes]:
    return [bytes.fromhex(parent) for parent in parents]
