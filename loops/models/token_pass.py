"""Log-probabilities of given texts: long ones in windows, all in batches of similar length."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from loops.model import TokenPass
from loops.models.tokenizer import Encoded

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedModel

# Logits held at once; 2**24 in float32 are 64 MiB.
LOGITS_IN_BATCH = 1 << 24


class Window(NamedTuple):
    """A stretch of one text that the model reads in one go."""

    text: int
    begin: int
    end: int
    first_scored: int
    """Tokens from here to `end` are scored; those before are context, or were scored by the window before."""


def score(model: PreTrainedModel, texts: Sequence[Encoded], eos_id: int, window: int, stride: int) -> TokenPass:
    """Score the completion of each text, EOS included where the text ended by itself.

    A text longer than `window` tokens is read in windows that move by `stride`: each token is scored once,
    with at least `window - stride` tokens before it, except near the start, where it has all there are.
    """
    ids = [np.array([*text.ids, *([eos_id] if text.ended else [])], np.int64) for text in texts]
    nats = [np.zeros((len(own), 2), np.float32) for own in ids]  # of the token, and of the most probable one
    plan = [
        part
        for index, text in enumerate(texts)
        for part in windows(index, len(ids[index]), text.n_context, window, stride)
    ]
    for batch in batches(plan, model.config.get_text_config().vocab_size):
        log_probs = _token_and_top_nats(model, [ids[part.text][part.begin : part.end] for part in batch])
        for part, row in zip(batch, log_probs, strict=True):
            scored = slice(part.first_scored - part.begin - 1, part.end - part.begin - 1)
            nats[part.text][part.first_scored : part.end] = row[scored]
    return _joined(texts, ids, nats)


def windows(text: int, n_tokens: int, n_context: int, window: int, stride: int) -> Iterator[Window]:
    """Yield the windows that together score tokens `n_context` and later, each once.

    Raises:
        ValueError: the stride does not fit the window.
    """
    if not 0 < stride <= window - 1:
        raise ValueError(f"stride: got {stride} for a window of {window} tokens, want 1 to {window - 1}.")
    begin, end, scored = 0, min(window, n_tokens), max(n_context, 1)
    while True:
        if end > scored:
            yield Window(text, begin, end, scored)
            scored = end
        if end == n_tokens:
            return
        begin += stride
        end = min(begin + window, n_tokens)


def token_nats(model: PreTrainedModel, rows: Sequence[np.ndarray]) -> np.ndarray:
    """Return log-probabilities of each token but the first, given those before, (n_rows, longest - 1)."""
    nats: np.ndarray = _token_and_top_nats(model, rows)[..., 0]
    return nats


def _token_and_top_nats(model: PreTrainedModel, rows: Sequence[np.ndarray]) -> np.ndarray:
    """Return log-probabilities of each token but the first and of the most probable one, (n_rows, longest - 1, 2).

    What padding gets means nothing.
    """
    import torch

    ids = padded(rows, model)
    with torch.inference_mode():
        logits = model(input_ids=ids, use_cache=False).logits[:, :-1]
        return _picked(logits, ids[:, 1:]).cpu().numpy()


def padded(rows: Sequence[np.ndarray], model: PreTrainedModel) -> Tensor:
    """Return token ids where the model is, (n_rows, longest).

    Padding stands at the end, where a causal model's earlier positions cannot see it.
    """
    import torch

    ids = np.zeros((len(rows), max(len(row) for row in rows)), np.int64)
    for i, row in enumerate(rows):
        ids[i, : len(row)] = row
    return torch.from_numpy(ids).to(model.device)


def _picked(logits: Tensor, targets: Tensor) -> Tensor:
    import torch

    scores = logits.float()
    chosen = scores.gather(-1, targets[..., None])
    return (torch.cat([chosen, scores.amax(-1, keepdim=True)], -1) - scores.logsumexp(-1, keepdim=True)).clamp(max=0.0)


def batches(plan: Sequence[Window], vocab_size: int) -> Iterator[list[Window]]:
    """Yield windows of similar length, as many as may have their logits in memory at once."""
    tokens = max(LOGITS_IN_BATCH // vocab_size, 1)
    batch: list[Window] = []
    for part in sorted(plan, key=lambda part: part.end - part.begin):
        if batch and (len(batch) + 1) * (part.end - part.begin) > tokens:
            yield batch
            batch = []
        batch.append(part)
    if batch:
        yield batch


def _joined(texts: Sequence[Encoded], ids: Sequence[np.ndarray], nats: Sequence[np.ndarray]) -> TokenPass:
    n_scored = [len(own) - text.n_context for own, text in zip(ids, texts, strict=True)]
    ends = [np.array([*text.ends, *([-1] if text.ended else [])], np.int32) for text in texts]
    starts = [text.n_context for text in texts]
    empty = np.zeros(0)
    scores = np.concatenate([np.zeros((0, 2)), *(own[at:] for own, at in zip(nats, starts, strict=True))])
    return TokenPass(
        document=np.repeat(np.arange(len(texts), dtype=np.int32), n_scored),
        token=np.concatenate([empty, *(own[at:] for own, at in zip(ids, starts, strict=True))]).astype(np.int32),
        nats=scores[:, 0].astype(np.float32),
        top_nats=scores[:, 1].astype(np.float32),
        end=np.concatenate([empty, *ends]).astype(np.int32),
    )
