"""Sharpening apart from recursion, head beside tail, and drops as shares."""

from tracking.report.comparisons import drops, head_tail_pairs, profiles, sharpening
from tracking.report.curves import curve_book
from tracking.report.data import Arm, LedgerRow, ReportData
from tracking.rows import Row


def data_of(rows: list[Row] | None = None, **more: object) -> ReportData:
    return ReportData("t", "c", [Arm("cold", ""), Arm("warm", "")], rows or [], **more)  # type: ignore[arg-type]


def test_sharpening_is_the_first_step_and_recursion_the_rest() -> None:
    # Student 0 sampled 0.50; drawn cold in generation 1: 0.40, in generation 2: 0.25.
    rows: list[Row] = [
        {"arm": "cold", "seed": 0, "generation": 0, "sampled/distinct_n/2": 0.50, "sampled/tokens": 90},
        {"arm": "cold", "seed": 0, "generation": 1, "sampled/distinct_n/2": 0.45, "drawn/distinct_n/2": 0.40},
        {"arm": "cold", "seed": 0, "generation": 2, "drawn/distinct_n/2": 0.25, "drawn/tokens": 80},
    ]
    (found,) = sharpening(curve_book(data_of(rows), rows))
    assert (found.measure, found.arm, found.sampled, list(found.drawn)) == ("distinct_n/2", "cold", 0.5, [0.4, 0.25])
    assert round(found.sharpening, 9) == -0.1
    assert round(found.recursion, 9) == -0.15


def test_only_measures_with_head_and_tail_are_pairs() -> None:
    names = ["s/m/head", "s/m/tail", "s/n/head", "s/n/tail_per_byte"]
    assert [tuple(pair) for pair in head_tail_pairs(names)] == [("s/m", "s/m/head", "s/m/tail")]


def test_a_profile_goes_from_the_rarest_bucket_to_the_most_frequent() -> None:
    rows: list[Row] = [
        {"arm": "cold", "seed": 0, "generation": g, "s/w/seen_11_100": 1.0, "s/w/seen_0": 5.0 + g, "s/w/seen_4_10": 2.0}
        for g in (0, 2)
    ]
    (profile,) = profiles(curve_book(data_of(rows), rows))
    assert profile.parts == ("seen_0", "seen_4_10", "seen_11_100")
    assert profile.changes == {"cold": [2.0, 0.0, 0.0]}


def test_drops_add_up_over_seeds_and_are_a_share_of_what_was_drawn() -> None:
    ledger = [LedgerRow("cold", 1, "length", "too_short", 10, 100), LedgerRow("cold", 1, "length", "too_short", 5, 50)]
    (drop,) = drops(data_of(ledger=ledger, drawn_counts={("cold", 1): 60}))
    assert (drop.n_texts, drop.n_tokens, drop.share) == (15, 150, 0.25)


def test_a_share_of_an_unknown_number_is_not_guessed() -> None:
    (drop,) = drops(data_of(ledger=[LedgerRow("cold", 1, "length", "too_short", 10, 100)]))
    assert drop.share is None
