"""What theory expects of a policy that is fitted, round by round, to those of its own answers that a verifier keeps.

A world of prompts is drawn from by student g, a noisy verifier keeps a correct answer with chance phi and a wrong one
with chance psi, and student g + 1 gives each prompt's answers the frequencies of what was kept. Student 0 is the
world's own policy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats  # type: ignore[import-untyped, unused-ignore]

FloatArray = npt.NDArray[np.float64]
Figure = Callable[[FloatArray], FloatArray]
"""Of chances to solve a prompt in one draw, element by element."""

MOST_DRAWS = 64
"""Draws up to which the chain is followed: it has about 0.3 draws^2 states."""


def solve_rate_quantiles(prompts: int, answers: int, correct: int, concentration: float) -> FloatArray:
    """Return the chance that student 0 solves each prompt in one draw, hardest first, (prompts,).

    Answers of a prompt that are Dirichlet distributed with one `concentration` each have a correct share that follows
    Beta(concentration * correct, concentration * (answers - correct)), of mean correct / answers; taken are its
    quantiles at (i + 1/2) / prompts, so that every world of these settings has one and the same range of difficulty.
    """
    share = (np.arange(prompts) + 0.5) / prompts
    return np.asarray(stats.beta.ppf(share, concentration * correct, concentration * (answers - correct)))


def odds_rule(rates: FloatArray, phi: float, psi: float, learning_rate: float, rounds: int) -> FloatArray:
    """Return each prompt's chance to be solved after 0..rounds rounds of infinitely many draws, (rounds + 1, prompts).

    What is kept has odds (phi / psi) times the policy's; the policy moves by `learning_rate` towards it. At
    `learning_rate` 1 that is O13: logit(rate_g) = logit(rate_0) + g ln(phi / psi). A prompt of which nothing is kept
    stays as it is.
    """
    found = [rates]
    for _ in range(rounds):
        now = found[-1]
        right, wrong = phi * now, psi * (1 - now)
        kept = np.divide(right, right + wrong, out=now.copy(), where=right + wrong > 0)
        found.append(now + learning_rate * (kept - now))
    return np.stack(found)


def finite_draws(
    rates: FloatArray, draws: int, phi: float, psi: float, rounds: int, figures: Sequence[Figure]
) -> FloatArray:
    """Return the mean over prompts of E figure(rate) after 0..rounds rounds of `draws` draws, (rounds + 1, n_figures).

    At learning rate 1 a prompt's chance to be solved is the share a / (a + b) of a correct and b wrong answers that
    were kept, with (a, b) multinomial given the chance before, or stays when nothing was kept. That is a Markov chain
    over the fractions with denominators up to `draws`, followed backwards and exactly.
    """
    a, b = np.array([(a, m - a) for m in range(1, draws + 1) for a in range(m + 1)]).T
    # Equal fractions are equal doubles, since division is correctly rounded.
    states, to = np.unique(a / (a + b), return_inverse=True)
    now = np.concatenate([rates, states])[:, np.newaxis]
    some = phi * now + psi * (1 - now)  # the chance of one draw to be kept
    right = np.divide(phi * now, some, out=np.zeros_like(some), where=some > 0)
    chance = stats.binom.pmf(a + b, draws, some) * stats.binom.pmf(a, a + b, right)  # (n_states, n_pairs)
    by_state = np.argsort(to, kind="stable")
    starts = np.flatnonzero(np.diff(to[by_state], prepend=-1))
    step = np.add.reduceat(chance[:, by_state], starts, axis=1)  # (n_states, n_fractions)
    stays = stats.binom.pmf(0, draws, some)  # (n_states, 1)
    # By rounds to come: what is expected after them, given the chance now.
    values = [np.stack([figure(now[:, 0]) for figure in figures], axis=1)]
    for _ in range(rounds):
        values.append(step @ values[-1][len(rates) :] + stays * values[-1])
    return np.stack([np.mean(value[: len(rates)], axis=0) for value in values])


@dataclass(frozen=True, slots=True)
class VerifiedPolicy:
    """Expected accuracy, pass@k and unreachable prompts of a policy under a noisy verifier.

    Exact for infinitely many draws; for up to 64 at learning rate 1; and else, where the verifier cannot tell
    (phi = psi), for accuracy, which is then a martingale. There is no curve where no law is exact.
    """

    prompts: int
    """Number of prompts of the source."""
    answers: int
    """Answers of each prompt."""
    correct: int
    """How many of them are correct."""
    concentration: float
    """Dirichlet concentration of the source."""
    draws: int | None
    """Draws of each prompt in a generation; null: infinitely many."""
    true_positive_rate: float
    """phi: the chance of the verifier to keep a correct answer."""
    false_positive_rate: float
    """psi: the chance to keep a wrong one."""
    learning_rate: float
    """Step of the policy towards what was kept, in (0, 1]."""
    k: tuple[int, ...]
    """Draws of pass@k, those of `known_policy`."""
    floor: float
    """Chance to be solved below which a prompt is unreachable, that of `known_policy`."""

    def __post_init__(self) -> None:
        rates = (self.true_positive_rate, self.false_positive_rate)
        if not 0 <= min(rates) <= max(rates) <= 1 or max(rates) == 0 or not 0 < self.learning_rate <= 1:
            raise ValueError(
                f"got rates {rates} and learning_rate {self.learning_rate}, want rates in [0, 1], one of them above 0, "
                "and a learning rate in (0, 1]"
            )
        if self.draws is not None and self.draws < 1:
            raise ValueError(f"draws: got {self.draws}, want at least 1, or null for infinitely many")

    def curves(self, generations: int) -> dict[str, tuple[FloatArray, str]]:
        """Return, for each measure with an exact law, the expectation in generations 0..generations and its law."""
        rates = solve_rate_quantiles(self.prompts, self.answers, self.correct, self.concentration)
        phi, psi = self.true_positive_rate, self.false_positive_rate
        figures = self._figures()
        if self.draws is None:
            students = odds_rule(rates, phi, psi, self.learning_rate, generations)
            law = "odds x phi/psi" if self.learning_rate == 1 else "step towards odds x phi/psi"
            return {name: (np.mean(figure(students), axis=1), law) for name, figure in figures.items()}
        if self.learning_rate == 1 and self.draws <= MOST_DRAWS:
            expected = finite_draws(rates, self.draws, phi, psi, generations, list(figures.values()))
            return {name: (curve, "exact multinomial chain") for name, curve in zip(figures, expected.T, strict=True)}
        if phi == psi and 1 in self.k:
            accuracy = np.full(generations + 1, np.mean(rates))
            return {"student/known_policy/pass_at_1": (accuracy, "martingale")}
        return {}

    def _figures(self) -> dict[str, Figure]:
        """Return each measure as a function of the chance to solve a prompt; unbiased estimates share it."""

        def reached(k: int) -> Figure:
            return lambda rate: 1 - (1 - rate) ** k

        exact = {f"student/known_policy/pass_at_{k}": reached(k) for k in self.k}
        estimated = {f"sampled/pass_at_k/{k}": reached(k) for k in self.k if self.draws is not None and k <= self.draws}
        unreachable: dict[str, Figure] = {
            "student/known_policy/unreachable": lambda rate: (rate < self.floor).astype(np.float64)
        }
        return {**exact, **estimated, **unreachable}
