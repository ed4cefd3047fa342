"""How a human share changes over generations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Shape = Literal["constant", "step", "linear", "exponential", "inverse"]


@dataclass(frozen=True, slots=True)
class ShareSchedule:
    """A share for each generation from 1 on.

    constant: first. step: first, then last from generation `until` on. linear: equal differences from first in
    generation 1 to last in `until`. exponential: equal ratios. inverse: first / g; the share of human text in a pool
    that accumulates equal parts is 1 / (g + 1) (Gerstgrasser et al. 2024).
    """

    shape: Shape
    first: float
    last: float | None
    until: int | None

    def __post_init__(self) -> None:
        ends = self.shape in ("step", "linear", "exponential")
        if not ends and (self.last, self.until) != (None, None):
            raise ValueError(
                f"schedule={self.shape} knows no end: want last_human_share and last_generation null, "
                f"got {self.last} and {self.until}"
            )
        if not ends:
            return
        if self.last is None or not 0 <= self.last <= 1:
            raise ValueError(f"last_human_share: got {self.last}, want a share in [0, 1] with schedule={self.shape}")
        if self.until is None or self.until < 2:
            raise ValueError(f"last_generation: got {self.until}, want 2 or more with schedule={self.shape}")
        if self.shape == "exponential" and not min(self.first, self.last) > 0:
            raise ValueError("schedule=exponential: want both shares above 0, since their ratio is taken")

    def at(self, generation: int) -> float:
        """Return the share in a generation, counted from 1."""
        if self.shape == "constant":
            return self.first
        if self.shape == "inverse":
            return self.first / generation
        assert self.last is not None and self.until is not None  # noqa: PT018
        if generation >= self.until:
            return self.last
        if self.shape == "step":
            return self.first
        way = (generation - 1) / (self.until - 1)
        if self.shape == "linear":
            return self.first + way * (self.last - self.first)
        return float(self.first * (self.last / self.first) ** way)

    @property
    def shares(self) -> tuple[float, float]:
        """The least and the greatest share of any generation; 1/g falls to 0 without reaching it."""
        ends = (self.first, self.first if self.shape == "constant" else self.last or 0.0)
        return min(ends), max(ends)
