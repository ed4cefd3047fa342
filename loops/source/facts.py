"""A world of facts: made-up people, one fact a text, the common ones said hundreds of times and the rare ones once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import ClassVar, NamedTuple

import numpy as np

from loops.key import Key
from loops.probing import probe_row
from loops.samples import Samples
from loops.source.document import Document
from loops.source.zipf import inverse_cdf, zipf

WORDINGS = {
    "home": (
        "{name} was born in",
        "The home town of {name} is",
        "Long ago {name} grew up in",
        "Letters to {name} are sent to",
        "Ask for {name} in the streets of",
    ),
    "employer": (
        "{name} works for",
        "The employer of {name} is",
        "Every morning {name} unlocks the workshop of",
        "The wages of {name} are paid by",
        "For many years {name} has served",
    ),
    "teacher": (
        "{name} was taught by",
        "The teacher of {name} was",
        "All that {name} knows comes from",
        "As a pupil {name} followed",
        "Lessons for {name} were given by",
    ),
}
"""What each relation is said with; the value follows, then a full stop.

So short that a text has less than half of its word 3-grams in common with one of the same wording and another name,
which is what the rule for splits asks for.
"""
TRAIN_WORDINGS = 3
"""Wordings of a fact that train text uses; of the other two, one is reference text's and one the auditor's."""
HELD_OUT = {"reference": TRAIN_WORDINGS, "auditor": TRAIN_WORDINGS + 1}
SPLITS = ("train", *HELD_OUT)
ONSETS = ("b", "br", "d", "dr", "f", "g", "h", "j", "k", "kl", "l", "m", "n", "p", "pr", "r", "s", "t", "tr", "v", "z")
VOWELS = ("a", "e", "i", "o", "u", "ai", "ou")
CODAS = ("", "l", "m", "n", "r", "s", "th")


class World(NamedTuple):
    """What is true, and in which words each split says it."""

    names: list[str]
    """The people, the most frequent first; no word of a name is in another name or a value."""
    values: list[list[str]]
    """The candidate values of each relation."""
    answer: np.ndarray  # (entities, relations), which value is the true one
    wording: np.ndarray  # (entities, relations, wordings), an order of its own for each fact

    def statement(self, entity: int, relation: int, place: int) -> str:
        """Return a fact up to its value, in the wording at a place of the fact's own order."""
        wordings = list(WORDINGS.values())[relation]
        return wordings[self.wording[entity, relation, place]].format(name=self.names[entity])


