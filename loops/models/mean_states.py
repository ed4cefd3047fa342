"""Texts as the mean of what a model's last layer makes of their tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from loops.models.token_pass import batches, padded, windows

if TYPE_CHECKING:
    from transformers import PreTrainedModel


def mean_states(model: PreTrainedModel, rows: Sequence[np.ndarray], window: int | None) -> np.ndarray:
    """Return the mean over each text's tokens of the last hidden states, (n_texts, hidden_size), float32.

    A row begins with the start token, which is read and not counted: its state is the same in every text. Texts
    longer than `window` tokens are read in windows that move by half of it, and each token counts once; None: the
    model holds any length. A text without tokens is all zeros.
    """
    import torch

    config = model.config.get_text_config()
    longest = max((len(row) for row in rows), default=0)
    at_once = max(longest if window is None else min(window, longest), 2)
    sums = np.zeros((len(rows), config.hidden_size))
    plan = [part for text, row in enumerate(rows) for part in windows(text, len(row), 1, at_once, at_once // 2)]
    for batch in batches(plan, config.vocab_size):
        with torch.inference_mode():
            ids = padded([rows[part.text][part.begin : part.end] for part in batch], model)
            states = model.base_model(input_ids=ids, use_cache=False).last_hidden_state.float()
            for part, row in zip(batch, states, strict=True):
                counted = row[part.first_scored - part.begin : part.end - part.begin]
                sums[part.text] += counted.sum(dim=0).cpu().numpy()
    n_tokens = np.array([max(len(row) - 1, 1) for row in rows])
    return np.asarray(sums / n_tokens[:, None], np.float32)
