"""Likelihood margin: of the draws for a prompt, those that student 0 finds nearly as probable as the best one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from loops.errors import ConfigError
from loops.filters.whole_filter import WholeFilter
from loops.given import Given
from loops.key import Key
from loops.samples import Samples
from loops.verdicts import Verdicts


def resampled(score: np.ndarray, gamma: float, temperature: float, rng: np.random.Generator) -> np.ndarray:
    """Draw as many texts as there are scores, with replacement; return how often each was drawn, (n_texts,).

    Odds are exp(score / temperature) where score >= max(score) - gamma, and 0 elsewhere.
    """
    odds = np.where(score >= score.max() - gamma, np.exp((score - score.max()) / temperature), 0)
    return rng.multinomial(len(score), odds / odds.sum())


@dataclass(frozen=True, slots=True)
class LikelihoodMargin(WholeFilter):
    """Self-verification by a fixed student 0: scores the N draws for each prompt, keeps those within `gamma` nats of
    the best, and resamples N of them by a softmax over scores.

    A text that was drawn c times stays with weight c, so prompts keep their weight. This sharpens: expect
    head gains and a loss of diversity.

    Source: Fu et al. 2025, "Self-Verification Provably Prevents Model Collapse in Recursive Synthetic Training"
    (NeurIPS). Ours: N texts are resampled, where the paper leaves their number open to us; and the constants, which are
    to be swept.
    """

    gamma: float
    """Nats by which a text may lie below the best draw for its prompt, in units of `score`; above 0."""
    temperature: float
    """Of the softmax: the lower, the more copies of the best; above 0."""
    score: Literal["log_prob", "mean_log_prob"]
    """Nats of the whole text, or nats per token (which does not favour short texts)."""

    needs: ClassVar[tuple[str, ...]] = ("student_0_log_probs",)
    changes: ClassVar[str] = "weights"

    def __post_init__(self) -> None:
        if not (self.gamma > 0 and self.temperature > 0):
            raise ValueError(f"want gamma > 0 and temperature > 0, got {self.gamma} and {self.temperature}")

    def judge_all(self, samples: Samples, given: Given, key: Key) -> Verdicts:
        """Judge all texts; reasons of a drop are `below_margin` and, within it, `not_resampled`.

        Raises:
            ConfigError: no prompt has two draws, so each is the best of its own.
        """
        score = self._scores(given.student_0_log_probs, len(samples))
        prompts = np.array(samples.column("prompt_id").to_pylist(), object)
        order = np.lexsort((samples.ids(), prompts.astype(str)))  # no verdict depends on where a draw stands
        starts = np.flatnonzero(np.r_[True, prompts[order][1:] != prompts[order][:-1]])
        if len(starts) == len(samples):
            raise ConfigError(
                f"filters.likelihood_margin: each of {len(samples):,} prompts has one draw, which is the best of its "
                "own. Set generator.draws to 2 or more."
            )
        weight, reasons = np.zeros(len(samples)), np.full(len(samples), None, object)
        for mine in np.split(order, starts[1:]):
            rng = key.fold(str(prompts[mine[0]])).rng()
            weight[mine] = resampled(score[mine], self.gamma, self.temperature, rng)
            within = score[mine] >= score[mine].max() - self.gamma
            reasons[mine] = np.where(within, "not_resampled", "below_margin")
        reasons[weight > 0] = None
        return Verdicts.of(reasons.tolist(), weight)

    def _scores(self, scored: dict[str, np.ndarray], n_texts: int) -> np.ndarray:
        """Return the log-likelihood of each text under student 0, (n_texts,) in nats."""
        total = np.bincount(scored["document"], scored["nats"], n_texts)
        if self.score == "log_prob":
            return total
        tokens = np.bincount(scored["document"], minlength=n_texts)
        # A text without a token has no mean; it is worse than any, and the best of its own kind.
        return np.divide(total, tokens, out=np.full(n_texts, np.finfo(float).min), where=tokens > 0)
