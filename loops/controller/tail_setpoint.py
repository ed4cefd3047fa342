"""Hold a tail measure at a set value by spending as little human text as that takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from loops.controller.decision import Decision
from loops.controller.watched import Watched


@dataclass(frozen=True, slots=True)
class TailSetpoint(Watched):
    """Sets the human share of the next corpus by a proportional-integral rule on how far the measure is off.

    The set value is student 0's plus `margin`. With e(g) the excess over it, the share for generation g + 1 is
    share(g) + gain * (e(g) - e(g-1)) + integral_gain * e(g), cut to [least_share, greatest_share]: the incremental
    form, which does not wind up while it is cut (Astrom and Hagglund 1995, section 3.5). Where the measure is null,
    the greatest share is spent.

    The measure is taken on the reference split, which is human text too: `human/tokens_read` counts it.
    """

    first_share: float
    """The human share of generation 1."""
    least_share: float
    """The share falls no lower."""
    greatest_share: float
    """The share rises no higher."""
    gain: float
    """Share by which a change of the excess by 1 is answered."""
    integral_gain: float
    """Share by which a lasting excess of 1 is answered in each generation."""

    reads_reference: ClassVar = True
    changes: ClassVar = ("mixer.human_share",)

    def __post_init__(self) -> None:
        # super() finds no class in a dataclass with slots.
        Watched.__post_init__(self)
        if not 0 <= self.least_share <= self.first_share <= self.greatest_share < 1:
            raise ValueError(
                f"want 0 <= least_share <= first_share <= greatest_share < 1, got {self.least_share}, "
                f"{self.first_share}, {self.greatest_share}"
            )
        if min(self.gain, self.integral_gain) < 0 or self.gain + self.integral_gain == 0:
            raise ValueError(
                f"gain, integral_gain: got {self.gain} and {self.integral_gain}, want 0 or more, and one above 0"
            )

    def decide(self, history: Sequence[Mapping[str, Any]], generation: int) -> Decision:
        """Enter `controller/human_share`: the share of the next corpus."""
        if generation == 0:
            return self._share(
                self.first_share, f"student 0 is what the set value is measured from: {self.first_share:.4g}"
            )
        excess, before = self.excess(history, generation), self.excess(history, generation - 1)
        if excess is None:
            return self._share(self.greatest_share, f"{self.measure} is not measurable: the greatest share is spent")
        (row,) = (row for row in history if row["generation"] == generation - 1)
        share = float(row["controller/human_share"])
        change = self.gain * (excess - (excess if before is None else before)) + self.integral_gain * excess
        new = min(max(share + change, self.least_share), self.greatest_share)
        side = "worse" if excess > 0 else "better"
        reason = f"{self.measure} is {abs(excess):.4g} {side} than its set value: from {share:.4g} to {new:.4g}"
        return self._share(new, reason)

    def _share(self, share: float, reason: str) -> Decision:
        return Decision(settings={"mixer.human_share": share}, entries={"human_share": share}, reason=reason)
