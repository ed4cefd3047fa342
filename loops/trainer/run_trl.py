"""One run of TRL's `SFTTrainer` on rows that are ready, with everything that matters passed explicitly."""

from __future__ import annotations

import json
import logging
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from loops.job import Progress
from loops.trainer.tokenised import IGNORED

if TYPE_CHECKING:
    from torch import Tensor

log = logging.getLogger(__name__)
CHECKPOINT = re.compile(r"checkpoint-(\d+)")


class TokenLoss(Protocol):
    """A loss over the labels of one forward pass, and what it has to say of a step."""

    def __call__(self, logits: Tensor, labels: Tensor, n_learned: Tensor | int | None) -> Tensor:
        """Return the loss, over `n_learned` labels, those of the whole step; None: over those given.

        (n_rows, n_tokens, vocab) and (n_rows, n_tokens) give a scalar; position i predicts label i + 1.
        """

    def log(self) -> dict[str, float]:
        """Return what the log of this step should hold besides, and begin the next step's."""


@dataclass(frozen=True, slots=True)
class Padded:
    """A collator: rows to tensors, shorter ones padded at the end."""

    pad_id: int

    def __call__(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, Tensor]:
        """Return `input_ids`, `labels` and `attention_mask`, (n_rows, longest) each."""
        import torch

        lengths = [len(row["input_ids"]) for row in rows]
        shape = len(rows), max(lengths)
        ids = np.full(shape, self.pad_id, np.int64)
        labels = np.full(shape, IGNORED, np.int64)
        for i, (row, length) in enumerate(zip(rows, lengths, strict=True)):
            ids[i, :length] = row["input_ids"]
            labels[i, :length] = row["labels"]
        mask = (np.arange(shape[1]) < np.array(lengths)[:, None]).astype(np.int64)
        named = {"input_ids": ids, "labels": labels, "attention_mask": mask}
        return {name: torch.from_numpy(array) for name, array in named.items()}


def make_trainer(
    model: Any,
    lora: Any,
    arguments: Mapping[str, Any],
    rows: Any,
    tokenizer: Any,
    loss: str | TokenLoss,
    progress: Progress,
) -> Any:
    """Return an `SFTTrainer` with the loss of `transformers` (its `Trainer`), of `trl`, or another.

    TRL's own loss runs a second head that also gives entropy and accuracy at every step, which costs half
    the speed of a small model on CPU; both compute the mean negative log-likelihood of the labels.
    """
    from transformers import PrinterCallback
    from trl.trainer.sft_config import SFTConfig

    trainer = _quiet_trainer(loss)(
        model=model,
        args=SFTConfig(**arguments),
        data_collator=Padded(tokenizer.pad_id),
        train_dataset=rows,
        processing_class=tokenizer.tokenizer,
        peft_config=lora,
        callbacks=[_shown(progress)],
    )
    trainer.remove_callback(PrinterCallback)
    return trainer


def _quiet_trainer(loss: str | TokenLoss) -> Any:
    """Return a class of trainers that tell nobody, with this loss."""
    from transformers import Trainer
    from trl.trainer.sft_trainer import SFTTrainer

    class QuietSFTTrainer(SFTTrainer):
        def _send_telemetry(self) -> None:
            """Tell nobody."""

        def create_model_card(self, *args: Any, **kwargs: Any) -> None:
            """Write no card beside checkpoints that live for minutes."""

        def floating_point_ops(self, inputs: dict[str, Any]) -> int:
            """Count none: it costs a share of every step of a small model, and nothing here reads it."""
            return 0

    class LeanSFTTrainer(QuietSFTTrainer):
        def compute_loss(
            self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
        ) -> Any:
            return Trainer.compute_loss(self, model, inputs, return_outputs, num_items_in_batch)

    if loss == "trl":
        return QuietSFTTrainer
    return LeanSFTTrainer if isinstance(loss, str) else _with_loss(QuietSFTTrainer, loss)


def _with_loss(quiet: Any, loss: TokenLoss) -> Any:
    class OtherLossSFTTrainer(quiet):  # type: ignore[misc]
        def compute_loss(
            self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
        ) -> Any:
            assert not return_outputs, "only evaluation asks for outputs, and there is none"
            labels = inputs.pop("labels")
            return loss(model(**inputs, use_cache=False).logits, labels, num_items_in_batch)

        def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
            """Log also what the loss says, in checkpoints too, so that a resumed training says the same."""
            super().log({**logs, **loss.log()}, start_time)

    return OtherLossSFTTrainer


def fixed_arguments(work: Path, device: str, dtype: str, seed: int) -> dict[str, Any]:
    """Return the arguments that no setting changes; TRL's and transformers' defaults differ on most of
    them."""
    return {
        "output_dir": str(work),
        "seed": seed,
        "data_seed": seed,
        "use_cpu": device == "cpu",
        "bf16": dtype == "bfloat16",  # autocast over float32 weights; TRL turns it on by default, on CPU too
        "fp16": dtype == "float16",
        "optim": "adamw_torch_fused" if device in ("cpu", "cuda") else "adamw_torch",
        "train_sampling_strategy": "sequential",  # the order is made beforehand, from the key
        "num_train_epochs": 1,
        "max_length": None,
        "packing": False,
        "dataset_kwargs": {"skip_prepare_dataset": True},
        "completion_only_loss": False,
        "assistant_only_loss": False,
        "loss_type": "nll",
        "remove_unused_columns": False,
        "average_tokens_across_devices": True,
        "dataloader_num_workers": 0,
        "dataloader_pin_memory": device == "cuda",
        "dataloader_drop_last": False,
        "logging_strategy": "steps",
        "logging_steps": 1,
        "logging_nan_inf_filter": False,  # it would hide a loss that is not finite
        "save_only_model": False,
        "save_total_limit": 2,
        "eval_strategy": "no",
        "load_best_model_at_end": False,
        "report_to": "none",
        "disable_tqdm": True,
        "push_to_hub": False,
        "torch_compile": False,
        "label_smoothing_factor": 0.0,
        "neftune_noise_alpha": None,
        "auto_find_batch_size": False,
        "ignore_data_skip": False,
    }


def last_checkpoint(work: Path) -> str | None:
    """Return the newest whole checkpoint and remove those that an interruption left unfinished.

    `trainer_state.json` is the last file that the library writes.
    """
    found: list[tuple[int, Path]] = []
    for path in work.glob("checkpoint-*"):
        match = CHECKPOINT.fullmatch(path.name)
        if match and _is_whole(path, int(match[1])):
            found.append((int(match[1]), path))
        else:
            log.info("%s: left unfinished by an interruption; removed", path)
            shutil.rmtree(path, ignore_errors=True)
    return str(max(found)[1]) if found else None


def _is_whole(path: Path, step: int) -> bool:
    try:
        state = json.loads((path / "trainer_state.json").read_text())
    except (OSError, json.JSONDecodeError):
        return False
    return bool(state.get("global_step") == step)


def _shown(progress: Progress) -> Any:
    from transformers import TrainerCallback

    class Shown(TrainerCallback):
        def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            progress(state.global_step, state.max_steps, "steps")

    return Shown()
