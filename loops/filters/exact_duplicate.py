"""Drop texts that were seen before, word for word."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

from evals.words import words
from loops.given import Given
from loops.key import Key
from loops.samples import Samples
from loops.verdicts import Verdicts

DIGEST_BYTES = 16


@dataclass(frozen=True, slots=True)
class ExactDuplicate:
    """Keeps the first of equal texts, over all shards; remembers 16 bytes of each."""

    normalise: Literal["none", "white_space", "words"]
    """What counts as equal: `none`: character by character; `white_space`: up to white space; `words`: up to
    white space, punctuation and case."""

    kinds: ClassVar[tuple[str, ...]] = ("text", "array", "vector")
    needs: ClassVar[tuple[str, ...]] = ()

    def judge(self, shards: Iterable[Samples], given: Given, key: Key) -> Iterator[Verdicts]:
        """Yield the verdicts of each shard; the reason of a drop is `duplicate`.

        Rows of a closed-form world are equal when replica and value are.
        """
        seen: set[bytes] = set()
        for shard in shards:
            reasons: list[str | None] = []
            for content in self._contents(shard):
                name = hashlib.blake2b(content, digest_size=DIGEST_BYTES).digest()
                reasons.append("duplicate" if name in seen else None)
                seen.add(name)
            yield Verdicts.of(reasons)

    def _contents(self, shard: Samples) -> Iterator[bytes]:
        if shard.kind == "text":
            for text in shard.texts():
                # A lone surrogate is no UTF-8 and still a text.
                yield normalised(text, self.normalise).encode("utf-8", "surrogatepass")
        else:
            for replica, value in zip(shard.numbers("replica"), shard.values(), strict=True):
                yield replica.tobytes() + value.tobytes()


def normalised(text: str, how: str) -> str:
    """Return the form in which texts are compared; `how` as `ExactDuplicate.normalise`."""
    if how == "none":
        return text
    if how == "white_space":
        return " ".join(text.split())
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(word for word in words(folded) if word[0].isalnum())
