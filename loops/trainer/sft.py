"""Supervised fine-tuning through `trl.SFTTrainer.train`, on rows that we tokenise and order ourselves.

Exact: equal start, corpus, settings and key give bitwise equal weights on one machine, also after an
interruption, from the last checkpoint or, without `save_steps`, from the beginning.
"""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from loops.errors import ConfigError, StageError
from loops.given import Given
from loops.key import Key
from loops.model import TrainCall
from loops.models.open_causal_lm import fingerprint, max_positions
from loops.models.tokenizer import TextTokenizer
from loops.models.weights import load_tokenizer, save_whole, student_digest
from loops.seeded import seeded
from loops.trainer.adapter import Beginning, Lora, begin
from loops.trainer.run_trl import TokenLoss, fixed_arguments, last_checkpoint, make_trainer
from loops.trainer.tokenised import Schedule, Special, cut, dataset, schedule, texts

CANARY = "canary.json"


@dataclass(frozen=True, slots=True)
class SFT:
    """Next-token training of all weights or of a LoRA adapter."""

    learning_rate: float
    """Peak rate of AdamW."""
    lr_scheduler_type: str
    """How the rate falls after warm-up: linear, cosine, constant_with_warmup, ..."""
    warmup_steps: int
    """Steps in which the rate rises from 0."""
    weight_decay: float
    """Decoupled decay of matrices."""
    adam_beta1: float
    """Memory of the gradient's mean."""
    adam_beta2: float
    """Memory of the gradient's square."""
    adam_epsilon: float
    """Added to the root of the gradient's square."""
    max_grad_norm: float
    """Gradients longer than this are shortened to it; 0: never."""
    match: Literal["steps", "epochs"]
    """What all generations have in common: `max_steps` (equal tokens) or `num_train_epochs` (equal
    readings)."""
    max_steps: int
    """Optimiser steps, with match=steps."""
    num_train_epochs: int
    """Readings of the corpus, with match=epochs."""
    per_device_train_batch_size: int
    """Rows in one forward pass."""
    gradient_accumulation_steps: int
    """Forward passes in one step."""
    max_length: int
    """Tokens in a row."""
    loss_on: Literal["all", "completion", "completion_as_text"]
    """all: texts joined, EOS after each, cut into blocks; completion: one text a row, its prompt read and not
    learned; completion_as_text: the completion stands as a text of its own."""
    loss: Literal["transformers", "trl"]
    """Whose code computes the same loss: transformers' is faster, TRL's also logs entropy and accuracy."""
    gradient_checkpointing: bool
    """Compute activations twice instead of keeping them: less memory, a third slower."""
    lora_r: int
    """Rank of an adapter. The `lora_` settings are read with adapter=fresh, continue or merge."""
    lora_alpha: int
    """An adapter's change is scaled by lora_alpha / lora_r."""
    lora_dropout: float
    """Share of an adapter's inputs set to 0."""
    lora_target_modules: tuple[str, ...]
    """Names of the modules that get an adapter."""
    save_steps: int | None
    """Steps between checkpoints to resume from; null: an interrupted training starts anew."""

    kinds: ClassVar = ("text",)
    needs: ClassVar = ()
    trains_adapters: ClassVar = True

    def __post_init__(self) -> None:
        if not self.learning_rate > 0 or min(self.warmup_steps, self.weight_decay, self.max_grad_norm) < 0:
            raise ValueError("want learning_rate > 0, and 0 or more of warmup_steps, weight_decay, max_grad_norm")
        counts = self.max_steps, self.num_train_epochs, self.per_device_train_batch_size, self.lora_r
        if min(*counts, self.gradient_accumulation_steps) < 1 or self.max_length < 2:
            raise ValueError(
                "want max_length 2 or more, and 1 or more of max_steps, num_train_epochs, "
                "per_device_train_batch_size, gradient_accumulation_steps, lora_r"
            )
        if self.save_steps is not None and self.save_steps < 1:
            raise ValueError(f"save_steps: got {self.save_steps}, want 1 or more, or null")

    def train(self, call: TrainCall, given: Given, key: Key) -> dict[str, Any]:
        """Train from `call.start` and write the student into `call.folder`.

        Besides `digest` and `adapter`: `base` and `base_digest` (see `Beginning`), `steps`,
        `tokens` (read), `loss_tokens` (learned), `epochs`, `loss` (last step), `mean_loss`, `canary`.

        Raises:
            ConfigError: see `begin`; or rows are longer than the model holds.
            StageError: nothing to train on, or the loss is not finite.
        """
        tokenizer = load_tokenizer(call.start)
        lora = Lora(self.lora_r, self.lora_alpha, self.lora_dropout, self.lora_target_modules)
        with seeded(key.fold("train").seed()):
            beginning = begin(call.start, call.adapter, lora, call.folder, call.runtime)
            self._fits(beginning.model)
            plan = self._plan(call, tokenizer, key)
            trainer = self._trainer(call, beginning, plan, tokenizer, key)
            trainer.train(resume_from_checkpoint=last_checkpoint(call.work))
        losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
        if not math.isfinite(sum(losses)):
            raise StageError(
                f"trainer: the loss is not finite (step {np.flatnonzero(~np.isfinite(losses))[0] + 1} of "
                f"{plan.steps}). Lower learning_rate or max_grad_norm."
            )
        written = self._save(call, beginning, trainer.model, tokenizer)
        shutil.rmtree(call.work, ignore_errors=True)
        return written | {
            "steps": plan.steps,
            "tokens": len(plan.rows.ids),
            "loss_tokens": plan.rows.loss_tokens(),
            "epochs": plan.epochs,
            "loss": losses[-1],
            "mean_loss": math.fsum(losses) / len(losses),
            **self._also_logged(trainer.state.log_history),
        }

    def _loss(self) -> str | TokenLoss:
        return self.loss

    def _also_logged(self, history: Sequence[Mapping[str, float]]) -> dict[str, float]:
        """Return what a training with another loss says of itself besides, read from the log of its steps."""
        return {}

    def _fits(self, model: Any) -> None:
        longest = max_positions(model)
        if longest is not None and self.max_length > longest:
            raise ConfigError(
                f"trainer.max_length: got {self.max_length}, but the model holds {longest} tokens "
                "(max_position_embeddings). Lower it."
            )

    def _plan(self, call: TrainCall, tokenizer: TextTokenizer, key: Key) -> Schedule:
        special = Special(tokenizer.start_id, tokenizer.eos_id, tokenizer.pad_id)
        rows, weight = texts(tokenizer.encode(call.corpus), self.loss_on, special), call.weight
        joined = self.loss_on == "all"
        if not joined:
            rows, weight = cut(rows, weight, self.max_length)
        return schedule(
            rows,
            weight,
            key,
            special,
            max_length=self.max_length,
            joined=joined,
            rows_per_step=self.per_device_train_batch_size * self.gradient_accumulation_steps,
            steps=self.max_steps if self.match == "steps" else None,
            epochs=self.num_train_epochs if self.match == "epochs" else None,
        )

    def _trainer(
        self, call: TrainCall, beginning: Beginning, plan: Schedule, tokenizer: TextTokenizer, key: Key
    ) -> Any:
        seed = key.fold("train").seed()
        fixed = fixed_arguments(call.work, call.runtime.device, call.runtime.dtype, seed)
        own = {
            "max_steps": plan.steps,
            "per_device_train_batch_size": self.per_device_train_batch_size,
            "gradient_accumulation_steps": self.gradient_accumulation_steps,
            "learning_rate": self.learning_rate,
            "lr_scheduler_type": self.lr_scheduler_type,
            "warmup_steps": self.warmup_steps,
            "weight_decay": self.weight_decay,
            "adam_beta1": self.adam_beta1,
            "adam_beta2": self.adam_beta2,
            "adam_epsilon": self.adam_epsilon,
            "max_grad_norm": self.max_grad_norm,
            "activation_checkpointing": self.gradient_checkpointing,  # its name since transformers 5.20
            "save_strategy": "no" if self.save_steps is None else "steps",
            "save_steps": self.save_steps or 500,
        }
        rows = dataset(plan.rows, key.digest)
        loss = self._loss()
        return make_trainer(beginning.model, beginning.lora, fixed | own, rows, tokenizer, loss, call.progress)

    def _save(self, call: TrainCall, beginning: Beginning, model: Any, tokenizer: TextTokenizer) -> dict[str, Any]:
        model.eval()
        canary = _canary(model, call.runtime.dtype)
        call.folder.mkdir(parents=True, exist_ok=True)
        if beginning.base is None:
            digest = save_whole(model, tokenizer, call.folder)
        else:
            model.save_pretrained(call.folder, save_embedding_layers=False)
            (call.folder / "README.md").unlink(missing_ok=True)  # PEFT's empty model card
            digest = student_digest(call.folder, beginning.base_digest)
        (call.folder / CANARY).write_text(json.dumps(canary))
        return {
            "digest": digest,
            "adapter": beginning.base is not None,
            "base": beginning.base,
            "base_digest": beginning.base_digest,
            "canary": canary,
        }


def _canary(model: Any, dtype: str) -> list[float]:
    """Return the fingerprint of the model as it will be drawn from, before any file is written."""
    if dtype == "float32":
        return [float(nats) for nats in fingerprint(model)]
    import copy

    import torch

    whole = copy.deepcopy(model)
    whole = whole.merge_and_unload() if hasattr(whole, "merge_and_unload") else whole
    return [float(nats) for nats in fingerprint(whole.to(getattr(torch, dtype)))]
