"""What a report is made of: plain values that the caller fills in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tracking.rows import Row

SECTIONS = (
    "findings",
    "collapses",
    "theory",
    "tails",
    "controls",
    "sharpening",
    "measures",
    "texts",
    "filters",
    "decisions",
    "training",
    "auditor",
    "not_measurable",
    "stages",
    "provenance",
)
"""Every section of a run's report, in the order in which a reader meets them; one without content is left out."""
COMPARISON = (
    "findings",
    "headline",
    "controls",
    "costs",
    "tails",
    "theory",
    "measures",
    "auditor",
    "collapses",
    "sharpening",
    "filters",
    "decisions",
    "training",
    "texts",
    "not_measurable",
    "stages",
    "provenance",
)
"""The same for a comparison of runs, where differences and costs come first."""


@dataclass(frozen=True, slots=True)
class Arm:
    """One arm, and how it differs from the others."""

    name: str
    description: str
    """Settings that differ between arms, such as `mixer=accumulate, human_share=0.3`."""


@dataclass(frozen=True, slots=True)
class Difference:
    """An arm against a control, paired by seed; computed by the caller."""

    measure: str
    arm: str
    control: str
    generation: int
    mean: float
    low: float | None
    """Lower end of the 95% interval over pairs; None with too few seeds."""
    high: float | None
    n_seeds: int
    statement: str
    """What may be said, such as "higher than human_only" or "too few seeds to say"."""
    slope: float | None = None
    """Change of the difference per generation, by least squares; None with one generation."""
    slope_low: float | None = None
    """Lower end of its 95% interval over pairs; None with too few seeds."""
    slope_high: float | None = None


@dataclass(frozen=True, slots=True)
class SlopeEvidence:
    """The slope of one measure, held against what it must pass."""

    condition: str
    """What is to be shown or ruled out, such as "tail loss rises"."""
    measure: str
    generations: tuple[int, int]
    """First and last that the slope is over."""
    slope: float
    """Change per generation, relative to the control, as a share: see `evals.collapse_rules`."""
    low: float | None
    """Lower end of its interval over seeds; None with too few seeds."""
    high: float | None
    noise: float | None
    """With too few seeds, by how much the slope must clear the threshold; else None."""
    threshold: float
    """What the slope must pass; negative where it must fall."""
    n_seeds: int
    is_met: bool
    """Whether this speaks for the verdict."""


@dataclass(frozen=True, slots=True)
class Collapse:
    """What is said of an arm under one name of collapse, or of one phase; computed by the caller."""

    arm: str
    name: str
    is_phase: bool
    state: str
    """held, not held or not measurable."""
    held_in: Sequence[tuple[int, int]]
    """First and last generation of each span in which it is held."""
    control: str
    """What slopes are relative to: an arm, or "generation 0"."""
    n_seeds: int
    caution: str
    """Such as "one seed", where there are too few seeds for intervals; else empty."""
    evidence: Sequence[SlopeEvidence]
    reason: str
    """Why it is not measurable."""


@dataclass(frozen=True, slots=True)
class FilterCost:
    """A measure of what a filter kept, against random subsets of as many texts of what went in."""

    arm: str
    generation: int
    filter: str
    measure: str
    """As `metric/part`."""
    kept: float
    random: float
    n_seeds: int
    statement: str
    """Either "beyond chance" or "as a random subset"."""


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """How many texts a filter dropped for one reason; rows that agree in all names are added up."""

    arm: str
    generation: int
    filter: str
    reason: str
    count: int
    tokens: int


@dataclass(frozen=True, slots=True)
class BucketSize:
    """How much human text lies in a bucket of frequency; the train split alone makes the buckets."""

    arms: tuple[str, ...]
    """Arms that have this human text and tokenizer."""
    division: str
    """What is divided, and by what, such as "words by count"."""
    bucket: str
    """As measures name it, such as `seen_4_10` or `tail`."""
    train_types: int
    train_occurrences: int
    reference_types: int
    reference_occurrences: int


@dataclass(frozen=True, slots=True)
class TheoryCurve:
    """What theory expects of a measure in one arm."""

    measure: str
    arm: str
    generations: Sequence[int]
    values: Sequence[float]
    label: str
    """Name or formula of the law, such as "H0 (1 - 1/n)^k"."""


@dataclass(frozen=True, slots=True)
class StageTime:
    """One stage of one run."""

    arm: str
    seed: int
    generation: int
    name: str
    seconds: float
    """What it took when it was computed, in this run or in an earlier one."""
    is_shared: bool = False
    """Whether a stage before it in the report is the same one, so that its seconds are not spent twice."""


@dataclass(frozen=True, slots=True)
class ArmCost:
    """What one run of an arm costs, averaged over its runs; computed by the caller."""

    arm: str
    n_runs: int
    drawn_tokens: float
    """Tokens that teachers wrote for the loop, in all generations."""
    trained_tokens: float
    """Tokens that students were trained on, in all generations."""
    human_tokens: float | None
    """Tokens of all human text that any corpus held, each text once; None where its weight is a probability."""
    drawing_seconds: float
    """Its share of the seconds of drawing and filtering."""
    training_seconds: float
    seconds: float
    """Its share of all seconds: a stage counts once, split evenly between the runs that used it."""
    seconds_alone: float
    """What it would have taken if nothing were shared."""


@dataclass(frozen=True, slots=True)
class Label:
    """How a measure is called in a figure."""

    title: str
    unit: str


@dataclass(frozen=True, slots=True)
class ReportData:
    """Everything that a report shows, of one run or of a set of arms."""

    title: str
    command: str
    """The command that makes these results again."""
    arms: Sequence[Arm]
    """In the order of colours and tables."""
    rows: Sequence[Row]
    """History rows of every arm, seed and replica."""
    headlines: Sequence[str] = ()
    """What was found, one sentence each, the most important first."""
    headline: Sequence[str] = ()
    """Measures for the table at the top."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """What was run, in short: source, student, sizes, start, scale."""
    controls: Sequence[str] = ()
    """Arms that others are compared with, such as `human_only`."""
    differences: Sequence[Difference] = ()
    costs: Sequence[ArmCost] = ()
    collapses: Sequence[Collapse] = ()
    filter_costs: Sequence[FilterCost] = ()
    ledger: Sequence[LedgerRow] = ()
    drawn_counts: Mapping[tuple[str, int], int] = field(default_factory=dict)
    """Texts drawn by (arm, generation), over all seeds of the ledger; drops are then shown as a share."""
    buckets: Sequence[BucketSize] = ()
    """In the order of reading; the sizes of one division and the same arms follow one another."""
    texts: Mapping[int, Mapping[str, Sequence[str]]] = field(default_factory=dict)
    """Texts by generation and arm; the same place in each list is the same prompt and draw."""
    text_titles: Sequence[str] = ()
    """One per place in those lists, such as the prompt."""
    texts_lead: str = (
        "Columns are generations, rows are arms. All of them have the same prompt, and the arms of one column "
        "share their random numbers. A text that all arms share stands once."
    )
    """How texts beside each other go together."""
    theory: Sequence[TheoryCurve] = ()
    auditor: Sequence[Row] = ()
    """Rows measured on the auditor split, in the form of `rows`."""
    stages: Sequence[StageTime] = ()
    alarms: Sequence[str] = ()
    """What looks wrong with the run itself, such as many texts that ended at the length limit."""
    notes: Sequence[str] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    """YAML settings by arm."""
    labels: Mapping[str, Label] = field(default_factory=dict)
    """Titles and units by measure, over those that the report knows itself."""
    sections: Sequence[str] = SECTIONS
