"""A made-up experiment for the report: three arms, three seeds, four generations, and all that can go wrong."""

import math
from collections.abc import Callable, Sequence

import pytest

from tracking.report.data import (
    Arm,
    BucketSize,
    Collapse,
    Difference,
    LedgerRow,
    ReportData,
    SlopeEvidence,
    StageTime,
    TheoryCurve,
)
from tracking.rows import Row

ARMS = ("replace", "accumulate,mixer.human_share=0.1", "human_only")
GENERATIONS = (0, 1, 2, 3)
HOSTILE = '<script>alert("text")</script><img src=x onerror=alert(1)> café 語 \u202eabc'
BUCKETS = ("seen_0", "seen_1", "seen_2_3", "seen_4_10", "seen_11_100", "seen_101_1000")

# How fast each arm moves, per generation: (head, tail, distinct bigrams).
_PACE = {ARMS[0]: (0.13, 0.62, -0.06), ARMS[1]: (0.03, 0.12, -0.01), ARMS[2]: (0.0, 0.01, 0.0)}


def measured(name: str, value: float, width: float, human: float | None = None) -> Row:
    """Give a measure its interval, and the human value where there is one."""
    row: dict[str, float] = {name: value, f"{name}/low": value - width, f"{name}/high": value + width}
    return row if human is None else {**row, f"{name}/human": human}


def history_row(arm: str, seed: int, generation: int) -> Row:
    """Write one row; in generation 3 seed 0 of `replace` has too little text to measure bigrams."""
    head, tail, bigrams = (pace * generation for pace in _PACE[arm])
    noise = 0.09 * math.sin(7 * seed + (3 + seed) * generation)
    row: dict[str, str | int | float | None] = {"arm": arm, "seed": seed, "generation": generation}
    row |= {"start": "base", "adapter": "none"}
    for metric, scale in (("token_frequency_nll", 1.0), ("word_frequency_nll", 1.9)):
        row |= measured(f"student/{metric}/head", scale * (2.33 + head) + noise, 0.03)
        row |= measured(f"student/{metric}/tail", scale * (5.25 + tail) + noise, 0.08)
    for place, bucket in enumerate(BUCKETS):
        rarity = (len(BUCKETS) - place) / len(BUCKETS)
        row[f"student/word_frequency_nll/{bucket}"] = 4 + 9 * rarity + tail * rarity**2 + noise
    row |= measured("student/perplexity/value", math.exp(3.4 + tail / 3) + noise, 0.6)
    row |= measured("sampled/distinct_n/2", 0.52 + bigrams + noise / 9, 0.01, human=0.55)
    row |= measured("sampled/missing_mass/2", 0.41 - bigrams + noise / 9, 0.01, human=0.38)
    row |= measured("sampled/compression/ratio", 3.1 - 4 * bigrams + noise / 9, 0.05, human=2.9)
    if arm == ARMS[0] and generation == 3 and seed == 0:
        for name in ("sampled/distinct_n/2", "sampled/missing_mass/2"):
            row |= {name: None, f"{name}/low": None, f"{name}/why": "sampled has 812 of 5,000 words"}
            row[f"{name}/high"] = None
    if generation and arm != "human_only":
        row["drawn/distinct_n/2"] = 0.44 + bigrams + noise / 9
        row |= {"drawn/tokens": 98_304 + seed, "kept/tokens": 80_000 - 6_000 * generation}
    row |= {"corpus/tokens": 120_000, "corpus/human_share": 0.1 if arm == ARMS[1] and generation else 1.0}
    row |= {"controller/alarm": 0.0, "controller/alarm/why": "within its limit", "human/tokens_read": 120_000}
    return row


def history(seeds: Sequence[int] = (0, 1, 2)) -> list[Row]:
    """Write every row, in the order in which a run would."""
    return [history_row(arm, seed, generation) for arm in ARMS for seed in seeds for generation in GENERATIONS]


def texts() -> dict[int, dict[str, list[str]]]:
    """Write texts that decay, with what must not reach the page as it stands."""
    whole = "Return the number of bytes that were written to the stream,\n    or None if the stream is not ready.\n"
    decayed = {
        0: whole,
        1: whole.replace("stream", "string"),
        2: "Return the string " * 9,
        3: "the the the " * 60,
    }
    return {
        generation: {
            arm: [
                whole * 3 if generation == 0 else decayed[generation if arm == ARMS[0] else min(generation, 1)],
                f"{HOSTILE} {generation}",
            ]
            for arm in ARMS
        }
        for generation in GENERATIONS
    }


