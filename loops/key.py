"""Random numbers by name: a key is folded from words and numbers and is the same wherever it is made again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Key:
    """A splittable random key: a value, never a counter, so a resumed run draws what an uninterrupted one draws."""

    digest: str
    """32 hexadecimal digits."""

    @classmethod
    def root(cls, seed: int) -> Key:
        """Return the key that all keys of a run with this seed are folded from."""
        return cls("0" * 32).fold("seed", seed)

    def fold(self, *parts: str | int) -> Key:
        """Return another key, named by `parts`; `fold(a).fold(b)` equals `fold(a, b)`."""
        digest = self.digest
        for part in parts:
            if isinstance(part, bool) or not isinstance(part, (str, int)):
                raise TypeError(f"Key.fold: got {part!r}, want words and whole numbers.")
            # The letter keeps the word "1" and the number 1 apart.
            tagged = f"{digest}{'s' if isinstance(part, str) else 'i'}{part}"
            digest = hashlib.blake2b(tagged.encode(), digest_size=16).hexdigest()
        return Key(digest)

    def rng(self) -> np.random.Generator:
        """Return a fresh generator, always from its first number; counter-based (Philox), keyed by all 128 bits."""
        return np.random.Generator(np.random.Philox(key=int(self.digest, 16)))

    def seed(self) -> int:
        """Return a whole number in [0, 2**31) for libraries that take a seed."""
        return int(self.digest[:8], 16) >> 1
