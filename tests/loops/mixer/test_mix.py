"""Mixing human text, the pool and what was kept."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from loops.errors import ConfigError, StageError
from loops.given import Given
from loops.key import Key
from loops.mixer.mix import NO_SCHEDULE, Mix, tokens_of
from loops.models.categorical import ValueCounter
from loops.ref import Ref
from loops.rows import Rows
from loops.run import component
from loops.samples import Samples

KEY = Key.root(0)
WORLD = Given({"tokenizer": ValueCounter()})


class Words:
    """Counts what is between blanks."""

    def count(self, samples: Samples) -> np.ndarray:
        return np.array([len(text.split()) for text in samples.texts()], float)


TEXT = Given({"tokenizer": Words()})


def _texts(name: str, n: int, words: int = 10, written_by: str | None = "0") -> Rows:
    completions = [" ".join([f"{name}{i}"] * words) for i in range(n)]
    rows = [{"completion": completion, "written_by": written_by} for completion in completions]
    return Rows.all_of(Samples.of_text(rows), Ref("draw", name, name, "samples"))


def _world(name: str, replicas: list[int], draws: int, weight: np.ndarray | None = None) -> Rows:
    value = np.tile(np.arange(draws), len(replicas))[:, None]
    samples = Samples.of_arrays(value, np.repeat(replicas, draws), weight, written_by=None if name == "human" else name)
    return Rows.all_of(samples, Ref("draw", name, name, "samples"))


HUMAN, OLDER, OLD, KEPT = _texts("h", 100, written_by=None), _texts("a", 100), _texts("b", 100), _texts("c", 100)


def _names(rows: Rows) -> list[str]:
    return [text.split()[0] for text in rows.samples().texts()]


def _mix(mixer: Mix, human: Rows = HUMAN, pool: tuple[Rows, ...] = (OLDER, OLD), kept: Rows | None = KEPT) -> Rows:
    return mixer.mix(human, pool, kept, TEXT, KEY, len(pool) + 1)


def _tokens(rows: Rows) -> float:
    return float(Words().count(rows.samples()).sum()) if len(rows) else 0.0


def test_replace_keeps_only_what_was_just_kept() -> None:
    assert _names(_mix(Mix(0.0, 1, None, None, False, *NO_SCHEDULE))) == _names(KEPT)


def test_text_that_no_share_asks_for_is_not_counted() -> None:
    class Refuses:
        def count(self, samples: Samples) -> np.ndarray:
            raise AssertionError(f"counted {len(samples)} texts")

    given = Given({"tokenizer": Refuses()})
    assert _names(Mix(0.0, 1, None, None, False, *NO_SCHEDULE).mix(HUMAN, (OLDER,), KEPT, given, KEY, 1)) == _names(
        KEPT
    )
    assert _names(Mix(1.0, 0, None, None, False, *NO_SCHEDULE).mix(HUMAN, (OLDER,), KEPT, given, KEY, 1)) == _names(
        HUMAN
    )


def test_accumulate_keeps_every_human_text_and_all_generations_in_order() -> None:
    corpus = _mix(Mix(None, None, None, None, False, *NO_SCHEDULE))
    assert _names(corpus) == [name for rows in (HUMAN, OLDER, OLD, KEPT) for name in _names(rows)]
    assert corpus.weight.tolist() == [1.0] * 400


def test_human_only_reads_nothing_that_was_drawn() -> None:
    mixer = Mix(1.0, 0, None, None, False, *NO_SCHEDULE)
    assert not mixer.reads_drawn
    assert _names(_mix(mixer, pool=(), kept=None)) == _names(HUMAN)
    assert _names(_mix(mixer)) == _names(HUMAN)


def test_the_presets_are_the_published_regimes() -> None:
    assert component("mixer/replace") == Mix(0.0, 1, None, None, False, *NO_SCHEDULE)
    assert component("mixer/accumulate") == Mix(None, None, None, None, False, *NO_SCHEDULE)
    assert component("mixer/human_only") == Mix(1.0, 0, None, None, False, *NO_SCHEDULE)


def test_the_presets_of_part_of_the_human_text() -> None:
    assert component("mixer/accumulate_subsample") == Mix(None, None, "human", None, False, *NO_SCHEDULE)
    assert component("mixer/fixed_share") == Mix(0.1, 1, None, None, False, *NO_SCHEDULE)
    assert component("mixer/fresh_share") == Mix(0.1, 1, None, None, True, *NO_SCHEDULE)
    assert component("mixer/fading_share") == Mix(0.5, 1, None, None, False, "inverse", None, None)
    assert component("mixer/window") == Mix(0.0, 3, None, None, False, *NO_SCHEDULE)


@pytest.mark.parametrize(("window", "first"), [(1, "c0"), (2, "b0"), (3, "a0"), (7, "a0"), (None, "a0")])
def test_the_window_counts_generations_the_current_one_included(window: int | None, first: str) -> None:
    names = _names(_mix(Mix(0.0, window, None, None, False, *NO_SCHEDULE)))
    assert names[0] == first
    assert len(names) == 100 * min(window or 3, 3)


def test_a_human_share_without_size_takes_human_tokens_beside_all_that_was_kept() -> None:
    # 20% human beside 1,000 kept tokens: 250, which is 25 texts of 10.
    corpus = _mix(Mix(0.2, 1, None, None, False, *NO_SCHEDULE))
    assert int(corpus.written_by_human.sum()) == 25
    assert len(corpus) == 125


def test_size_and_share_are_in_tokens() -> None:
    short = _texts("s", 1000, words=2)
    corpus = _mix(Mix(0.5, 1, 200, None, False, *NO_SCHEDULE), pool=(), kept=short)
    human = corpus.written_by_human
    assert _tokens(corpus.select(human)) == 100
    assert _tokens(corpus.select(~human)) == 100
    assert int(human.sum()) == 10
    assert int((~human).sum()) == 50


def test_the_last_row_may_pass_the_size_and_no_row_more_is_taken() -> None:
    corpus = _mix(Mix(0.0, 1, 95, None, False, *NO_SCHEDULE))
    assert _tokens(corpus) == 100


def test_rows_are_drawn_without_replacement_and_stay_in_order() -> None:
    names = _names(_mix(Mix(None, None, 2000, None, False, *NO_SCHEDULE)))
    assert len(set(names)) == len(names) == 200
    everything = [name for rows in (HUMAN, OLDER, OLD, KEPT) for name in _names(rows)]
    assert sorted(names, key=everything.index) == names


def test_a_larger_size_only_adds_rows() -> None:
    small, large = (_names(_mix(Mix(None, None, size, None, False, *NO_SCHEDULE))) for size in (1000, 1500))
    assert set(small) < set(large)


def test_a_size_may_be_that_of_the_human_corpus() -> None:
    human = HUMAN.select(np.arange(30))
    assert _tokens(_mix(Mix(None, None, "human", None, False, *NO_SCHEDULE), human=human)) == 300
    corpus = _mix(Mix(0.2, None, "human", None, False, *NO_SCHEDULE), human=human)
    assert (len(corpus), int(corpus.written_by_human.sum())) == (30, 6)


def test_a_schedule_says_the_share_of_each_generation() -> None:
    # 0.8, 0.4, 0.2 of 100 texts of 10 tokens.
    mixer = Mix(0.8, 1, 1000, None, False, "exponential", 0.2, 3)
    pools: list[tuple[Rows, ...]] = [(), (OLDER,), (OLDER, OLD)]
    assert [int(_mix(mixer, pool=pool).written_by_human.sum()) for pool in pools] == [80, 40, 20]


def test_a_schedule_that_begins_with_all_human_text_reads_what_is_drawn_later() -> None:
    mixer = Mix(1.0, 1, None, None, False, "inverse", None, None)
    assert mixer.reads_drawn
    assert _names(_mix(mixer, pool=())) == _names(HUMAN)
    half = _mix(mixer, pool=(OLD,))
    assert (len(half), int(half.written_by_human.sum())) == (200, 100)


def test_fresh_text_on_a_schedule_skips_what_each_generation_took() -> None:
    # 0.5, 0.3, 0.1 of 200 tokens: 10, 6, 2 texts.
    mixer, human = Mix(0.5, 1, 200, None, True, "linear", 0.1, 3), []
    for pool in ((), (OLDER,), (OLDER, OLD)):
        human.append([name for name in _names(_mix(mixer, pool=pool)) if name.startswith("h")])
    assert human == [[f"h{i}" for i in range(start, end)] for start, end in ((0, 10), (10, 16), (16, 18))]


@pytest.mark.parametrize(
    ("mixer", "asked"),
    [
        (Mix(None, None, None, None, False, *NO_SCHEDULE), [0, 0, 0]),
        (Mix(1.0, 0, None, None, False, *NO_SCHEDULE), [0, 0, 0]),
        (Mix(0.2, None, "human", None, False, *NO_SCHEDULE), [0, 0, 0]),
        (Mix(0.2, 1, 500, None, False, *NO_SCHEDULE), [100, 100, 100]),
        (Mix(0.2, 1, None, None, False, *NO_SCHEDULE), [250, 250, 250]),  # a quarter of the 1,000 that are kept
        (Mix(0.2, 2, None, None, True, *NO_SCHEDULE), [250, 500, 500]),
        (
            Mix(0.5, None, None, None, True, "inverse", None, None),
            [1000, 2000 / 3, 600],
        ),  # 1, 1/3, 1/5 of g times 1,000
    ],
)
def test_how_much_human_text_each_generation_asks_for(mixer: Mix, asked: list[float]) -> None:
    assert [mixer.human_tokens(g, 1000) for g in (1, 2, 3)] == pytest.approx(asked)


def test_subsampling_takes_each_part_by_its_share() -> None:
    # 1,000 of 4,000 rows, a quarter of them human: hypergeometric, sd sqrt(1000 * .25 * .75 * 3000 / 3999) = 11.9.
    parts = [_texts(name, 1000, words=1, written_by=None if name == "h" else "0") for name in "habc"]
    corpus = Mix(None, None, 1000, None, False, *NO_SCHEDULE).mix(parts[0], parts[1:3], parts[3], TEXT, KEY, 1)
    assert int(corpus.written_by_human.sum()) == pytest.approx(250, abs=4 * 11.9)


def test_weights_are_odds_by_age_newest_first_and_the_last_holds_on() -> None:
    # Few rows of many are drawn, so counts follow the odds 3 : 1 : 1; 250 of 500 rows' sd: below 12.
    parts = [_texts(name, 5000, words=1) for name in "abc"]
    corpus = Mix(0.0, None, 500, (3.0, 1.0), False, *NO_SCHEDULE).mix(HUMAN, parts[:2], parts[2], TEXT, KEY, 1)
    names = "".join(name[0] for name in _names(corpus))
    assert names.count("c") == pytest.approx(300, abs=45)
    assert names.count("a") == pytest.approx(100, abs=36)
    assert names.count("b") == pytest.approx(100, abs=36)


def test_a_filters_weight_is_the_odds_of_its_row() -> None:
    weight = np.where(np.arange(100) < 50, 1e-9, 1.0)
    corpus = _mix(Mix(0.0, 1, 500, None, False, *NO_SCHEDULE), kept=KEPT.reweighted(weight))
    assert _names(corpus) == [f"c{i}" for i in range(50, 100)]


def test_another_key_draws_other_rows() -> None:
    mixer = Mix(0.5, 1, 500, None, False, *NO_SCHEDULE)
    names = [_names(mixer.mix(HUMAN, (), KEPT, TEXT, Key.root(seed), 1)) for seed in (0, 0, 1)]
    assert names[0] == names[1]
    assert names[0] != names[2]


def test_too_little_human_text_is_an_error_with_the_numbers() -> None:
    with pytest.raises(StageError, match="human text holds 1,000 tokens, the mix asks for 9,000"):
        _mix(Mix(0.9, 1, None, None, False, *NO_SCHEDULE))
    with pytest.raises(StageError, match="corpus holds 4,000 tokens, the mix asks for 5,000"):
        _mix(Mix(None, None, 5000, None, False, *NO_SCHEDULE))


def test_no_kept_text_is_an_error_where_a_size_asks_for_some() -> None:
    with pytest.raises(StageError, match="kept text holds 0 tokens, the mix asks for 100"):
        _mix(Mix(0.0, 1, 100, None, False, *NO_SCHEDULE), pool=(), kept=KEPT.select(np.zeros(0, int)))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"human_share": 30.0}, r"human_share: got 30.0, want a share in \[0, 1\]. For 30% write 0.3"),
        ({"window": -1}, "window: got -1, want 0 or more generations, or null for all"),
        ({"size": 0}, "size: got 0, want at least 1 token, human, or null for all"),
        ({"weights": [1.0]}, "weights: want numbers above 0, and `size` to be set"),
        ({"weights": [0.0], "size": 5}, "weights: want numbers above 0"),
        ({"size": "human", "fresh": True, "human_share": 0.5}, "size=human is what generation 0 read, but fresh takes"),
        ({"window": 0, "human_share": 0.5}, "window 0 leaves human text alone: want human_share=1 or null"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        component("mixer/mix", **settings)


def test_sizes_hold_in_each_replica_of_a_world() -> None:
    human, kept = _world("human", [3, 5, 8], 100), _world("0", [3, 5, 8], 100)
    corpus = Mix(0.25, 1, 40, None, False, *NO_SCHEDULE).mix(human, (), kept, WORLD, KEY, 1)
    replica = corpus.samples().numbers("replica")
    for r in (3, 5, 8):
        assert int(corpus.written_by_human[replica == r].sum()) == 10
        assert int((~corpus.written_by_human[replica == r]).sum()) == 30


def test_a_human_share_stands_beside_what_each_replica_kept() -> None:
    kept = _world("0", [0, 1], 100).select(np.r_[:90, 100:130])  # 90 rows of replica 0, 30 of replica 1
    corpus = Mix(0.25, 1, None, None, False, *NO_SCHEDULE).mix(_world("human", [0, 1], 100), (), kept, WORLD, KEY, 1)
    replica = corpus.samples().numbers("replica")[corpus.written_by_human]
    assert np.bincount(replica).tolist() == [30, 10]


@pytest.mark.parametrize(
    "mixer",
    [
        Mix(0.25, 1, 40, None, False, *NO_SCHEDULE),
        Mix(0.25, 1, None, None, False, *NO_SCHEDULE),
        Mix(None, None, 70, None, False, *NO_SCHEDULE),
        Mix(0.25, 1, 40, None, True, *NO_SCHEDULE),
    ],
)
def test_a_replica_alone_is_mixed_as_among_others(mixer: Mix) -> None:
    several = mixer.mix(_world("human", [3, 5, 8], 100), (), _world("0", [3, 5, 8], 100), WORLD, KEY, 1)
    alone = mixer.mix(_world("human", [5], 100), (), _world("0", [5], 100), WORLD, KEY, 1)
    mine = several.samples().numbers("replica") == 5
    assert several.select(mine).digest == alone.digest


def _endless(name: str, probabilities: list[float]) -> Rows:
    return _world(name, [0], len(probabilities), np.array(probabilities))


def _mass(corpus: Rows) -> tuple[float, float]:
    mass = corpus.weight * corpus.samples().numbers("weight")
    human = corpus.written_by_human
    return float(mass[human].sum()), float(mass[~human].sum())


def test_types_of_infinitely_many_draws_are_reweighted_and_none_is_left_out() -> None:
    human, kept = _endless("human", [0.5, 0.3, 0.2]), _endless("0", [0.9, 0.1, 0.0])
    corpus = Mix(0.1, 1, None, None, False, *NO_SCHEDULE).mix(human, (), kept, WORLD, KEY, 1)
    # lambda / (1 - lambda) of human mass beside 1 of kept mass.
    assert _mass(corpus) == pytest.approx((1 / 9, 1.0))
    assert len(corpus) == 6
    assert corpus.weight[:3] == pytest.approx([1 / 9] * 3)


def test_a_size_of_infinitely_many_draws_is_a_mass() -> None:
    human, kept = _endless("human", [0.5, 0.3, 0.2]), _endless("0", [0.9, 0.1, 0.0])
    assert _mass(Mix(0.9, 1, 10, None, False, *NO_SCHEDULE).mix(human, (), kept, WORLD, KEY, 1)) == pytest.approx(
        (9, 1)
    )
    assert _mass(
        Mix(None, None, 10, None, False, *NO_SCHEDULE).mix(human, (kept,), kept, WORLD, KEY, 1)
    ) == pytest.approx((10 / 3, 20 / 3))
    aged = Mix(0.0, None, 8, (3.0, 1.0), False, *NO_SCHEDULE).mix(
        human, (_endless("older", [1.0, 0.0, 0.0]),), kept, WORLD, KEY, 1
    )
    by_writer = aged.weight * aged.samples().numbers("weight")
    assert by_writer == pytest.approx([2, 0, 0, 5.4, 0.6, 0])


def test_the_corpus_holds_references_and_no_text() -> None:
    corpus = _mix(Mix(None, None, None, None, False, *NO_SCHEDULE))
    assert corpus.refs == tuple(rows.refs[0] for rows in (HUMAN, OLDER, OLD, KEPT))
    assert replace(corpus).digest == corpus.digest


# Fresh human text.


def test_fresh_human_text_is_new_in_each_generation() -> None:
    # 10 words a text: 0.2 of 500 tokens are 10 texts a generation, in the order given
    mixer, human = Mix(0.2, 1, 500, None, True, *NO_SCHEDULE), []
    for pool in ((), (OLDER,), (OLDER, OLD)):
        corpus = _mix(mixer, pool=pool)
        human.append([name for name in _names(corpus) if name.startswith("h")])
        assert _tokens(corpus) == 500
    assert human == [[f"h{i}" for i in range(start, start + 10)] for start in (0, 10, 20)]


def test_without_a_size_it_stands_beside_what_was_kept_and_skips_what_was_used_before() -> None:
    # beside 100, 60, 100 texts a share of 0.2 is 25, 15, 25 texts
    sixty = OLD.select(np.arange(60))
    names = _names(_mix(Mix(0.2, 1, None, None, True, *NO_SCHEDULE), pool=(OLDER, sixty)))
    assert [name for name in names if name.startswith("h")] == [f"h{i}" for i in range(40, 65)]


def test_fresh_human_text_that_runs_out_is_an_error_with_the_numbers() -> None:
    with pytest.raises(StageError, match=r"no generation has seen is used up: 200 tokens are left.*asks for 400"):
        _mix(Mix(0.4, 1, 1000, None, True, *NO_SCHEDULE), pool=(OLDER, OLD))


def test_fresh_needs_to_know_how_much() -> None:
    for share in (None, 0.0, 1.0):
        with pytest.raises(ValueError, match="fresh: want a human_share above 0 and below 1"):
            Mix(share, 1, None, None, True, *NO_SCHEDULE)


def test_fresh_human_text_is_taken_in_each_world_by_itself() -> None:
    human, kept = _world("human", [0, 1], 100), _world("0", [0, 1], 30)
    corpus = Mix(0.25, 1, 40, None, True, *NO_SCHEDULE).mix(human, (kept,), kept, WORLD, KEY, 1).samples()
    for replica in (0, 1):
        mine = corpus.select(np.flatnonzero(corpus.numbers("replica") == replica))
        fresh = mine.select(np.flatnonzero(mine.column("written_by").is_null().to_numpy()))
        assert fresh.values()[:, 0].tolist() == list(range(10, 20))


def test_a_row_that_is_drawn_stands_once_whatever_its_odds_were() -> None:
    corpus = _mix(Mix(0.0, 1, 500, None, False, *NO_SCHEDULE), kept=KEPT.reweighted(3.0))
    assert set(corpus.weight.tolist()) == {1.0}
    assert (tokens_of(corpus, TEXT) * corpus.weight).sum() == 500


def test_copies_of_kept_rows_count_in_the_human_share() -> None:
    # Kept rows of weight 2 are 2,000 tokens; a third of human text stands beside them as 1,000.
    corpus = _mix(Mix(1 / 3, 1, None, None, False, *NO_SCHEDULE), kept=KEPT.reweighted(2.0))
    tokens = tokens_of(corpus, TEXT) * corpus.weight
    assert tokens[corpus.written_by_human].sum() == 1000
    assert tokens.sum() == 3000
