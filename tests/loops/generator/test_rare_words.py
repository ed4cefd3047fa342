"""Words before prompts, with a teacher that says what it was asked."""

from __future__ import annotations

import json
from typing import Any

import pytest

from loops.errors import ConfigError, StageError
from loops.generator.rare_words import RareWords
from loops.given import Given
from loops.key import Key
from loops.model import Sampling
from loops.run import component
from loops.samples import Sample, Samples

KEY = Key.root(0).fold("draw", 1)
COUNTS = {"the": 900, "loom": 1, "zephyr": 2, "yarrow": 3, "quill": 3, "of": 4}
RARE = {"loom", "zephyr", "yarrow", "quill"}
GIVEN = Given({"buckets": {"words": COUNTS, "tokens": {}}})
PROMPTS = Samples.of_text(
    [{"prompt_id": f"p{i}", "prompt": "Once", "parents": [bytes(16)], "completion": ""} for i in range(40)]
)


class Obedient:
    """Writes the first word of what it was asked, and the rest of what a model tells."""

    def __init__(self, answer: str = "") -> None:
        self.answer = answer
        self.asked: list[Sample] = []

    def sample(
        self, prompts: Samples, draw: int, sampling: Sampling, key: Key, generation: int, written_by: str
    ) -> Samples:
        rows = list(prompts.text_rows())
        self.asked += rows
        told = {"draw": draw, "generation": generation, "written_by": written_by, "n_tokens": 4, "seed": key.digest}
        return Samples.of_text(
            [
                {
                    "prompt_id": row.prompt_id,
                    "prompt": row.prompt,
                    "messages": None if row.messages is None else list(row.messages),
                    "parents": [bytes.fromhex(parent) for parent in row.parents],
                    "completion": self.answer or f" a {row.prompt.split(',')[0]}.",
                    "scores": {"log_prob": -2.5},
                    "sampling": '{"temperature": 1.0}',
                    **told,
                }
                for row in rows
            ]
        )


def _generator(**settings: Any) -> RareWords:
    made: RareWords = component("generator/rare_words", **settings)
    return made


def _drawn(model: Obedient, prompts: Samples = PROMPTS, key: Key = KEY, **settings: Any) -> list[Sample]:
    shard = _generator(**settings).shard(0, 0, model, prompts, GIVEN, key, 1, "0")
    assert shard is not None
    return list(shard.text_rows())


def test_the_teacher_reads_three_different_rare_words_before_each_prompt() -> None:
    model = Obedient()
    rows = _drawn(model)
    for asked, row in zip(model.asked, rows, strict=True):
        line, rest = asked.prompt.split("\n")
        assert rest == "Once"
        assert set(line.split(", ")) < RARE
        assert len(set(line.split(", "))) == 3
        assert json.loads(row.sampling or "") == {"temperature": 1.0, "words": line.split(", ")}
    assert len({asked.prompt for asked in model.asked}) > 12  # of 4 * 3 * 2 = 24


def test_each_text_holds_the_loop_s_own_prompt_and_its_origin() -> None:
    rows = _drawn(Obedient())
    assert {(row.prompt, row.parents, row.written_by, row.generation, row.n_tokens) for row in rows} == {
        ("Once", ("00" * 16,), "0", 1, 4)
    }
    assert [row.prompt_id for row in rows] == [f"p{i}" for i in range(40)]


def test_a_text_that_holds_one_of_its_words_follows_its_condition_and_another_does_not() -> None:
    own = {"log_prob": -2.5, "changed": 1.0}
    assert all(row.scores == {**own, "followed": 1.0} for row in _drawn(Obedient()))
    # Of four words, three stand in each condition; a text that holds "loom" follows three conditions in four.
    followed = [row.scores["followed"] for row in _drawn(Obedient("A loom."))]
    conditions = [json.loads(row.sampling or "")["words"] for row in _drawn(Obedient("A loom."))]
    assert followed == [float("loom" in words) for words in conditions]
    assert 0 < sum(followed) < 40
    assert all(row.scores == {**own, "followed": 0.0} for row in _drawn(Obedient("Looms, looming.")))


def test_words_hang_on_prompt_draw_and_key() -> None:
    def conditions(key: Key, index: int) -> list[list[str]]:
        shard = _generator(draws=2).shard(index, 0, Obedient(), PROMPTS, GIVEN, key, 1, "0")
        assert shard is not None
        return [json.loads(row.sampling or "")["words"] for row in shard.text_rows()]

    first = conditions(KEY, 0)
    assert conditions(KEY, 0) == first
    assert conditions(KEY, 1) != first  # the second draw
    assert conditions(Key.root(0).fold("draw", 2), 0) != first


def test_a_chat_is_told_in_its_last_message() -> None:
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Tell a story."}]
    prompts = Samples.of_text([{"prompt_id": "chat", "messages": messages, "completion": ""}])
    model = Obedient("Yes.")
    (row,) = _drawn(model, prompts, template="Use {words}. ", separator=" and ", n_words=1)
    (asked,) = model.asked
    assert asked.messages is not None
    assert row.messages is not None
    assert asked.messages[0] == messages[0]
    assert asked.messages[1]["content"] in {f"Use {word}. Tell a story." for word in RARE}
    assert list(row.messages) == messages


def test_the_rarest_alone_are_drawn_where_max_count_is_1() -> None:
    assert {tuple(json.loads(row.sampling or "")["words"]) for row in _drawn(Obedient(), n_words=1, max_count=1)} == {
        ("loom",)
    }


def test_too_few_rare_words_stop_the_run() -> None:
    with pytest.raises(
        StageError, match=r"holds 1 words up to 1 times, and a condition takes 3\. Raise generator\.max"
    ):
        _drawn(Obedient(), max_count=1)


def test_the_budget_and_the_prompts_end_it() -> None:
    generator = _generator(tokens=10, batch_size=8)
    assert generator.shard(1, 10, Obedient(), PROMPTS, GIVEN, KEY, 1, "0") is None
    assert generator.shard(5, 0, Obedient(), PROMPTS, GIVEN, KEY, 1, "0") is None


def test_greedy_decoding_still_gives_equal_prompts_different_texts() -> None:
    assert not _generator(top_k=1).is_deterministic


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n_words": 0}, "want n_words >= 1"),
        ({"max_count": 0}, "max_count >= 1"),
        ({"template": "Words:\n"}, "template: got .*, which has no place for {words}"),
        ({"draws": 0}, "want draws >= 1"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        _generator(**settings)
