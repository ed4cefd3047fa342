"""Embeds a text with static token vectors of model2vec: some thousand texts a second on one core."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from loops.embedder.pretrained import Pretrained
from loops.given import Given
from loops.runtime import Runtime
from loops.samples import Samples


@dataclass(frozen=True, slots=True)
class Model2Vec(Pretrained):
    """Mean of the vectors of a text's tokens, the whole text at any length.

    Word order does not count. Good for a quick look: static vectors distilled from a sentence model rank pairs of
    texts as it does only in part.
    """

    library: ClassVar[str] = "model2vec"

    def embed(self, samples: Samples, given: Given, runtime: Runtime) -> np.ndarray:
        """Return one row a text, (n_texts, dimensions); a text of which the model knows no token is all zeros.

        Raises:
            ConfigError: the library or the model is not there.
        """
        self.check_available()
        rows: np.ndarray = self._model().encode(
            samples.texts(), max_length=None, show_progress_bar=False, use_multiprocessing=False
        )
        return rows.astype(np.float32)

    def _model(self) -> Any:
        from huggingface_hub import snapshot_download
        from model2vec import StaticModel  # type: ignore[import-not-found, unused-ignore]

        try:
            folder = self.folder() or snapshot_download(self.model_name_or_path, revision=self.revision)
            return StaticModel.from_pretrained(str(folder))
        except (OSError, ValueError, KeyError) as error:
            raise self.not_loaded(error) from error
