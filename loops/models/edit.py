"""Token-level editing: tokens that the model was sure of are drawn anew, all others stay.

Source: Zhu et al. 2025, ToEdit (arXiv 2412.14689), algorithm 1; code `up_revise` of Xuekai-Zhu/toedit.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from loops.key import Key
from loops.model import Sampling, TokenEditing
from loops.models.decode import choosing_device
from loops.models.next_token import inverse_cdf, probabilities
from loops.models.token_pass import batches, padded, windows
from loops.models.tokenizer import Encoded, TextTokenizer
from loops.models.uniforms import text_keys, uniforms
from loops.samples import Sample, Samples

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedModel

RECORDED = ("threshold", "temperature", "top_k")


class Text(NamedTuple):
    """What is edited."""

    ids: Sequence[int]
    """Start token, prompt, completion."""
    first: int
    """Tokens before this stay as they are."""
    uniform: np.ndarray  # one for each of the last tokens, at least those from `first` on


def edit_texts(
    model: PreTrainedModel, tokenizer: TextTokenizer, texts: Samples, editing: TokenEditing, key: Key
) -> list[dict[str, Any]]:
    """Return the rows of edited texts: each with its text as parent, and the number of changed tokens as a score.

    The number that draws position i of a text hangs on the key, the text's id and i alone. A text of which no token
    changes is returned letter by letter; others are what their tokens decode to. End of text is never edited, nor is a
    first token that holds the end of the prompt.
    """
    rows, encoded = list(texts.text_rows()), tokenizer.encode(texts)
    contexts, tokens = [own.ids[: own.n_context] for own in encoded], [own.ids[own.n_context :] for own in encoded]
    # Letters of the prompt that a completion's first token holds: they stay out of the completion.
    shared = [
        max(len(read) - len(row.completion), 0) if row.prompt or row.messages else 0
        for row, read in zip(rows, tokenizer.decode(contexts, tokens), strict=True)
    ]
    keys = text_keys(key, [row.id for row in rows], 0)
    asked = [
        Text(own.ids, own.n_context + (letters > 0), uniforms([text_key], len(kept))[0])
        for own, letters, text_key, kept in zip(encoded, shared, keys, tokens, strict=True)
    ]
    special = {tokenizer.start_id, tokenizer.eos_id, tokenizer.pad_id, *tokenizer.tokenizer.all_special_ids}
    edited = edit_tokens(model, asked, editing, sorted(special))
    written = tokenizer.decode(contexts, [own[len(before) :] for own, before in zip(edited, contexts, strict=True)])
    origin = {"sampling": json.dumps({name: getattr(editing, name) for name in RECORDED})}
    return [
        _row(row, own, int(np.count_nonzero(np.array(own.ids) != np.array(new))), text[letters:])
        | origin
        | {"seed": text_key.digest}
        for row, own, new, text, letters, text_key in zip(rows, encoded, edited, written, shared, keys, strict=True)
    ]


def _row(row: Sample, own: Encoded, n_changed: int, text: str) -> dict[str, Any]:
    return {
        "prompt_id": row.prompt_id,
        "parents": [bytes.fromhex(row.id)],
        "scores": {"changed": float(n_changed)},
        "finish_reason": "stop" if own.ended else "length",
        "n_tokens": len(own.ids) - own.n_context + own.ended,
        "prompt": row.prompt,
        "messages": None if row.messages is None else [dict(message) for message in row.messages],
        "completion": text if n_changed else row.completion,
    }


def edit_tokens(
    model: PreTrainedModel, texts: Sequence[Text], editing: TokenEditing, barred_ids: Sequence[int]
) -> list[list[int]]:
    """Return the tokens of each text, those before `first` as they were.

    All tokens of a text are judged and drawn given the tokens before them as they were, not as they were edited.
    `barred_ids` are never drawn: an end in the middle of a text would be lost.
    """
    import torch

    ids = [np.array(text.ids, np.int64) for text in texts]
    plan = [
        part
        for index, text in enumerate(texts)
        for part in windows(index, len(text.ids), text.first, editing.window, editing.stride)
    ]
    edited = [own.copy() for own in ids]
    for batch in batches(plan, model.config.get_text_config().vocab_size):
        rows = padded([ids[part.text][part.begin : part.end] for part in batch], model)
        with torch.inference_mode():
            logits = model(input_ids=rows, use_cache=False).logits
            for part, row in zip(batch, logits, strict=True):
                places = slice(part.first_scored, part.end)
                before = row[part.first_scored - part.begin - 1 : part.end - part.begin - 1].to(choosing_device(model))
                own = torch.from_numpy(ids[part.text][places]).to(before.device)
                n_before = len(ids[part.text]) - len(texts[part.text].uniform)
                uniform = texts[part.text].uniform[part.first_scored - n_before : part.end - n_before]
                new = drawn_anew(before, own, torch.from_numpy(uniform), editing, barred_ids)
                edited[part.text][places] = new.cpu().numpy()
    return [own.tolist() for own in edited]


def drawn_anew(
    logits: Tensor, token: Tensor, uniform: Tensor, editing: TokenEditing, barred_ids: Sequence[int]
) -> Tensor:
    """Return each token, or where p(token) >= threshold one drawn from softmax(logits / temperature) over the top k.

    (n, vocab), (n,) and (n,) give (n,). What is drawn may be the token itself.
    """
    sure = logits.double().softmax(-1).gather(-1, token[:, None])[:, 0] >= editing.threshold
    if not sure.any():
        return token
    barred = logits.new_zeros((int(sure.sum()), logits.shape[1]), dtype=sure.dtype)
    barred[:, list(barred_ids)] = True
    candidates = probabilities(logits[sure], _sampling(editing), barred=barred)
    edited = token.clone()
    edited[sure] = inverse_cdf(candidates, uniform.to(sure.device)[sure][:, None])[:, 0]
    return edited


def _sampling(editing: TokenEditing) -> Sampling:
    return Sampling(
        max_new_tokens=1,
        min_new_tokens=0,
        temperature=editing.temperature,
        top_k=editing.top_k,
        top_p=1.0,
        repetition_penalty=1.0,
        decoder="generate",
        batch_size=1,
    )
