"""Drawing through transformers' own `generate`: any model works.

`generate` runs its greedy search over scores that leave one token: the one that the text's uniform at this
position picks from the model's distribution. Nothing of the library's sampling takes part.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from loops.model import Sampling
from loops.models.next_token import next_token, too_early

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedModel


@dataclass(frozen=True, slots=True)
class Order:
    """Texts to draw."""

    prompts: Sequence[Sequence[int]]
    """Tokens before each completion; never empty."""
    uniforms: Callable[[np.ndarray], np.ndarray]
    """Texts (n,) -> their uniforms (n, max_new_tokens)."""
    sampling: Sampling
    eos_id: int
    pad_id: int


@dataclass(slots=True)
class Drawn:
    """One completion."""

    tokens: list[int]
    """Up to EOS, which is included; without it the text was cut at the limit."""
    nats: float
    """Log-probability of the drawn tokens under the model itself."""


def draw_with_generate(model: PreTrainedModel, order: Order) -> list[Drawn]:
    """Draw every text of an order, in batches of prompts of similar length."""
    drawn: list[Drawn | None] = [None] * len(order.prompts)
    for rows in sorted_by_length(order):
        for row, text in zip(rows, _draw_batch(model, order, rows), strict=True):
            drawn[row] = text
    return [text for text in drawn if text is not None]


def sorted_by_length(order: Order) -> list[np.ndarray]:
    """Return batches of texts with prompts of similar length; up to floating-point ties, none depends on its
    batch.

    Ascending; the first batch holds what does not fill one.
    """
    lengths = np.array([len(prompt) for prompt in order.prompts])
    by_length = np.argsort(lengths, kind="stable")
    first = len(lengths) % order.sampling.batch_size
    return [rows for rows in np.split(by_length, range(first, len(lengths), order.sampling.batch_size)) if len(rows)]


def _draw_batch(model: PreTrainedModel, order: Order, rows: np.ndarray) -> list[Drawn]:
    import torch

    prompts = left_padded([order.prompts[row] for row in rows], order.pad_id)
    ids, mask = (torch.from_numpy(array).to(model.device) for array in prompts)
    uniform = torch.from_numpy(order.uniforms(rows)).to(choosing_device(model))
    pick = UniformPick(uniform, ids.shape[1], order)
    with torch.inference_mode():
        written = model.generate(  # type: ignore[operator]
            ids, attention_mask=mask, generation_config=_greedy(order), logits_processor=[pick]
        )
    tokens = written[:, ids.shape[1] :].tolist()
    return [Drawn(until_eos(own, order.eos_id), nats) for own, nats in zip(tokens, pick.nats.tolist(), strict=True)]


class UniformPick:
    """A logits processor that leaves one token a text: the inverse CDF of its uniform at this position."""

    def __init__(self, uniform: Tensor, n_prompt: int, order: Order) -> None:
        self.uniform = uniform  # (n_texts, max_new_tokens)
        self.n_prompt = n_prompt
        self.order = order
        self.nats = uniform.new_zeros(len(uniform))  # (n_texts,)
        self.unfinished = uniform.new_ones(len(uniform), dtype=_bool())
        self.written: Tensor | None = None

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """Return 0 at the drawn token and minus infinity elsewhere, (n_texts, vocab)."""
        position = input_ids.shape[1] - self.n_prompt
        if self.written is None and self.order.sampling.repetition_penalty != 1:
            self.written = self.uniform.new_zeros(scores.shape, dtype=_bool())
        logits = scores.to(self.uniform.device)
        places = self.uniform.new_full((len(self.uniform),), position)
        barred = too_early(places, self.order.sampling, self.order.eos_id, scores.shape[1])
        drawn = next_token(logits, self.uniform[:, position], self.order.sampling, self.written, barred)
        if self.written is not None:
            self.written.scatter_(1, drawn.token[:, None], True)
        self.nats += drawn.nats * self.unfinished
        self.unfinished &= drawn.token != self.order.eos_id
        return scores.fill_(float("-inf")).scatter_(1, drawn.token[:, None].to(scores.device), 0.0)


def choosing_device(model: PreTrainedModel) -> Any:
    """Return where tokens are chosen: beside the model, but for Apple's devices, which have no float64."""
    import torch

    return torch.device("cpu") if model.device.type == "mps" else model.device


def left_padded(prompts: Sequence[Sequence[int]], pad_id: int) -> tuple[np.ndarray, np.ndarray]:
    """Return prompts that end in the last column, and which entries are theirs, (n_texts, longest) each."""
    longest = max(len(prompt) for prompt in prompts)
    ids = np.full((len(prompts), longest), pad_id, np.int64)
    mask = np.zeros((len(prompts), longest), np.int64)
    for row, prompt in enumerate(prompts):
        ids[row, longest - len(prompt) :] = prompt
        mask[row, longest - len(prompt) :] = 1
    return ids, mask


def until_eos(tokens: list[int], eos_id: int) -> list[int]:
    """Cut what stands after the first EOS."""
    return tokens[: tokens.index(eos_id) + 1] if eos_id in tokens else tokens


def _greedy(order: Order) -> Any:
    from transformers import GenerationConfig

    return GenerationConfig(  # type: ignore[no-untyped-call]
        max_new_tokens=order.sampling.max_new_tokens,
        min_length=0,
        do_sample=False,
        num_beams=1,
        repetition_penalty=1.0,
        use_cache=True,
        eos_token_id=order.eos_id,
        pad_token_id=order.pad_id,
        return_dict_in_generate=False,
    )


def _bool() -> Any:
    import torch

    return torch.bool
