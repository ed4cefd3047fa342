"""Verifier rates: how well the filters tell correct draws from wrong ones, against the truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evals.graded import Graded, kept_of


def verifier_rates(graded: Sequence[Graded]) -> dict[str, float]:
    """Return how often the filters keep a correct draw, how often a wrong one, and what that allows.

    true_positive    phi, share of correct draws that are kept; range [0, 1]
    false_positive   psi, share of wrong draws that are kept; range [0, 1]
    threshold        p* = 1 / (1 + psi / phi) = phi / (phi + psi): training on what is kept succeeds while the share of
                     wrong draws is below it; 1/2 for a filter that cannot tell, 1 for one that keeps no wrong draw
    Over all draws together, each counted once; a draw is kept when any weight was left it.

    Source: Feng et al. 2024 (arXiv 2406.07515), whose p* is derived for labels of a linear classifier.

    Raises:
        ValueError: no prompts, nothing that judged, no correct or no wrong draw, or nothing kept.
    """
    kept = np.concatenate(kept_of("verifier_rates", graded)) > 0
    correct = np.concatenate([prompt.correct for prompt in graded])
    if correct.all() or not correct.any() or not kept.any():
        raise ValueError(
            f"verifier_rates: {np.sum(correct)} of {len(correct)} draws are correct and {np.sum(kept)} kept, want 1 or "
            "more that is correct, 1 that is wrong and 1 that is kept. Draw more."
        )
    true_positive, false_positive = float(np.mean(kept[correct])), float(np.mean(kept[~correct]))
    return {
        "true_positive": true_positive,
        "false_positive": false_positive,
        "threshold": true_positive / (true_positive + false_positive),
    }


@dataclass(frozen=True, slots=True)
class VerifierRates:
    """Rates of the loop's filters, all together, against the truth; it has no settings."""

    kinds: ClassVar[tuple[str, ...]] = ("text", "array")
    reads: ClassVar[str] = "graded"
    views: ClassVar[tuple[str, ...]] = ("drawn",)
    needs: ClassVar[tuple[str, ...]] = ("graded",)
    interval: ClassVar[str] = "jackknife"
    better: ClassVar[Mapping[str, str]] = {"true_positive": "higher", "false_positive": "lower", "threshold": "higher"}

    def measure(self, graded: Sequence[Graded], given: object) -> dict[str, float]:
        """Return both rates and the threshold."""
        return verifier_rates(graded)
