"""What a student thinks of texts: the log-probability of each token given its past, as flat arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_ABOVE_ZERO = 1e-6  # a log-softmax in single precision can land this far above log 1


@dataclass(frozen=True, slots=True, eq=False)
class LogProbs:
    """One entry per scored token; `texts` holds exactly what the tokens cover.

    Raises:
        ValueError: on making it, when it is empty, the arrays differ in length, or an entry is out of range.
    """

    document: npt.NDArray[np.integer]
    """Index into `texts` of the document that the token belongs to."""
    token: npt.NDArray[np.integer]
    """Id of the token in its vocabulary."""
    nats: npt.NDArray[np.floating]
    """Natural log-probability of the token given its past; at most 0."""
    word: npt.NDArray[np.integer]
    """Index, among the words of its document, of the word that the token goes to (`words.token_words`);
    -1 for a token that stands for no text, such as EOS."""
    texts: Sequence[str]
    """The scored texts; one that was cut is given as cut, since every word of it is counted."""

    def __post_init__(self) -> None:
        shapes = {name: np.shape(getattr(self, name)) for name in ("document", "token", "nats", "word")}
        if len(set(shapes.values())) != 1 or len(shapes["nats"]) != 1:
            raise ValueError(f"LogProbs: arrays have shapes {shapes}, want one entry per token in each.")
        if not self.texts or not len(self.nats):
            raise ValueError(f"LogProbs: got {len(self.nats)} tokens of {len(self.texts)} texts, want 1 or more.")
        for name in ("document", "token", "word"):
            if not np.issubdtype(getattr(self, name).dtype, np.integer):
                raise ValueError(f"LogProbs: {name} has type {getattr(self, name).dtype}, want whole numbers.")
        wrong = ~(np.isfinite(self.nats) & (self.nats <= _ABOVE_ZERO))
        if np.any(wrong):
            raise ValueError(
                f"LogProbs: {np.sum(wrong)} of {len(wrong)} log-probabilities are not finite or above 0, the "
                f"first is {self.nats[wrong][0]} at token {int(np.argmax(wrong))}. Look for an overflow."
            )
        _check_range("document", self.document, 0, len(self.texts))
        _check_range("token", self.token, 0, None)
        _check_range("word", self.word, -1, None)

    @property
    def special(self) -> npt.NDArray[np.bool_]:
        """True for tokens that stand for no text."""
        return np.asarray(self.word < 0)

    def per_document(self, values: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Sum one value per token over each document, with 0 for a document without tokens."""
        weights = np.asarray(values, dtype=np.float64)
        sums = np.bincount(self.document, weights=weights, minlength=len(self.texts))
        return np.asarray(sums, dtype=np.float64)


def _check_range(name: str, values: npt.NDArray[np.integer], low: int, end: int | None) -> None:
    wrong = values < low if end is None else (values < low) | (values >= end)
    if np.any(wrong):
        allowed = f"{low} or more" if end is None else f"{low} to {end - 1}"
        raise ValueError(f"LogProbs: {name} is {values[wrong][0]} at token {int(np.argmax(wrong))}, want {allowed}.")
