"""Detector-weighted resampling: texts that a detector takes for human are kept more often."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from evals.words import words
from loops.errors import StageError
from loops.filters.random import row_uniforms
from loops.filters.whole_filter import WholeFilter
from loops.given import Given
from loops.key import Key
from loops.rows import Rows
from loops.samples import Samples
from loops.verdicts import Verdicts

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


def copies(log_odds: np.ndarray, uniforms: np.ndarray, n: int) -> np.ndarray:
    """Draw `n` texts without replacement from a bag with some copies of each; return how often each was drawn.

    `log_odds` (n_texts,) are the logarithms of the odds of each copy, `uniforms` (n_texts, max_repeats) one number in
    [0, 1) for each. Each copy gets the arrival time of an exponential clock, and the first `n` to arrive are drawn
    (Efraimidis and Spirakis 2006): in logarithms, since the odds of a tenth power underflow.

    Raises:
        ValueError: `n` is more than there are copies.
    """
    if n > uniforms.size:
        raise ValueError(f"copies: {n} are to be drawn of {uniforms.size}. Lower upsample_factor.")
    log_arrival = np.log(-np.log1p(-uniforms)) - log_odds[:, None]  # (n_texts, max_repeats)
    first = np.argsort(log_arrival, axis=None, kind="stable")[:n]
    return np.bincount(first // uniforms.shape[1], minlength=len(log_odds))


@dataclass(frozen=True, slots=True)
class Detector(WholeFilter):
    """Resamples what was drawn by odds (1 - confidence)^bias_factor, where confidence is that a machine wrote a text.

    round(upsample_factor * n) texts are drawn without replacement from a bag that holds `max_repeats` copies of each of
    n texts. A text that was drawn c times stays with weight c, so it stands c times in an epoch of training; where a
    mixer draws a corpus of a set size, c is its odds. One that was not drawn is dropped.

    The detector is a logistic regression on hashed n-grams, fitted to drawn texts and as many human train texts, taken
    at random. All confidences are cross-fitted: no text is judged by a detector that was fitted to it.

    Source: Drayson et al. 2025 (arXiv 2502.15654) and its code. Ours differs: their detector is a ModernBERT fitted
    beforehand to other machines' texts, and the resampling covers human texts in the mixture too.
    """

    bias_factor: float
    """Power of 1 - confidence; at least 0, where 0 ignores the detector."""
    upsample_factor: float
    """Texts after resampling, for each text before; in (0, max_repeats]."""
    max_repeats: int
    """Most copies of one text."""
    analyzer: Literal["word", "char_wb"]
    """n-grams of words, or of characters within words."""
    min_n: int
    """Shortest n-gram."""
    max_n: int
    """Longest n-gram."""
    n_features: int
    """Numbers that n-grams are hashed to."""
    C: float
    """Inverse strength of the L2 penalty, as scikit-learn calls it."""
    folds: int
    """Parts of the texts that take turns as held-out rows."""
    max_words: int
    """Both sides are read up to so many words, so that length alone gives little away."""

    needs: ClassVar[tuple[str, ...]] = ("human",)
    changes: ClassVar[str] = "weights"

    def __post_init__(self) -> None:
        if self.bias_factor < 0 or self.max_repeats < 1 or not 0 < self.upsample_factor <= self.max_repeats:
            raise ValueError(
                f"want bias_factor >= 0, max_repeats >= 1 and 0 < upsample_factor <= max_repeats, got "
                f"{self.bias_factor}, {self.max_repeats} and {self.upsample_factor}"
            )
        if not 1 <= self.min_n <= self.max_n or self.n_features < 2 or not self.C > 0:
            raise ValueError("want 1 <= min_n <= max_n, n_features >= 2 and C > 0")
        if self.folds < 2 or self.max_words < 1:
            raise ValueError(f"want folds >= 2 and max_words >= 1, got {self.folds} and {self.max_words}")

    def judge_all(self, samples: Samples, given: Given, key: Key) -> Verdicts:
        """Judge all texts; the reason of a drop is `detected`. Its figure is the `auroc` of held-out rows.

        Raises:
            StageError: too few texts to hold some out.
        """
        human: Samples = given.human.samples() if isinstance(given.human, Rows) else given.human
        human = human.select(np.argsort(row_uniforms(human, key.fold("human")))[: len(samples)])
        if min(len(human), len(samples)) < self.folds:
            raise StageError(
                f"filters.detector: got {len(samples)} drawn and {len(human)} human texts, want at least one of each "
                f"for each of {self.folds} folds. Draw more, or lower folds."
            )
        order = np.argsort(row_uniforms(samples, key))  # folds are cut by place
        confidence, auroc = self._held_out(human.texts(), samples.select(order).texts(), key)
        log_odds = np.empty(len(samples))
        with np.errstate(divide="ignore"):
            log_odds[order] = self.bias_factor * np.log1p(-confidence) if self.bias_factor else 0.0
        uniforms = np.column_stack([row_uniforms(samples, key.fold("copy", c)) for c in range(self.max_repeats)])
        weight = copies(log_odds, uniforms, round(self.upsample_factor * len(samples)))
        reasons = [None if count else "detected" for count in weight.tolist()]
        return Verdicts.of(reasons, weight.astype(float), {"auroc": auroc})

    def _held_out(self, human: Sequence[str], drawn: Sequence[str], key: Key) -> tuple[np.ndarray, float]:
        """Return the confidence in each drawn text, (n_drawn,), and the detector's AUROC; both of held-out rows."""
        from sklearn.metrics import roc_auc_score
        from sklearn.model_selection import StratifiedKFold, cross_val_predict

        written_by_machine = np.repeat([0, 1], [len(human), len(drawn)])
        parts = StratifiedKFold(self.folds, shuffle=True, random_state=key.fold("folds").seed())
        texts = [self._opening(text) for text in (*human, *drawn)]
        probability = cross_val_predict(self._pipeline(), texts, written_by_machine, cv=parts, method="predict_proba")
        machine = probability[:, 1]
        return machine[len(human) :], float(roc_auc_score(written_by_machine, machine))

    def _opening(self, text: str) -> str:
        return " ".join(islice(words(text), self.max_words))

    def _pipeline(self) -> Pipeline:
        from sklearn.feature_extraction.text import HashingVectorizer
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline

        hashing = HashingVectorizer(
            n_features=self.n_features, ngram_range=(self.min_n, self.max_n), analyzer=self.analyzer,
            token_pattern=r"\S+", lowercase=False, norm="l2",
        )  # fmt: skip
        return make_pipeline(hashing, LogisticRegression(C=self.C, class_weight="balanced", solver="liblinear"))
