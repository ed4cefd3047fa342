"""What a training starts from and what it leaves: full weights, or a LoRA adapter on a base.

none: full weights are trained; the start carries no adapter.
fresh: a new adapter is trained; the start must carry none, and stays the base.
continue: the start's adapter trains on, on the same base.
merge: the start's adapter is merged into its base, and a new one is trained on the merged base, which is kept beside
it in the folder `base`.

Which policy goes with which start is checked by `loops.arm.Loop`, before anything runs. At a start that carries no
adapter yet, `continue` and `merge` equal `fresh`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loops.errors import ConfigError
from loops.models.weights import ADAPTER_CONFIG, load_model, load_tokenizer, load_whole, save_whole
from loops.runtime import Runtime
from loops.student import MERGED, Student

if TYPE_CHECKING:
    from transformers import PreTrainedModel


@dataclass(frozen=True, slots=True)
class Lora:
    """Settings of an adapter, under PEFT's meaning."""

    r: int
    alpha: int
    dropout: float
    target_modules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Beginning:
    """A model about to be trained."""

    model: Any
    """A transformers model, or a PEFT model whose adapter trains on."""
    lora: Any
    """The `LoraConfig` of a new adapter that TRL is to put on it; None where none is new."""
    base: str | None
    """Where an adapter's base is: `start`, `start's base`, or `base` (a folder beside it); None: whole
    weights."""
    base_digest: str | None


def begin(start: Student, adapter: str, lora: Lora, folder: Path, runtime: Runtime) -> Beginning:
    """Load what is trained; for `merge`, write the merged base into `folder`.

    Weights are loaded in float32 whatever the runtime's type: steps smaller than a half-precision weight's
    spacing would be lost.

    Raises:
        ConfigError: the start and the adapter policy do not fit, or the targets do not fit the model.
    """
    carries = start.base is not None
    if carries and adapter in ("none", "fresh"):
        raise ConfigError(
            f"adapter={adapter}: the start {start.digest} carries an adapter, and this needs one that carries "
            "none. Use adapter=continue or adapter=merge, or another start."
        )
    if carries and adapter == "continue":
        return _continued(start, lora, runtime)
    if adapter == "none":
        return Beginning(load_model(start, runtime, "float32"), None, None, None)
    if carries:
        model = load_model(start, runtime, "float32")
        digest = save_whole(model, load_tokenizer(start), folder / MERGED)
        return Beginning(model, lora_config(model, lora), MERGED, digest)
    model = load_model(start, runtime, "float32")
    return Beginning(model, lora_config(model, lora), "start", start.digest)


def _continued(start: Student, lora: Lora, runtime: Runtime) -> Beginning:
    from peft import PeftModel

    assert start.base is not None
    saved = json.loads((start.folder / ADAPTER_CONFIG).read_text())
    had = Lora(saved["r"], saved["lora_alpha"], saved["lora_dropout"], tuple(sorted(saved["target_modules"])))
    want = Lora(lora.r, lora.alpha, lora.dropout, tuple(sorted(lora.target_modules)))
    if had != want:
        raise ConfigError(
            f"adapter=continue: the start's adapter is {had}, the trainer's settings say {want}. Make them equal, "
            "or use adapter=merge."
        )
    base = load_whole(start.base.folder, start.model, runtime, "float32").to(runtime.device)  # type: ignore[arg-type]
    model = PeftModel.from_pretrained(base, start.folder, is_trainable=True)
    return Beginning(model, None, "start's base", start.base.digest)


def lora_config(model: PreTrainedModel, lora: Lora) -> Any:
    """Return PEFT's configuration of a new adapter.

    Raises:
        ConfigError: a target is not in the model, or is its input or output embedding where that cannot work.
    """
    from peft import LoraConfig

    inputs, outputs = model.get_input_embeddings(), model.get_output_embeddings()  # type: ignore[no-untyped-call]
    modules = dict(model.named_modules())
    for target in lora.target_modules:
        hits = [module for name, module in modules.items() if name == target or name.endswith(f".{target}")]
        if not hits:
            linear = sorted({name.split(".")[-1] for name, module in modules.items() if _is_linear(module)})
            raise ConfigError(
                f"trainer.lora_target_modules: {target!r} is no module of {type(model).__name__}. "
                f"It has {', '.join(linear)}."
            )
        if any(hit is inputs or hit is outputs for hit in hits):
            _refuse_embedding(model, target, any(hit is outputs for hit in hits))
    return LoraConfig(
        r=lora.r,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        target_modules=sorted(lora.target_modules),
        bias="none",
        task_type="CAUSAL_LM",
    )


def _refuse_embedding(model: PreTrainedModel, target: str, is_output: bool) -> None:
    if getattr(model.config.get_text_config(), "tie_word_embeddings", False):
        raise ConfigError(
            f"trainer.lora_target_modules: {target!r} is an embedding that this model ties (one matrix reads and "
            "writes tokens), so an adapter on one side would part them, and merging it would change both. "
            f"Leave out {target!r}."
        )
    if is_output:
        raise ConfigError(
            f"trainer.lora_target_modules: {target!r} is the output embedding, which TRL's trainer refuses: its "
            f"loss reads that matrix without the adapter. Leave out {target!r}."
        )


def _is_linear(module: Any) -> bool:
    from torch.nn import Linear

    return isinstance(module, Linear)
