"""A causal language model of transformers: fresh Llama-shaped weights, or any checkpoint."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

from loops import checkpoint
from loops.errors import ConfigError
from loops.given import Given
from loops.key import Key
from loops.models.open_causal_lm import OpenCausalLM
from loops.models.tokenizer import TextTokenizer, train_tokenizer
from loops.models.weights import load_model, load_tokenizer, load_whole, save_whole
from loops.runtime import Runtime
from loops.samples import Samples
from loops.seeded import seeded
from loops.student import Student

SETTING = "student.model_name_or_path"
SHAPE = (
    "hidden_size",
    "num_hidden_layers",
    "num_attention_heads",
    "num_key_value_heads",
    "intermediate_size",
    "max_position_embeddings",
    "tie_word_embeddings",
    "initializer_range",
)


@dataclass(frozen=True, slots=True)
class CausalLM:
    """A student that reads and writes text."""

    model_name_or_path: str | None
    """A folder or hub id to begin from; null: fresh weights, tokenizer trained on the human train split."""
    revision: str | None
    """Branch, tag or commit of a hub id."""
    trust_remote_code: bool
    """Whether a checkpoint may bring Python code of its own."""
    vocab_size: int | None
    """Tokens of the byte-level BPE, 3 special ones included. This and all below shape fresh weights."""
    hidden_size: int | None
    """Width."""
    num_hidden_layers: int | None
    """Depth."""
    num_attention_heads: int | None
    """Heads that ask."""
    num_key_value_heads: int | None
    """Heads that answer; fewer make the cache smaller and drawing faster."""
    intermediate_size: int | None
    """Width inside the MLP."""
    max_position_embeddings: int | None
    """Longest text in tokens."""
    tie_word_embeddings: bool | None
    """Whether one matrix serves as input and output embedding."""
    rope_theta: float | None
    """Base of the rotary position embedding."""
    initializer_range: float | None
    """Standard deviation of fresh weights."""

    kinds: ClassVar = ("text",)
    can: ClassVar = ("sample", "beam_search", "edit", "log_probs", "embed", "fingerprint")
    needs: ClassVar = ("human",)
    not_in_key: ClassVar = ("model_name_or_path", "revision")  # `external` gives what stands there

    def __post_init__(self) -> None:
        if self.model_name_or_path is not None:
            return
        for name, value in asdict(self).items():
            if value is None and name not in self.not_in_key:
                raise ValueError(f"{name}: not set. Fresh weights need it, or set model_name_or_path")
            if isinstance(value, (int, float)) and not isinstance(value, bool) and value <= 0:
                raise ValueError(f"{name}: got {value}, want more than 0")
        widths = self.hidden_size or 0, self.num_attention_heads or 1, self.num_key_value_heads or 1
        if widths[0] % widths[1] or widths[1] % widths[2]:
            raise ValueError(
                f"hidden_size, num_attention_heads, num_key_value_heads: got {widths}, want each to be a "
                "multiple of the next"
            )
        if (self.vocab_size or 0) < 259:
            raise ValueError(f"vocab_size: got {self.vocab_size}, want 259 or more: 256 bytes and 3 special tokens")

    def external(self) -> dict[str, Any]:
        """Return what a checkpoint is: the digest of a folder's files, or the hub id and revision.

        Raises:
            ConfigError: the folder is not there.
        """
        if self.model_name_or_path is None:
            return {}
        return checkpoint.what_it_is(self.model_name_or_path, self.revision, SETTING)

    def check_length(self, needed: Mapping[str, int]) -> None:
        """Refuse settings that ask for longer texts than the model holds, before anything runs.

        Raises:
            ConfigError: names the setting; or the checkpoint's folder is not there.
        """
        limit = self.max_position_embeddings
        folder = None if self.model_name_or_path is None else self._folder()
        if folder is not None and (folder / "config.json").is_file():
            config = json.loads((folder / "config.json").read_text())
            limit = config.get("max_position_embeddings", config.get("n_positions"))
        for place, tokens in needed.items():
            if limit is not None and tokens > limit:
                raise ConfigError(
                    f"{place}: asks for {tokens} tokens, prompt included, but the student holds {limit} "
                    "(max_position_embeddings). Lower it."
                )

    def base(self, folder: Path, given: Given, key: Key, runtime: Runtime) -> str:
        """Write fresh weights and a tokenizer trained on the human train split, or the checkpoint as it came.

        Raises:
            ConfigError: the checkpoint is not there, or is without tokenizer or EOS token.
        """
        folder.mkdir(parents=True, exist_ok=True)
        if self.model_name_or_path is None:
            return self._fresh(folder, given.human, key)
        source = self._folder() or self.model_name_or_path
        options: dict[str, Any] = {"local_files_only": isinstance(source, Path)}
        if self.revision is not None:
            options["revision"] = self.revision
        tokenizer = TextTokenizer.open(source, self.trust_remote_code, **options)
        settings = {"trust_remote_code": self.trust_remote_code}
        return save_whole(load_whole(source, settings, runtime, runtime.dtype, **options), tokenizer, folder)

    def open(self, student: Student, runtime: Runtime) -> OpenCausalLM:
        """Load a whole model, or a base with its adapter merged in memory."""
        return OpenCausalLM(load_model(student, runtime), load_tokenizer(student))

    def tokenizer(self, student: Student) -> TextTokenizer:
        """Open the tokenizer alone."""
        return load_tokenizer(student)

    def _folder(self) -> Path | None:
        """Return the checkpoint's folder; None for a hub id."""
        assert self.model_name_or_path is not None
        return checkpoint.local_folder(self.model_name_or_path, SETTING)

    def _fresh(self, folder: Path, human: Any, key: Key) -> str:
        import torch
        from transformers import LlamaConfig, LlamaForCausalLM

        samples: Samples = human if isinstance(human, Samples) else human.samples()
        assert self.vocab_size is not None
        tokenizer = TextTokenizer(train_tokenizer(samples.texts(), self.vocab_size))
        shape = {name: getattr(self, name) for name in SHAPE}
        config = LlamaConfig(
            **shape,
            vocab_size=len(tokenizer),  # a small corpus may hold fewer merges than were asked for
            rope_parameters={"rope_type": "default", "rope_theta": self.rope_theta},
            bos_token_id=tokenizer.start_id,
            eos_token_id=tokenizer.eos_id,
            pad_token_id=tokenizer.pad_id,
            dtype=torch.float32,
        )
        with seeded(key.seed()):
            model = LlamaForCausalLM(config)
        return save_whole(model, tokenizer, folder)
