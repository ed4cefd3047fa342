"""A key-value cache for `transformers` models: storage grows in blocks, attention covers what is filled.

The library's dynamic cache copies itself at every token, and its static one makes attention read storage that
is still empty. This one writes in place and hands out a view of what is filled.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedModel

BLOCK = 64
"""Tokens by which storage grows."""


def supports_blocks(model: PreTrainedModel) -> bool:
    """Return whether a model keeps nothing but the keys and values of full attention between tokens."""
    from transformers.cache_utils import DynamicCache, DynamicLayer

    own_cache = getattr(model, "_supports_default_dynamic_cache", lambda: False)
    if model.config.is_encoder_decoder or not own_cache():
        return False
    layers = DynamicCache(config=model.config.get_text_config(decoder=True)).layers
    return bool(layers) and all(type(layer) is DynamicLayer for layer in layers)


def new_cache(model: PreTrainedModel) -> Any:
    """Return an empty cache for a model; rows are chosen by `reorder_cache` and joined by `join_caches`."""
    from transformers.cache_utils import Cache, DynamicCache

    n_layers = len(DynamicCache(config=model.config.get_text_config(decoder=True)).layers)
    return Cache(layers=[_layer_class()() for _ in range(n_layers)])


def join_caches(one: Any, other: Any) -> Any:
    """Return a cache with the rows of both, which hold equally many tokens."""
    import torch
    from transformers.cache_utils import Cache

    layers = []
    for a, b in zip(one.layers, other.layers, strict=True):
        layer = _layer_class()()
        layer.update(torch.cat([a.keys, b.keys]), torch.cat([a.values, b.values]))
        layers.append(layer)
    return Cache(layers=layers)


@cache
def _layer_class() -> Any:
    from transformers.cache_utils import DynamicLayer

    class BlockLayer(DynamicLayer):  # type: ignore[no-untyped-call]
        storage: tuple[Tensor, Tensor] | None = None  # (n_rows, heads, a multiple of BLOCK, head size) each

        def update(self, key_states: Tensor, value_states: Tensor, *args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
            if not self.is_initialized:
                self.lazy_initialization(key_states, value_states)
            filled = self.get_seq_length()
            end = filled + key_states.shape[-2]
            if self.storage is None or self.storage[0].shape[-2] < end:
                wider = _room(key_states, end), _room(value_states, end)
                if self.keys is not None and self.values is not None and filled:
                    wider[0][:, :, :filled], wider[1][:, :, :filled] = self.keys, self.values
                self.storage = wider
            keys, values = self.storage
            keys[:, :, filled:end], values[:, :, filled:end] = key_states, value_states
            self.keys, self.values = keys[:, :, :end], values[:, :, :end]
            return self.keys, self.values

        def reorder_cache(self, beam_idx: Tensor) -> None:
            assert self.keys is not None and self.values is not None  # noqa: PT018
            keys, values = self.keys.index_select(0, beam_idx), self.values.index_select(0, beam_idx)
            self.keys, self.values, self.storage = keys[:, :, :0], values[:, :, :0], None
            self.update(keys, values)

    return BlockLayer


def _room(states: Tensor, n_tokens: int) -> Tensor:
    n_rows, n_heads, _, size = states.shape
    return states.new_empty((n_rows, n_heads, -(-n_tokens // BLOCK) * BLOCK, size))
