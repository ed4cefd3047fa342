"""The best of several candidates, with a model that scores by a table."""

from __future__ import annotations

from typing import Any

import pytest

from loops.errors import ConfigError
from loops.generator.best_of_n import BestOfN
from loops.given import Given
from loops.key import Key
from loops.model import Sampling
from loops.run import component
from loops.samples import Samples

KEY = Key.root(0).fold("draw", 1)
PROMPTS = Samples.of_text([{"prompt_id": "a", "completion": ""}, {"prompt_id": "b", "completion": ""}])
# (prompt, draw) -> nats of the whole text, tokens
SCORES = {
    ("a", 0): (-6.0, 6), ("a", 1): (-4.0, 2), ("a", 2): (-9.0, 1), ("a", 3): (-1.0, 1),
    ("b", 0): (-3.0, 1), ("b", 1): (-5.0, 5), ("b", 2): (-2.0, 2), ("b", 3): (-2.5, 5),
}  # fmt: skip


class Scored:
    """Writes what the table says."""

    def sample(
        self, prompts: Samples, draw: int, sampling: Sampling, key: Key, generation: int, written_by: str
    ) -> Samples:
        rows = []
        for row in prompts.text_rows():
            nats, tokens = SCORES[row.prompt_id, draw]
            texts = {"prompt_id": row.prompt_id, "draw": draw, "completion": f"{row.prompt_id}{draw}"}
            rows.append({**texts, "scores": {"log_prob": nats}, "n_tokens": tokens})
        return Samples.of_text(rows)


def _winners(**settings: Any) -> list[str]:
    generator: BestOfN = component("generator/best_of_n", **settings)
    texts: list[str] = []
    index = 0
    while (shard := generator.shard(index, 0, Scored(), PROMPTS, Given({}), KEY, 1, "0")) is not None:
        texts += shard.texts()
        index += 1
    return texts


def test_the_most_probable_text_of_each_prompt_wins() -> None:
    # a: -6, -4 -> candidate 1; b: -3, -5 -> candidate 0.
    assert _winners(n=2, score="log_prob") == ["a1", "b0"]


def test_nats_a_token_do_not_favour_short_texts() -> None:
    # a: -1, -2 -> candidate 0; b: -3, -1 -> candidate 1.
    assert _winners(n=2, score="mean_log_prob") == ["a0", "b1"]


def test_each_draw_has_candidates_of_its_own() -> None:
    # Draw 0 has candidates 0 and 1, draw 1 has 2 and 3.
    assert _winners(n=2, draws=2, score="log_prob") == ["a1", "b0", "a3", "b2"]


def test_one_candidate_is_plain_drawing() -> None:
    assert _winners(n=1, draws=4) == ["a0", "b0", "a1", "b1", "a2", "b2", "a3", "b3"]


def test_a_tie_goes_to_the_first_candidate() -> None:
    SCORES["tie", 0] = SCORES["tie", 1] = (-1.0, 1)
    prompts = Samples.of_text([{"prompt_id": "tie", "completion": ""}])
    generator: BestOfN = component("generator/best_of_n", n=2)
    shard = generator.shard(0, 0, Scored(), prompts, Given({}), KEY, 1, "0")
    assert shard is not None
    assert shard.texts() == ["tie0"]


def test_the_budget_counts_the_winners_alone() -> None:
    generator: BestOfN = component("generator/best_of_n", n=2, tokens=5)
    assert generator.shard(0, 4, Scored(), PROMPTS, Given({}), KEY, 1, "0") is not None
    assert generator.shard(0, 5, Scored(), PROMPTS, Given({}), KEY, 1, "0") is None


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n": 0}, "n: got 0, want at least 1"),
        ({"score": "length"}, 'score: got "length"'),
        ({"draws": 0}, "want draws >= 1"),
        ({"top_p": 0.0}, r"top_p in \(0, 1\]"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        component("generator/best_of_n", **settings)
