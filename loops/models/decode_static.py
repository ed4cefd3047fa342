"""Drawing with a cache that is written in place, and with no work for texts that have ended.

Texts of one group are always equally long, so no token is padding and attention needs no mask; what is left
of a longer prompt is read token by token. When half of a group has ended, the rest waits until a younger
group has grown to the same length and joins it. So the batch stays full however much lengths vary, until the
last texts.

The same uniforms and the same distribution as under `generate`, so the same texts, up to floating-point ties.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from loops.models.block_cache import join_caches, new_cache
from loops.models.decode import Drawn, Order, choosing_device, sorted_by_length, until_eos
from loops.models.next_token import next_token, too_early

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedModel

ENDED_SHARE = 1 / 8
"""Ended texts leave a group once they are this share of it: leaving copies the cache."""
PER_TEXT = ("texts", "last", "prompts", "n_prompt", "uniform", "nats", "running", "written")


@dataclass(slots=True)
class Group:
    """Texts drawn side by side, all `length` tokens long."""

    cache: Any
    length: int
    texts: Tensor  # (n,) int64, which texts of the order
    last: Tensor  # (n, 1) int64, the token that the model reads next
    prompts: Tensor  # (n, longest prompt of the order) int64
    n_prompt: Tensor  # (n,) int64
    uniform: Tensor  # (n, max_new_tokens) float64
    nats: Tensor  # (n,) float64
    running: Tensor  # (n,) bool
    written: Tensor  # (n, vocab) bool, tokens of the completion so far; (n, 0) where no penalty asks for them

    def __len__(self) -> int:
        return len(self.texts)

    def keep(self, rows: Tensor) -> None:
        """Drop all texts but `rows`."""
        self.cache.reorder_cache(rows.to(self.cache.layers[0].keys.device))
        for name in PER_TEXT:
            setattr(self, name, getattr(self, name)[rows])

    def joined(self, other: Group) -> Group:
        """Return the texts of both, which are equally long."""
        import torch

        both = {name: torch.cat([getattr(self, name), getattr(other, name)]) for name in PER_TEXT}
        return Group(join_caches(self.cache, other.cache), self.length, **both)


def draw_with_blocks(model: PreTrainedModel, order: Order) -> list[Drawn]:
    """Draw every text of an order."""
    import torch

    with torch.inference_mode():
        return _BlockDecoder(model, order).draw()


class _BlockDecoder:
    def __init__(self, model: PreTrainedModel, order: Order) -> None:
        import torch

        self.model = model
        self.order = order
        self.device = choosing_device(model)
        n_texts, limit = len(order.prompts), order.sampling.max_new_tokens
        self.tokens = torch.full((n_texts, limit), order.eos_id, device=self.device)
        self.nats = torch.zeros(n_texts, dtype=torch.float64, device=self.device)
        longest = max(len(prompt) for prompt in order.prompts)
        padded = np.full((n_texts, longest), order.pad_id, np.int64)
        for row, prompt in zip(padded, order.prompts, strict=True):
            row[: len(prompt)] = prompt
        self.prompts = torch.from_numpy(padded).to(self.device)
        self.n_prompt = torch.tensor([len(prompt) for prompt in order.prompts], device=self.device)

    def draw(self) -> list[Drawn]:
        # The wave with the longest prompts begins, so that no group begins longer than those that wait for it are.
        waiting = sorted_by_length(self.order)
        older: list[Group] = []  # groups that wait, the shortest last
        group: Group | None = None
        while group is not None or waiting or older:
            if group is not None:
                self._step(group)
            else:
                group = self._begin(waiting.pop()) if waiting else older.pop()
            if not self._without_ended(group):
                group = None
            elif older and older[-1].length == group.length:
                group = older.pop().joined(group)
            elif waiting and 2 * len(group) <= self.order.sampling.batch_size:
                older.append(group)
                group = None
        drawn = zip(self.tokens.tolist(), self.nats.tolist(), strict=True)
        return [Drawn(until_eos(tokens, self.order.eos_id), nats) for tokens, nats in drawn]

    def _begin(self, rows: np.ndarray) -> Group:
        """Read what all prompts of a wave have: as many tokens as the shortest."""
        import torch

        texts = torch.from_numpy(rows).to(self.device)
        prompts, n_prompt = self.prompts[texts], self.n_prompt[texts]
        cache, length = new_cache(self.model), int(n_prompt.min())
        group = Group(
            cache=cache,
            length=length,
            texts=texts,
            last=prompts[:, :1],
            prompts=prompts,
            n_prompt=n_prompt,
            uniform=torch.from_numpy(self.order.uniforms(rows)).to(self.device),
            nats=torch.zeros(len(texts), dtype=torch.float64, device=self.device),
            running=torch.ones(len(texts), dtype=torch.bool, device=self.device),
            written=torch.zeros((len(texts), self._n_penalised()), dtype=torch.bool, device=self.device),
        )
        self._take(group, self._read(group, prompts[:, :length]))
        return group

    def _step(self, group: Group) -> None:
        logits = self._read(group, group.last)
        group.length += 1
        self._take(group, logits)

    def _read(self, group: Group, ids: Tensor) -> Tensor:
        """Return the logits of the token that comes after `ids`, (n, vocab) float32."""
        last_alone = {"logits_to_keep": 1} if self.model._supports_logits_to_keep() else {}  # type: ignore[operator]
        output = self.model(
            input_ids=ids.to(self.model.device), past_key_values=group.cache, use_cache=True, **last_alone
        )
        logits: Tensor = output.logits[:, -1].to(self.device, copy=False).float()
        return logits

    def _take(self, group: Group, logits: Tensor) -> None:
        """Draw the next token of each text, or take it from the prompt where that goes on."""
        position = group.length - group.n_prompt  # in the completion; below 0 inside the prompt
        uniform = group.uniform.gather(1, position.clamp(0, group.uniform.shape[1] - 1)[:, None])[:, 0]
        penalised = group.written if group.written.shape[1] else None
        barred = too_early(position, self.order.sampling, self.order.eos_id, logits.shape[1])
        drawn = next_token(logits, uniform, self.order.sampling, penalised, barred)
        token, drawing = drawn.token, group.running
        if group.length < group.prompts.shape[1]:
            drawing = drawing & (position >= 0)
            token = token.where(position >= 0, group.prompts[:, group.length])
        group.last = token[:, None]
        rows = drawing.nonzero()[:, 0]
        self.tokens[group.texts[rows], position[rows]] = token[rows]
        if penalised is not None:
            penalised[rows, token[rows]] = True
        group.nats += drawn.nats.where(drawing, 0.0)
        ended = (token == self.order.eos_id) | (position + 1 == group.uniform.shape[1])
        group.running &= ~(ended & drawing)

    def _without_ended(self, group: Group) -> bool:
        """Take out ended texts if they are many; return whether any is left."""
        n_running = int(group.running.sum())
        if n_running == 0 or len(group) - n_running >= ENDED_SHARE * len(group):
            self.nats[group.texts] = group.nats
            if n_running:
                group.keep(group.running.nonzero()[:, 0])
        return n_running > 0

    def _n_penalised(self) -> int:
        if self.order.sampling.repetition_penalty == 1:
            return 0
        return int(self.model.config.get_text_config().vocab_size)