def verdicts() -> list[Collapse]:
    """Write one verdict of each state, and one that few seeds speak for."""
    tail, head = (f"student/word_frequency_nll/{end}" for end in ("tail", "head"))
    rises = SlopeEvidence("tail loss rises", tail, (0, 3), 0.118, 0.102, 0.134, None, 0.02, 5, is_met=True)
    stays = SlopeEvidence("head loss rises", head, (0, 3), 0.025, None, None, 0.012, 0.02, 3, is_met=False)
    early = Collapse(ARMS[0], "early phase", True, "held", ((0, 3), (5, 8)), "human_only", 5, "", (rises,), "")
    few = Collapse(ARMS[0], "late phase", True, "not held", (), "human_only", 3, "3 of 5 seeds", (stays,), "")
    why = "it takes a world of modes"
    modes = Collapse(ARMS[0], "merging modes", False, "not measurable", (), "human_only", 0, "", (), why)
    own = Collapse("human_only", "early phase", True, "not held", (), "generation 0", 5, "", (rises,), "")
    return [early, few, modes, own]


def experiment(seeds: Sequence[int] = (0, 1, 2)) -> ReportData:
    """Put together everything that a report can show."""
    tail = "student/token_frequency_nll/tail"
    return ReportData(
        title="demo: what a loop forgets <b>first</b>",
        command="heirloom run experiment=demo seeds=[0,1,2]",
        arms=[
            Arm(ARMS[0], "each generation on its own draws alone"),
            Arm(ARMS[1], "human text and all draws so far"),
            Arm(ARMS[2], "the same steps on human text"),
        ],
        rows=history(seeds),
        headlines=[
            "After three generations on its own texts the student has lost 1.86 nats per token in the tail and 0.39 in "
            "the head.",
            "With 10% human text the tail loses 0.36.",
        ],
        facts={
            "source": "stdlib_docs, 1.9 MB in 6,120 texts",
            "student": "llama, 0.4M parameters, fresh weights",
            "start": "base, adapter none",
            "training": "250 steps of 32 x 96 tokens",
            "evaluation": "N = 5,000 words, L = 64 words",
            "python": "3.11.7, torch 2.13.0",
        },
        controls=["human_only"],
        differences=[
            Difference(name, arm, "human_only", 3, mean, mean - width, mean + width, 3, "too few seeds to say")
            for name, scale in ((tail, 1.0), ("sampled/distinct_n/2", -0.1))
            for arm, mean, width in ((ARMS[0], 1.83 * scale, 0.21), (ARMS[1], 0.33 * scale, 0.12))
        ],
        collapses=verdicts(),
        ledger=[
            LedgerRow(arm, generation, name, reason, 40 * generation + extra, 2_000 * generation)
            for arm in ARMS[:2]
            for generation in (1, 2, 3)
            for name, reason, extra in (
                ("repetition", "repeated_lines", 30),
                ("exact_duplicate", "seen_before", 12),
                ("length", "too_short", 5),
            )
        ],
        drawn_counts={(arm, generation): 1_024 for arm in ARMS[:2] for generation in (1, 2, 3)},
        buckets=[
            BucketSize(ARMS, "words by count", "seen_0", 0, 0, 145, 176),
            BucketSize(ARMS, "words by count", "seen_4_10", 735, 4_401, 290, 528),
            BucketSize(ARMS, "tokens by mass", "tail", 158, 39_662, 151, 4_726),
        ],
        texts=texts(),
        text_titles=["prompt: <empty>, draw 0", "prompt 2, draw 0"],
        theory=[
            TheoryCurve("sampled/compression/ratio", ARMS[0], GENERATIONS, [3.1, 3.34, 3.58, 3.82], "3.1 + 0.24 g")
        ],
        auditor=[
            {
                "arm": arm,
                "seed": seed,
                "generation": generation,
                **measured("student/perplexity/value", value, 1.0),
            }
            for arm in ARMS
            for seed in seeds
            for generation in GENERATIONS
            for value in (31.0 + 20 * _PACE[arm][1] * generation + seed,)
        ],
        stages=[
            StageTime(arm, seed, generation, name, seconds, is_shared=generation == 0 and place > 0)
            for place, arm in enumerate(ARMS)
            for seed in seeds
            for generation in GENERATIONS
            for name, seconds in (("draw", 9.2), ("train", 21.5 + generation), ("sieve", 0.3))
        ],
        alarms=["replace, generation 3: 9.1% of texts ended at the length limit."],
        notes=["Loss tokens of the arms differ by 1.2%."],
        provenance={"python": "3.11.7", "corpus": {"digest": "9f31ab", "texts": 6120}, "note": HOSTILE},
        settings={ARMS[0]: "mixer:\n  human_share: 0\n  note: <b>\n"},
    )


@pytest.fixture
def make_experiment() -> Callable[..., ReportData]:
    """Hand out the function, for tests that want other seeds."""
    return experiment


@pytest.fixture
def data() -> ReportData:
    """Hand out the experiment with its three seeds."""
    return experiment()
