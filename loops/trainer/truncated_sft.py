"""Supervised fine-tuning with truncated cross-entropy: what the model is already sure of teaches it nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from loops.trainer.run_trl import TokenLoss
from loops.trainer.sft import SFT
from loops.trainer.tokenised import IGNORED

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(slots=True)
class TruncatedCrossEntropy:
    """Cross-entropy without the tokens that get more than probability gamma from the model being trained.

    The sum of -log p over the labels with p <= gamma, divided by the number of all labels, those left out included:
    leaving tokens out makes steps smaller, as in the paper's code. No gradient flows through what is left out.

    Source: Shabgahi et al. 2025, ForTIFAI (arXiv 2509.08972), truncated cross-entropy; `clipped_loss` of its code.
    """

    gamma: float
    left_out: int = 0
    learned: int = 0

    def __call__(self, logits: Tensor, labels: Tensor, n_learned: Tensor | int | None) -> Tensor:
        """Return the loss; see `loops.trainer.run_trl.TokenLoss`."""
        from torch.nn.functional import cross_entropy

        targets = labels[:, 1:].flatten()  # (n_predicted,)
        nats = cross_entropy(logits[:, :-1].float().flatten(0, 1), targets, ignore_index=IGNORED, reduction="none")
        is_label = targets != IGNORED
        is_sure = is_label & (nats.detach().neg().exp() > self.gamma)
        self.left_out += int(is_sure.sum())
        self.learned += int(is_label.sum())
        return nats.masked_fill(is_sure, 0.0).sum() / (is_label.sum() if n_learned is None else n_learned)

    def log(self) -> dict[str, float]:
        """Return the labels of this step and how many were left out, and count the next step's from 0."""
        step: dict[str, float] = {"labels": self.learned, "left_out": self.left_out}
        self.learned = self.left_out = 0
        return step


@dataclass(frozen=True, slots=True)
class TruncatedSFT(SFT):
    """Training as by `sft`; its log says as `changed_share` which share of the labels was left out.

    `loss` and `mean_loss` are those of the truncated loss, and so do not compare with the losses of `sft`.
    """

    gamma: float
    """Leave out labels to which the model gives a probability above this; in (0, 1], where 1 leaves out none."""

    changes: ClassVar[str] = "tokens"

    def __post_init__(self) -> None:
        SFT.__post_init__(self)  # super() would look for the class that `slots` has replaced
        if not 0 < self.gamma <= 1:
            raise ValueError(f"gamma: got {self.gamma}, want a probability above 0 and at most 1")
        if self.loss != "transformers":
            raise ValueError(
                f"loss: got {self.loss}, want transformers: the truncated loss is ours, and TRL's would not be computed"
            )

    def _loss(self) -> TokenLoss:
        return TruncatedCrossEntropy(self.gamma)

    def _also_logged(self, history: Sequence[Mapping[str, float]]) -> dict[str, float]:
        labels, left_out = (sum(step.get(name, 0) for step in history) for name in ("labels", "left_out"))
        return {"changed_share": left_out / labels}
