"""A causal language model in memory: draws, scores and embeds texts, and shows a fingerprint of its weights."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from loops.errors import ConfigError
from loops.key import Key
from loops.model import BeamSearch, Sampling, TokenEditing, TokenPass
from loops.models.beam import search_beams
from loops.models.block_cache import supports_blocks
from loops.models.decode import Drawn, Order, draw_with_generate
from loops.models.decode_static import draw_with_blocks
from loops.models.edit import edit_texts
from loops.models.mean_states import mean_states
from loops.models.token_pass import score, token_nats
from loops.models.tokenizer import TextTokenizer
from loops.models.uniforms import text_keys, uniforms
from loops.samples import Sample, Samples

if TYPE_CHECKING:
    from transformers import PreTrainedModel

log = logging.getLogger(__name__)
CANARY_TEXTS, CANARY_TOKENS = 8, 24
# What a row records; the decoder and the batch change no text.
RECORDED = ("max_new_tokens", "min_new_tokens", "temperature", "top_k", "top_p", "repetition_penalty")
RECORDED_OF_BEAMS = (
    "max_new_tokens",
    "min_new_tokens",
    "num_beams",
    "length_penalty",
    "early_stopping",
    "repetition_penalty",
)


class OpenCausalLM:
    """A transformers model in eval mode with its tokenizer."""

    def __init__(self, model: PreTrainedModel, tokenizer: TextTokenizer) -> None:
        from loops.models.weights import plain_generation_config

        self.model = model.eval()  # type: ignore[no-untyped-call]
        self.tokenizer = tokenizer
        self._told = False
        # A checkpoint's own settings (top_k, penalties) would be merged into every call of `generate`.
        model.generation_config = plain_generation_config(model, tokenizer)

    def sample(
        self, prompts: Samples, draw: int, sampling: Sampling, key: Key, generation: int, written_by: str
    ) -> Samples:
        """Draw a completion for each prompt: after a text, after chat messages, or from the beginning of
        text.

        A row has the parents of its prompt, `seed` (the digest of the key of its uniforms), `sampling`,
        `n_tokens` (EOS included), `finish_reason` and `scores["log_prob"]`: nats of the completion under the
        model itself.
        """
        rows = list(prompts.text_rows())
        prompt_ids = self.tokenizer.encode_prompts(prompts)
        keys = text_keys(key, [row.prompt_id for row in rows], draw)
        self._fits(max((len(ids) for ids in prompt_ids), default=0) + sampling.max_new_tokens, "max_new_tokens")
        order = Order(
            prompts=prompt_ids,
            uniforms=lambda texts: uniforms([keys[text] for text in texts], sampling.max_new_tokens),
            sampling=sampling,
            eos_id=self.tokenizer.eos_id,
            pad_id=self.tokenizer.pad_id,
        )
        drawn = self._draw(order) if rows else []
        texts = self.tokenizer.decode(prompt_ids, [text.tokens for text in drawn])
        origin = {
            "draw": draw,
            "generation": generation,
            "written_by": written_by,
            "sampling": _recorded(sampling, RECORDED),
        }
        return Samples.of_text(
            [
                self._row(row, text, completion) | origin | {"seed": text_key.digest}
                for row, text, completion, text_key in zip(rows, drawn, texts, keys, strict=True)
            ]
        )

    def beam_search(self, prompts: Samples, search: BeamSearch, generation: int, written_by: str) -> Samples:
        """Search the best completion of each prompt; rows are as in `sample`, without a seed."""
        rows, prompt_ids = list(prompts.text_rows()), self.tokenizer.encode_prompts(prompts)
        self._fits(max(map(len, prompt_ids), default=0) + search.max_new_tokens, "max_new_tokens")
        found = search_beams(self.model, prompt_ids, search, self.tokenizer.eos_id, self.tokenizer.pad_id)
        texts = self.tokenizer.decode(prompt_ids, [text.tokens for text in found])
        origin = {
            "generation": generation,
            "written_by": written_by,
            "sampling": _recorded(search, RECORDED_OF_BEAMS),
        }
        return Samples.of_text(
            [
                self._row(row, text, completion) | origin
                for row, text, completion in zip(rows, found, texts, strict=True)
            ]
        )

    def edit(self, texts: Samples, editing: TokenEditing, key: Key, generation: int, written_by: str) -> Samples:
        """Draw the tokens of texts anew that the model was sure of; see `loops.models.edit`."""
        self._fits(editing.window, "window")
        origin = {"generation": generation, "written_by": written_by}
        return Samples.of_text([row | origin for row in edit_texts(self.model, self.tokenizer, texts, editing, key)])

    def log_probs(self, samples: Samples, window: int, stride: int) -> TokenPass:
        """Score completions given their prompts; see `loops.models.token_pass`."""
        self._fits(window, "window")
        return score(self.model, self.tokenizer.encode(samples), self.tokenizer.eos_id, window, stride)

    def embed(self, samples: Samples) -> np.ndarray:
        """Return the mean of the last hidden states over a completion's tokens; see `loops.models.mean_states`.

        The prompt is not read: it would make texts alike that answer the same one.
        """
        rows = [np.array([self.tokenizer.start_id, *ids]) for ids in self.tokenizer.token_ids(samples)]
        return mean_states(self.model, rows, max_positions(self.model))

    def parameters(self) -> dict[str, np.ndarray]:
        """Refused: weights are no figures of a closed form."""
        raise TypeError("causal_lm: has no closed form; metrics read `log_probs` and samples.")

    def fingerprint(self) -> np.ndarray:
        """Return log-probabilities of fixed random tokens, (n,) nats."""
        return fingerprint(self.model)

    def _draw(self, order: Order) -> list[Drawn]:
        if order.sampling.decoder not in ("generate", "static"):
            raise ConfigError(f"decoder: got {order.sampling.decoder!r}, want generate or static.")
        if order.sampling.decoder == "static" and supports_blocks(self.model):
            return draw_with_blocks(self.model, order)
        if order.sampling.decoder == "static" and not self._told:
            self._told = True
            log.warning(
                "%s keeps more than full attention's keys and values between tokens, so decoder=static does not "
                "fit it; texts are drawn with decoder=generate, which gives the same ones more slowly",
                type(self.model).__name__,
            )
        return draw_with_generate(self.model, order)

    def _fits(self, n_tokens: int, name: str) -> None:
        longest = max_positions(self.model)
        if longest is not None and n_tokens > longest:
            raise ConfigError(
                f"{name}: {n_tokens} tokens, prompt included, but the model holds {longest} "
                f"(max_position_embeddings). Lower {name}."
            )

    def _row(self, prompt: Sample, drawn: Drawn, completion: str) -> dict[str, Any]:
        stopped = bool(drawn.tokens) and drawn.tokens[-1] == self.tokenizer.eos_id
        return {
            "prompt_id": prompt.prompt_id,
            "parents": [bytes.fromhex(parent) for parent in prompt.parents],
            "scores": {"log_prob": drawn.nats},
            "finish_reason": "stop" if stopped else "length",
            "n_tokens": len(drawn.tokens),
            "prompt": prompt.prompt,
            "messages": None if prompt.messages is None else [dict(message) for message in prompt.messages],
            "completion": completion,
        }


def fingerprint(model: PreTrainedModel) -> np.ndarray:
    """Return the log-probabilities of fixed random tokens under a model, (n,) nats."""
    vocab_size = model.config.get_text_config().vocab_size
    length = min(CANARY_TOKENS, max_positions(model) or CANARY_TOKENS)
    rows = Key.root(0).fold("canary").rng().integers(0, vocab_size, (CANARY_TEXTS, length))
    return token_nats(model, list(rows)).ravel().astype(float)


def max_positions(model: PreTrainedModel) -> int | None:
    """Return how many tokens a model can hold; None if its config names no limit."""
    longest = getattr(model.config.get_text_config(), "max_position_embeddings", None)
    return longest if isinstance(longest, int) else None


def _recorded(how: Sampling | BeamSearch, names: Sequence[str]) -> str:
    settings = asdict(how)
    return json.dumps({name: settings[name] for name in names})
