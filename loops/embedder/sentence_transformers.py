"""Embeds a text with a sentence-transformers model: what reported figures are usually made with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from loops.embedder.pretrained import Pretrained
from loops.given import Given
from loops.runtime import Runtime
from loops.samples import Samples


@dataclass(frozen=True, slots=True)
class SentenceTransformers(Pretrained):
    """A sentence model with its own pooling, on the run's device and in its dtype.

    A text longer than the model holds (256 tokens for MiniLM) is cut there by the library.
    """

    trust_remote_code: bool
    """Whether the model may bring Python code of its own."""
    prompt: str
    """Put before every text, such as "query: " for E5; empty: nothing, whatever the model's default."""
    batch_size: int
    """Texts side by side."""

    library: ClassVar[str] = "sentence_transformers"

    def __post_init__(self) -> None:
        if self.batch_size < 1:
            raise ValueError(f"batch_size: got {self.batch_size}, want 1 or more")

    def embed(self, samples: Samples, given: Given, runtime: Runtime) -> np.ndarray:
        """Return one row a text, (n_texts, dimensions).

        Raises:
            ConfigError: the library or the model is not there.
        """
        self.check_available()
        rows: np.ndarray = self._model(runtime).encode(
            samples.texts(), prompt=self.prompt, batch_size=self.batch_size, show_progress_bar=False
        )
        return rows.astype(np.float32)

    def _model(self, runtime: Runtime) -> Any:
        import torch
        from sentence_transformers import SentenceTransformer  # type: ignore[import-not-found, unused-ignore]

        folder = self.folder()
        try:
            return SentenceTransformer(
                str(folder or self.model_name_or_path),
                device=runtime.device,
                revision=self.revision,
                trust_remote_code=self.trust_remote_code,
                local_files_only=folder is not None,
                model_kwargs={"dtype": getattr(torch, runtime.dtype)},
            )
        except (OSError, ValueError, KeyError) as error:
            raise self.not_loaded(error) from error
