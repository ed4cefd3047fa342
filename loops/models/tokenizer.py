"""Texts to tokens and back, the same way wherever a student is trained, drawn from or scored.

Every text begins with the start token (BOS, or EOS in vocabularies without one) and ends with EOS unless it
was cut at the limit of tokens. A prompt and its completion are encoded as one string; a token that spans both
belongs to the completion. A chat's prompt is what its template renders, start token included.

Byte-level tokens may end inside a character: such bytes decode to U+FFFD, which encodes to other tokens, so a
text cut there comes back with up to three other tokens at its end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from loops.errors import ConfigError, DataError
from loops.samples import Sample, Samples

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

BOS, EOS, PAD = "<bos>", "<eos>", "<pad>"


class Encoded(NamedTuple):
    """One text as tokens."""

    ids: list[int]
    """Start token, prompt, completion; no end."""
    n_context: int
    """How many of `ids` come before the completion."""
    ends: list[int]
    """For each token of the completion, the character of the completion where it ends."""
    ended: bool
    """Whether EOS follows: false for a text cut at the limit."""


class TextTokenizer:
    """A fast tokenizer with a start, an end and a padding token."""

    def __init__(self, tokenizer: PreTrainedTokenizerFast) -> None:
        self.tokenizer = tokenizer
        self.eos_id = _id(tokenizer.eos_token_id)
        has_bos = tokenizer.bos_token_id is not None
        self.start_id = _id(tokenizer.bos_token_id) if has_bos else self.eos_id
        self.pad_id = self.eos_id if tokenizer.pad_token_id is None else _id(tokenizer.pad_token_id)

    @classmethod
    def open(cls, folder: str | Path, trust_remote_code: bool = False, **options: Any) -> TextTokenizer:
        """Load the tokenizer of a checkpoint.

        Raises:
            ConfigError: there is none, it is not a fast one, or it has no EOS token.
        """
        from transformers import AutoTokenizer, PreTrainedTokenizerFast

        try:
            tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=trust_remote_code, **options)
        except (OSError, ValueError, KeyError, TypeError) as error:
            reason = str(error).strip().splitlines()[0]
            raise ConfigError(f"{folder}: no tokenizer could be loaded ({reason}). Save one there.") from error
        # From a folder without tokenizer files the library makes an empty one for the model's family.
        if len(tokenizer) <= len(set(tokenizer.all_special_ids)):
            raise ConfigError(f"{folder}: holds no tokenizer. Save one there (tokenizer.json).")
        if not isinstance(tokenizer, PreTrainedTokenizerFast):
            raise ConfigError(f"{folder}: {type(tokenizer).__name__} is not a fast tokenizer (tokenizer.json).")
        if tokenizer.eos_token_id is None:
            raise ConfigError(
                f"{folder}: the tokenizer has no EOS token, so no text could end. Set `eos_token` in "
                "tokenizer_config.json."
            )
        return cls(tokenizer)

    def __len__(self) -> int:
        return len(self.tokenizer)

    def count(self, samples: Samples) -> np.ndarray:
        """Return the tokens of each completion, end of text included, (n_rows,)."""
        lengths = np.array([len(ids) for ids in self._ids(samples.texts())], np.int64)
        reasons = samples.column("finish_reason").to_pylist()
        return lengths + np.array([reason != "length" for reason in reasons], np.int64)

    def token_ids(self, samples: Samples) -> list[list[int]]:
        """Return the tokens of each completion, without start and end."""
        return list(self._ids(samples.texts()))

    def prefix(self, text: str, tokens: int) -> str | None:
        """Return the first tokens of a text as text; None where there are no more than these."""
        offsets = self._encode([text], False)[0].offsets
        return text[: offsets[tokens - 1][1]] if len(offsets) > tokens else None

    def encode(self, samples: Samples) -> list[Encoded]:
        """Encode prompts and completions.

        Raises:
            DataError: a chat template does not put EOS after the reply.
        """
        rows = list(samples.text_rows())
        contexts = [self._context(row) for row in rows]
        full = [context + row.completion for context, row in zip(contexts, rows, strict=True)]
        starts = [[] if row.messages else [self.start_id] for row in rows]
        encodings = self._encode(full, any(row.messages for row in rows))
        return [
            _split(encoding, start, len(context), row.finish_reason != "length")
            for encoding, start, context, row in zip(encodings, starts, contexts, rows, strict=True)
        ]

    def encode_prompts(self, prompts: Samples) -> list[list[int]]:
        """Encode what a completion is drawn after."""
        rows = list(prompts.text_rows())
        texts = [self._chat(row)[0] if row.messages else row.prompt for row in rows]
        encodings = self._encode(texts, any(row.messages for row in rows))
        return [
            [*([] if row.messages else [self.start_id]), *encoding.ids]
            for row, encoding in zip(rows, encodings, strict=True)
        ]

    def decode(self, prompts: Sequence[Sequence[int]], completions: Sequence[Sequence[int]]) -> list[str]:
        """Return the text of completions, without special tokens.

        What the prompt decodes to is cut off the front of the whole: some vocabularies drop a leading space.
        """
        known: dict[tuple[int, ...], int] = {}
        texts = []
        for prompt, completion in zip(prompts, completions, strict=True):
            before = tuple(prompt)
            if before not in known:
                known[before] = len(self._text(before))
            texts.append(self._text([*prompt, *completion])[known[before] :])
        return texts

    def _text(self, ids: Sequence[int]) -> str:
        return self.tokenizer.backend_tokenizer.decode(list(ids), skip_special_tokens=True)

    def _context(self, row: Sample) -> str:
        if not row.messages:
            return row.prompt
        prompt, after = self._chat(row)
        if not after.startswith(self.tokenizer.eos_token):
            raise DataError(
                f"chat template: after the reply of {row.prompt_id or row.id} comes {after[:30]!r}, not the "
                f"EOS token {self.tokenizer.eos_token!r}, so no reply could end. Set the tokenizer's "
                "eos_token to the token that ends a turn."
            )
        return prompt

    def _chat(self, row: Sample) -> tuple[str, str]:
        """Render a chat; return the prompt up to the reply, and what follows the reply."""
        if self.tokenizer.chat_template is None:
            raise DataError(f"{row.prompt_id or row.id}: chat messages, but the tokenizer has no chat template.")
        messages = [dict(message) for message in row.messages or ()]
        prompt = self._render(messages, True)
        whole = self._render([*messages, {"role": "assistant", "content": row.completion}], False)
        if not whole.startswith(prompt + row.completion):
            raise DataError(
                f"chat template: the rendered chat {row.prompt_id or row.id} does not go on from its prompt "
                "with the reply as it was written. Use a template that renders prompt and reply unchanged."
            )
        return prompt, whole[len(prompt) + len(row.completion) :]

    def _render(self, messages: list[dict[str, str]], generation_prompt: bool) -> str:
        text = self.tokenizer.apply_chat_template(
            messages, tokenize=False, add_generation_prompt=generation_prompt, continue_final_message=False
        )
        assert isinstance(text, str)
        return text

    def _ids(self, texts: Sequence[str]) -> Iterable[list[int]]:
        self.tokenizer.backend_tokenizer.encode_special_tokens = True
        encodings = self.tokenizer.backend_tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return (encoding.ids for encoding in encodings)

    def _encode(self, texts: Sequence[str], chat: bool) -> list[Any]:
        backend = self.tokenizer.backend_tokenizer
        # In plain text the letters "<eos>" are letters; in a rendered chat they are the token.
        backend.encode_special_tokens = not chat
        encodings: list[Any] = backend.encode_batch(list(texts), add_special_tokens=False)
        return encodings


def train_tokenizer(texts: Iterable[str], vocab_size: int) -> PreTrainedTokenizerFast:
    """Train a byte-level BPE on texts; equal texts in equal order give an equal vocabulary.

    Raises:
        DataError: there is no text.
    """
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    corpus = list(texts)
    if not any(corpus):
        raise DataError("tokenizer: the human train split holds no text to train it on.")
    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    backend.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=[BOS, EOS, PAD],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    backend.train_from_iterator(corpus, trainer)
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=backend,
        bos_token=BOS,
        eos_token=EOS,
        pad_token=PAD,
        clean_up_tokenization_spaces=False,
    )


def _split(encoding: Any, start: list[int], n_characters: int, ended: bool) -> Encoded:
    """Part the tokens of a prompt from those that end in the completion."""
    offsets = encoding.offsets
    n_before = next((i for i, (_, end) in enumerate(offsets) if end > n_characters), len(offsets))
    ends = [end - n_characters for _, end in offsets[n_before:]]
    return Encoded([*start, *encoding.ids], len(start) + n_before, ends, ended)


def _id(value: Any) -> int:
    assert isinstance(value, int), value
    return value