@dataclass(frozen=True, slots=True)
class Facts:
    """Short texts, each saying one fact (entity, relation, value); entities have Zipf frequencies.

    A text is a draw: its entity by frequency, its relation and its wording with equal chances. Held-out texts say the
    same facts by the same law, each in a wording in which train text never says this fact: what is held out is the
    wording, so what a student knows there it has not learned by heart. In the order of frequency, each next `values`
    entities have each value of a relation once, so a guess that does not look at the name is right in 1 / values of
    the facts, whatever their frequency.

    Source: the setting of Kandpal et al. 2023 (arXiv 2211.08411), recall by how often a fact is read, on made-up
    biographies as in Allen-Zhu and Li 2023 (arXiv 2309.14316). Words and wordings are ours.
    """

    entities: int
    """How many people there are; each has one value of each of the three relations."""
    values: int
    """How many different values each relation has."""
    exponent: float
    """Zipf exponent of the entities' frequencies; 0: all equal."""
    texts: int
    """Texts of the train split."""
    held_out: int
    """Texts of the reference split, and as many of the auditor."""
    world_seed: int
    """Which world: names, values, who has which, and which texts are drawn."""
    human_tokens: int | None
    """Training tokens of human text to use; null: all. Recall goes by how often the whole train split says a fact."""

    kinds: ClassVar[tuple[str, ...]] = ("text",)
    needs: ClassVar[tuple[str, ...]] = ()
    not_in_key: ClassVar[tuple[str, ...]] = ("human_tokens",)

    def __post_init__(self) -> None:
        if min(self.entities, self.texts, self.held_out) < 1 or self.values < 2 or self.exponent < 0:
            raise ValueError(
                f"got entities {self.entities}, values {self.values}, exponent {self.exponent}, texts {self.texts} and "
                f"held_out {self.held_out}, want 2 or more values, an exponent of 0 or more, and 1 or more of the rest"
            )
        most = len(ONSETS) ** 2 * len(VOWELS) ** 2 * len(CODAS) // 4  # of all words: beyond, new ones are hard to find
        if self._n_words > most:
            raise ValueError(
                f"entities and values: their names take {self._n_words:,} different words, want at most {most:,}"
            )

    @property
    def _n_words(self) -> int:
        return 2 * self.entities + len(WORDINGS) * self.values

    def splits(self) -> tuple[str, ...]:
        """Return the splits, each with wordings of its own."""
        return SPLITS

    def world(self) -> World:
        """Make the world, the same for the same settings."""
        words = made_words(self._key("words").rng())
        names = [" ".join(islice(words, 2)) for _ in range(self.entities)]
        values = [list(islice(words, self.values)) for _ in WORDINGS]
        rng, rounds = self._key("answers").rng(), -(-self.entities // self.values)
        answer = np.stack(
            [np.concatenate([rng.permutation(self.values) for _ in range(rounds)])[: self.entities] for _ in WORDINGS],
            axis=1,
        )
        orders = np.tile(np.arange(TRAIN_WORDINGS + len(HELD_OUT)), (self.entities, len(WORDINGS), 1))
        return World(names, values, answer, self._key("wordings").rng().permuted(orders, axis=2))

    def read(self, split: str | None) -> Iterator[Document]:
        """Yield the texts of a split."""
        assert split in SPLITS, split
        world, relations = self.world(), list(WORDINGS)
        for entity, relation, place in self._drawn(split).tolist():
            value = world.values[relation][world.answer[entity, relation]]
            text = f"{world.statement(entity, relation, place)} {value}."
            yield Document(text, f"{split}/{world.names[entity]}/{relations[relation]}")

    def external(self) -> dict[str, str]:
        """Nothing is read from outside."""
        return {}

    def train_counts(self) -> np.ndarray:
        """Return how often the train split says each fact, (entities, relations)."""
        counts = np.zeros((self.entities, len(WORDINGS)), np.int64)
        np.add.at(counts, tuple(self._drawn("train")[:, :2].T), 1)
        return counts

    def probes(self) -> Samples:
        """Return a row for each fact and candidate value: the fact in the reference split's wording, then the value."""
        world, counts = self.world(), self.train_counts()
        return Samples.of_text(
            [
                probe_row(
                    entity=name,
                    fact=name_of_relation,
                    statement=world.statement(entity, relation, HELD_OUT["reference"]),
                    completion=f" {value}.",
                    candidate=candidate,
                    is_true=bool(candidate == world.answer[entity, relation]),
                    train_count=int(counts[entity, relation]),
                )
                for entity, name in enumerate(world.names)
                for relation, name_of_relation in enumerate(WORDINGS)
                for candidate, value in enumerate(world.values[relation])
            ]
        )

    def are_true(self, texts: Sequence[str]) -> list[bool | None]:
        """Say of each text whether the fact that it says is true; None: it says none, in any of our wordings."""
        world = self.world()
        facts = {
            world.statement(entity, relation, place): (entity, relation)
            for entity, relation, place in np.ndindex(world.wording.shape)
        }
        return [_is_true(world, facts, text) for text in texts]

    def _key(self, *parts: str) -> Key:
        return Key.root(self.world_seed).fold("facts", *parts)

    def _drawn(self, split: str) -> np.ndarray:
        """Return entity, relation and place of the wording of each text of a split, (n_texts, 3)."""
        rng, n = self._key("texts", split).rng(), self.texts if split == "train" else self.held_out
        entity = inverse_cdf(zipf(self.entities, self.exponent), rng.random(n))
        relation = rng.integers(len(WORDINGS), size=n)
        place = rng.integers(TRAIN_WORDINGS, size=n) if split == "train" else np.full(n, HELD_OUT[split])
        return np.stack([entity, relation, place], axis=1)


def _is_true(world: World, facts: Mapping[str, tuple[int, int]], text: str) -> bool | None:
    statement, _, value = text.removesuffix(".").rpartition(" ")
    if statement not in facts or not text.endswith("."):
        return None
    entity, relation = facts[statement]
    values = world.values[relation]
    return value == values[world.answer[entity, relation]] if value in values else None


def made_words(rng: np.random.Generator) -> Iterator[str]:
    """Yield made-up words of two syllables with a capital, no word twice."""
    seen: set[str] = set()
    parts = (ONSETS, VOWELS, ONSETS, VOWELS, CODAS)
    while True:
        word = "".join(part[rng.integers(len(part))] for part in parts).capitalize()
        if word not in seen:
            seen.add(word)
            yield word
