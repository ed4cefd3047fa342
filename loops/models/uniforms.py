"""The random numbers of texts: one uniform for each (text, position), whatever else is drawn beside it.

Each text has a Philox generator of its own, keyed by the 128 bits of its key. Philox is counter-based: the
number at position i is a function of (key, i) alone, so a text reads the same uniforms in any order, batch or
process, and a higher limit of tokens only appends. Doubles carry 53 bits: a token of probability p is drawn
with p up to 1.1e-16.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from loops.key import Key


def text_keys(key: Key, prompt_ids: Sequence[str], draw: int) -> list[Key]:
    """Return the key of each text."""
    return [key.fold(prompt_id, draw) for prompt_id in prompt_ids]


def uniforms(keys: Sequence[Key], n_positions: int) -> np.ndarray:
    """Return the uniforms of texts in [0, 1), (n_texts, n_positions) float64."""
    table = np.empty((len(keys), n_positions))
    for row, key in zip(table, keys, strict=True):
        key.rng().random(out=row)
    return table
