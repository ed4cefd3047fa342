"""A student's files: saved by `save_pretrained`, read back whole or as an adapter, named by content."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loops import digest
from loops.errors import ConfigError, StageError
from loops.models.tokenizer import TextTokenizer
from loops.runtime import Runtime
from loops.student import Student

if TYPE_CHECKING:
    from transformers import PreTrainedModel

ADAPTER_CONFIG = "adapter_config.json"
ADAPTER_TENSORS = "adapter_model.safetensors"
# Where the files lay and who wrote them: no part of what the student is.
NOT_CONTENT = (
    "_name_or_path",
    "transformers_version",
    "base_model_name_or_path",
    "revision",
    "peft_version",
    "is_local",  # how a tokenizer was loaded goes into its file
    "local_files_only",
    "name_or_path",
)
TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json")
HEADER_BYTES = 8


def student_digest(folder: Path, base_digest: str | None = None) -> str:
    """Return the digest of a student's content; for an adapter, together with that of its base.

    Over tensors (name, type, shape, bytes), tokenizer, chat template and architecture; not over paths or
    versions.
    """
    if (folder / ADAPTER_CONFIG).exists():
        if base_digest is None:
            raise ValueError(f"{folder}: an adapter has no digest without that of its base.")
        adapter = _plain_json(folder / ADAPTER_CONFIG)
        return digest.of_value({"base": base_digest, "adapter": adapter, "tensors": tensor_digests(folder)})
    tokenizer = {name: _plain_json(folder / name) for name in TOKENIZER_FILES if (folder / name).exists()}
    template = folder / "chat_template.jinja"
    return digest.of_value(
        {
            "architecture": _plain_json(folder / "config.json"),
            "tensors": tensor_digests(folder),
            "tokenizer": tokenizer,
            "template": template.read_text(encoding="utf-8") if template.exists() else None,
        }
    )


def tensor_digests(folder: Path) -> dict[str, str]:
    """Return name -> digest of type, shape and bytes, over all safetensors files of a folder."""
    found: dict[str, str] = {}
    for path in sorted(folder.glob("*.safetensors")):
        with path.open("rb") as file:
            header_size = int.from_bytes(file.read(HEADER_BYTES), "little")
            header = json.loads(file.read(header_size))
            for name, tensor in header.items():
                if name == "__metadata__":
                    continue
                begin, end = tensor["data_offsets"]
                file.seek(HEADER_BYTES + header_size + begin)
                kind = json.dumps([tensor["dtype"], tensor["shape"]]).encode()
                found[name] = digest.of_bytes(kind, file.read(end - begin))
    if not found:
        raise StageError(f"{folder}: holds no safetensors file, so there are no weights to name.")
    return found


def save_whole(model: PreTrainedModel, tokenizer: TextTokenizer, folder: Path) -> str:
    """Write a whole model with its tokenizer and return the student's digest."""
    _silence_bars()
    model.config.use_cache = True  # training turns it off, and a model loaded without it draws ten times slower
    model.generation_config = plain_generation_config(model, tokenizer)
    model.save_pretrained(folder)
    tokenizer.tokenizer.save_pretrained(folder)
    return student_digest(folder)


def plain_generation_config(model: PreTrainedModel, tokenizer: TextTokenizer) -> Any:
    """Return a configuration that knows the special tokens alone, so that no checkpoint's settings leak."""
    from transformers import GenerationConfig

    return GenerationConfig(  # type: ignore[no-untyped-call]
        bos_token_id=tokenizer.start_id, eos_token_id=tokenizer.eos_id, pad_token_id=tokenizer.pad_id
    )


def whole_folder(student: Student) -> Path:
    """Return the folder with the whole model and the tokenizer: the base's, if the student is an adapter."""
    return (student.base or student).folder


def load_tokenizer(student: Student) -> TextTokenizer:
    """Open a student's tokenizer."""
    return TextTokenizer.open(whole_folder(student), trusts_remote_code(student.model), local_files_only=True)


def load_model(student: Student, runtime: Runtime, dtype: str | None = None) -> PreTrainedModel:
    """Load a student as one transformers model in eval mode; `dtype` is the runtime's, unless given.

    An adapter is merged into its base, in memory only and in float32, where merging costs no precision.
    """
    import torch

    wanted = dtype or runtime.dtype
    if student.base is None:
        model = load_whole(student.folder, student.model, runtime, wanted)
    else:
        base = load_whole(student.base.folder, student.model, runtime, "float32")
        model = merged(base, student.folder).to(getattr(torch, wanted))
    model.to(runtime.device)  # type: ignore[arg-type]
    model.eval()  # type: ignore[no-untyped-call]
    return model


def load_whole(
    folder: str | Path, settings: Mapping[str, Any], runtime: Runtime, dtype: str, **options: Any
) -> PreTrainedModel:
    """Load a whole checkpoint.

    Raises:
        ConfigError: there is no causal language model that transformers can load.
    """
    import torch
    from transformers import AutoModelForCausalLM

    _silence_bars()
    options = {"local_files_only": True, **options}
    try:
        model: PreTrainedModel = AutoModelForCausalLM.from_pretrained(
            folder,
            dtype=getattr(torch, dtype),
            attn_implementation=runtime.attn_implementation,
            trust_remote_code=trusts_remote_code(settings),
            **options,
        )
    except (OSError, ValueError, KeyError) as error:
        reason = str(error).strip().splitlines()[0]
        raise ConfigError(f"{folder}: no causal language model could be loaded ({reason}).") from error
    return model


def merged(base: PreTrainedModel, adapter: Path) -> PreTrainedModel:
    """Return the base with an adapter's change added to its weights."""
    from peft import PeftModel

    whole: PreTrainedModel = PeftModel.from_pretrained(base, adapter).merge_and_unload()
    return whole


def trusts_remote_code(settings: Mapping[str, Any]) -> bool:
    """Return whether a model component's node allows code that a checkpoint brings."""
    return bool(settings.get("trust_remote_code", False))


def _silence_bars() -> None:
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]


def _plain_json(path: Path) -> Any:
    content = json.loads(path.read_text(encoding="utf-8"))
    kept = {name: value for name, value in content.items() if name not in NOT_CONTENT}
    if path.name == ADAPTER_CONFIG:  # PEFT keeps sets, and writes them in any order
        kept = {name: sorted(value) if _is_words(value) else value for name, value in kept.items()}
    return kept


def _is_words(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(word, str) for word in value)
