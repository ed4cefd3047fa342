"""What each named collapse and phase means: measures, inequalities on their slopes, and the two thresholds.

"Collapse" has had at least eight meanings that exclude one another (Schaeffer et al. 2025, arXiv 2503.03150), so each
has a rule of its own. All measures are in units that every run carries, so that one threshold holds in every world.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

LOGARITHM = "logarithm"
"""The unit of a measure whose changes count as shares of what it is at the time."""
TAIL_QUARTER = 0.25
"""The share of human mass that is the tail, in which masses are counted."""


class Measure(NamedTuple):
    """A measure of the history that can take a role, and what change of it counts as 1."""

    name: str
    unit: str | float
    """A number; or the measure whose value for student 0 is the unit; or `LOGARITHM`."""


_WORDS = "student/word_frequency_nll"
_WORLD = "student/divergence"
_DENSITY = "student/density_nll"

ROLES: Mapping[str, tuple[Measure, ...]] = {
    # What student 0 knows beyond a model that has learned next to nothing: unigrams, the uniform, one Gaussian.
    "information": tuple(Measure(f"{each}/information_gain", f"{each}/information_gain")
                         for each in (_WORDS, _WORLD, _DENSITY)),
    "head loss": (Measure(f"{_WORDS}/head", f"{_WORDS}/information_gain"),
                  Measure(f"{_WORLD}/kl/head", f"{_WORLD}/information_gain")),
    "tail loss": (Measure(f"{_WORDS}/tail", f"{_WORDS}/information_gain"),
                  Measure(f"{_WORLD}/kl/tail", f"{_WORLD}/information_gain")),
    "missing mass": tuple(Measure(f"sampled/missing_mass/{n}", TAIL_QUARTER) for n in (2, 1)),
    "false mass": tuple(Measure(f"sampled/false_mass/{n}", TAIL_QUARTER) for n in (2, 1)),
    "diversity": tuple(Measure(f"sampled/hill/{n}/q1", LOGARITHM) for n in (2, 1)),
    "variance": (*(Measure(f"sampled/hill/{n}/q2", LOGARITHM) for n in (2, 1)),
                 Measure("student/gaussian_moments/log_variance", 1.0)),
    "types": tuple(Measure(f"sampled/hill/{n}/q0", LOGARITHM) for n in (2, 1)),
    "mode separation": (Measure("student/mode_separation/value", 1.0),),
}  # fmt: skip
"""Measures for each role, the first that a history holds is taken."""


class Condition(NamedTuple):
    """An inequality on a slope: direction * slope of the role's measure > threshold."""

    role: str
    direction: int
    """1: it rises; -1: it falls."""
    is_fast: bool = False
    """Which of the two thresholds."""
    is_of_later_half: bool = False
    """Whether the slope is that of the later half of the generations alone."""


CONDITIONS: Mapping[str, Condition] = {
    "loss rises": Condition("information", -1),
    "loss rises fast": Condition("information", -1, is_fast=True),
    "loss rises to the end": Condition("information", -1, is_of_later_half=True),
    "head loss rises": Condition("head loss", 1),
    "tail loss rises": Condition("tail loss", 1),
    "human text goes missing": Condition("missing mass", 1),
    "false mass rises": Condition("false mass", 1),
    "diversity rises": Condition("diversity", 1),
    "variance falls": Condition("variance", -1),
    "variance falls fast": Condition("variance", -1, is_fast=True),
    "types fall": Condition("types", -1),
    "modes merge": Condition("mode separation", -1),
}


class Thresholds(NamedTuple):
    """Change per generation, in the unit of a measure, that a slope must pass."""

    relevant: float
    fast: float

    def of(self, condition: str) -> float:
        """Return the one that a condition is held against."""
        return self.fast if CONDITIONS[condition].is_fast else self.relevant


THRESHOLDS = Thresholds(relevant=0.02, fast=0.1)
"""A fiftieth and a tenth a generation. `python -m experiments.collapses` shows how often they err, by world."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What must be so for a verdict to be held."""

    name: str
    is_phase: bool
    """Whether it is sought in every window of generations; a collapse is judged over all of them."""
    shown: tuple[str, ...] = ()
    """Conditions that must be shown."""
    ruled_out: tuple[str, ...] = ()
    """Conditions that must be shown not to be so."""
    wants: str = ""
    """What it would take to measure it, where no history of one run can."""


RULES: tuple[Rule, ...] = (
    Rule("catastrophic rise of test loss", False, ("loss rises fast",)),
    Rule("any rise of test loss", False, ("loss rises",)),
    Rule("divergence over generations", False, ("loss rises to the end",)),
    Rule("collapsing variance", False, ("variance falls",)),
    Rule("disappearing tail", False, ("human text goes missing",)),
    Rule("appearing false data", False, ("false mass rises",)),
    Rule("merging modes", False, ("modes merge",)),
    Rule("changed scaling", False, wants="it takes runs at several sizes of data or student"),
    Rule("early phase", True, ("tail loss rises",), ruled_out=("head loss rises",)),
    Rule("blur", True, ("diversity rises", "false mass rises", "loss rises")),
    Rule("late phase", True, ("variance falls", "types fall", "head loss rises")),
    Rule("masked late phase", True, ("variance falls fast", "types fall"), ruled_out=("loss rises fast",)),
)
"""Collapses in the order of Schaeffer et al. 2025, then phases in the order in which they come."""
