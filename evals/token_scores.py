"""What a model thinks of one text: the probability of each token, and of the one that it would have bet on."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt


class TokenScores(NamedTuple):
    """One entry per scored token of a text, EOS included where the text ended by itself."""

    nats: npt.NDArray[np.floating]
    """Natural log-probability of the token given its past; at most 0.  # (n_tokens,)"""
    top_nats: npt.NDArray[np.floating]
    """That of the most probable token in its place; at least `nats`.  # (n_tokens,)"""

    @property
    def is_top(self) -> npt.NDArray[np.bool_]:
        """Whether the token is one of the most probable.  # (n_tokens,)"""
        return np.asarray(self.nats >= self.top_nats)

    @property
    def confidence(self) -> npt.NDArray[np.float64]:
        """Probability of the most probable token in each place, in (0, 1].  # (n_tokens,)"""
        return np.exp(np.asarray(self.top_nats, dtype=np.float64))
