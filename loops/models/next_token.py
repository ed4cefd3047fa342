"""From logits to the next token: the distribution in float64, and the inverse of its summed probabilities.

float32 would lose the tail that is measured here: a float32 sum near 1 moves in steps of 6e-8, and float32
Gumbel noise never reaches a token rarer than that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from loops.model import Sampling

if TYPE_CHECKING:
    from torch import Tensor


class NextToken(NamedTuple):
    """One drawn token for each text."""

    token: Tensor  # (n_texts,) int64
    nats: Tensor  # (n_texts,) float64, log-probability under the model itself: no temperature, no truncation


def probabilities(
    logits: Tensor, sampling: Sampling, written: Tensor | None = None, barred: Tensor | None = None
) -> Tensor:
    """Return the distribution that is drawn from, (n_texts, vocab) float64.

    In order: barred tokens, repetition penalty, temperature, top_k, top_p. Tokens that tie with the k-th are all
    kept. `written` marks the tokens of each completion so far, and `barred` those that may not come next,
    (n_texts, vocab) each; unlike transformers, the prompt is not penalised.
    """
    scores = logits.double()
    if barred is not None:
        scores = scores.masked_fill(barred, float("-inf"))
    if sampling.repetition_penalty != 1 and written is not None:
        penalty = sampling.repetition_penalty
        scores = scores.where(~written, (scores / penalty).where(scores > 0, scores * penalty))
    if sampling.temperature != 1:
        scores = scores / sampling.temperature
    if 0 < sampling.top_k < scores.shape[-1]:
        least = scores.topk(sampling.top_k, dim=-1).values[:, -1:]
        scores = scores.masked_fill(scores < least, float("-inf"))
    kept = scores.softmax(-1)
    return kept if sampling.top_p == 1 else _nucleus(kept, sampling.top_p)


def _nucleus(full: Tensor, top_p: float) -> Tensor:
    """Keep the smallest set of tokens with mass top_p or more (Holtzman et al. 2020), renormalised."""
    ordered, order = full.sort(dim=-1, descending=True, stable=True)
    before = ordered.cumsum(-1) - ordered
    kept = ordered.masked_fill(before >= top_p, 0.0)
    kept = kept / kept.sum(-1, keepdim=True)
    return full.new_zeros(full.shape).scatter(-1, order, kept)


def inverse_cdf(probabilities: Tensor, uniform: Tensor) -> Tensor:
    """Return the first token whose summed probability exceeds each uniform; never one of mass 0.

    (n_texts, vocab) and (n_texts, n_draws) give (n_texts, n_draws).
    """
    import torch

    summed = probabilities.cumsum(-1)
    total = summed[:, -1:]
    # Rounding may lift u * total to the total itself, which no sum exceeds.
    aim = torch.minimum(uniform * total, torch.nextafter(total, torch.zeros_like(total)))
    return torch.searchsorted(summed, aim, right=True)


def too_early(position: Tensor, sampling: Sampling, eos_id: int, vocab_size: int) -> Tensor | None:
    """Bar the end of text where a completion holds fewer than `min_new_tokens`, (n_texts, vocab); None: nowhere.

    `position` is how many tokens each completion holds, (n_texts,).
    """
    if sampling.min_new_tokens == 0:
        return None
    early = position < sampling.min_new_tokens
    barred = early.new_zeros((len(early), vocab_size))
    barred[:, eos_id] = early
    return barred


def next_token(
    logits: Tensor,
    uniform: Tensor,
    sampling: Sampling,
    written: Tensor | None = None,
    barred: Tensor | None = None,
) -> NextToken:
    """Draw one token for each row of logits."""
    drawn_from = probabilities(logits, sampling, written, barred)
    token = inverse_cdf(drawn_from, uniform[:, None])  # (n_texts, 1)
    if barred is None and is_untouched(sampling):
        nats = drawn_from.gather(-1, token).log()
    else:
        nats = logits.double().log_softmax(-1).gather(-1, token)
    return NextToken(token[:, 0], nats[:, 0])


def is_untouched(sampling: Sampling) -> bool:
    """Return whether the model's own distribution is drawn from."""
    return (
        sampling.temperature == 1 and sampling.top_k == 0 and sampling.top_p == 1 and sampling.repetition_penalty == 1
    )
