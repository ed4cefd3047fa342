"""Beam search through transformers' own `generate`; nothing in it is random."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from loops.model import BeamSearch
from loops.models.decode import Drawn, until_eos
from loops.models.token_pass import score
from loops.models.tokenizer import Encoded

if TYPE_CHECKING:
    from transformers import PreTrainedModel


def search_beams(
    model: PreTrainedModel, prompts: Sequence[Sequence[int]], search: BeamSearch, eos_id: int, pad_id: int
) -> list[Drawn]:
    """Return the best completion of each prompt, in order.

    Prompts of one length are searched together, so nothing is padded: the library's repetition penalty takes padding
    for tokens that were written, and a text would depend on what it is searched beside.
    """
    import torch

    tokens: list[list[int]] = [[] for _ in prompts]
    for rows in _equally_long(prompts):
        ids = torch.tensor([list(prompts[row]) for row in rows], device=model.device)
        with torch.inference_mode():
            written = model.generate(  # type: ignore[operator]
                ids, attention_mask=torch.ones_like(ids), generation_config=_config(search, eos_id, pad_id)
            )
        for row, own in zip(rows, written[:, ids.shape[1] :].tolist(), strict=True):
            tokens[row] = until_eos(own, eos_id)
    return [Drawn(own, nats) for own, nats in zip(tokens, _nats(model, prompts, tokens, eos_id), strict=True)]


def _equally_long(prompts: Sequence[Sequence[int]]) -> Iterator[np.ndarray]:
    lengths = np.array([len(prompt) for prompt in prompts])
    for length in np.unique(lengths):
        yield np.flatnonzero(lengths == length)


def _nats(
    model: PreTrainedModel, prompts: Sequence[Sequence[int]], tokens: Sequence[Sequence[int]], eos_id: int
) -> list[float]:
    """Return the log-probability of each completion under the model itself: beam scores hold penalties."""
    if not prompts:
        return []
    # EOS is one of the tokens here, so no other follows; where tokens end in the text is not asked.
    texts = [
        Encoded([*prompt, *own], len(prompt), [0] * len(own), False)
        for prompt, own in zip(prompts, tokens, strict=True)
    ]
    scored = score(model, texts, eos_id, window=max(len(text.ids) for text in texts), stride=1)
    nats: list[float] = np.bincount(scored.document, scored.nats, len(texts)).tolist()
    return nats


def _config(search: BeamSearch, eos_id: int, pad_id: int) -> Any:
    from transformers import GenerationConfig

    return GenerationConfig(  # type: ignore[no-untyped-call]
        max_new_tokens=search.max_new_tokens,
        min_new_tokens=search.min_new_tokens,
        do_sample=False,
        num_beams=search.num_beams,
        num_return_sequences=1,
        length_penalty=search.length_penalty,
        early_stopping=search.early_stopping,
        repetition_penalty=search.repetition_penalty,
        use_cache=True,
        eos_token_id=eos_id,
        pad_token_id=pad_id,
        return_dict_in_generate=False,
    )
