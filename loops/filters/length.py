"""Drop texts that are too short, too long, or cut at the length limit."""

from __future__ import annotations

from dataclasses import dataclass

from evals.words import words
from loops.filters.row_filter import RowFilter
from loops.samples import Sample


@dataclass(frozen=True, slots=True)
class Length(RowFilter):
    """Keeps texts between two lengths in words."""

    min_words: int
    """Fewest words; shorter texts are dropped as `too_short`. 0: no limit."""
    max_words: int | None
    """Most words; longer texts are dropped as `too_long`. null: no limit."""
    drop_cut: bool
    """Whether to drop as `cut` what ran into the writer's length limit instead of ending by itself."""

    def __post_init__(self) -> None:
        if self.min_words < 0 or (self.max_words is not None and self.max_words < max(self.min_words, 1)):
            raise ValueError(
                f"got min_words {self.min_words} and max_words {self.max_words}, "
                "want 0 <= min_words <= max_words and max_words at least 1 (null: no limit)"
            )

    def reason(self, sample: Sample) -> str | None:
        """Judge the completion alone: the prompt is not the writer's."""
        if self.drop_cut and sample.finish_reason == "length":
            return "cut"
        n_words = len(words(sample.completion))
        if n_words < self.min_words:
            return "too_short"
        return "too_long" if self.max_words is not None and n_words > self.max_words else None
