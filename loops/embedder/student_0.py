"""Embeds a text by what student 0 makes of it: a space of the run's own, with no other model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from loops.given import Given
from loops.model import open_model
from loops.runtime import Runtime
from loops.samples import Samples


@dataclass(frozen=True, slots=True)
class Student0:
    """Mean last hidden state of student 0 over a text's tokens; it has no settings.

    The same student for every generation, so that the yardstick stays while students change. Student 0 belongs to a
    seed: compare arms within one seed, and seeds by differences between arms only.
    """

    kinds: ClassVar[tuple[str, ...]] = ("text",)
    needs: ClassVar[tuple[str, ...]] = ("student_0",)

    def embed(self, samples: Samples, given: Given, runtime: Runtime) -> np.ndarray:
        """Return one row a text, (n_texts, hidden_size); a text without tokens is all zeros."""
        return open_model(given.student_0, runtime).embed(samples)
