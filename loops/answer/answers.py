"""What components of the group `answer` say of texts."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Answers(NamedTuple):
    """The answer that each text gives, and whether it is correct."""

    answer: list[str | None]
    """Equal strings for equal answers; None: the text gives none."""
    correct: np.ndarray  # (n_texts,)
    """1 or 0; NaN where nothing says what is correct."""
