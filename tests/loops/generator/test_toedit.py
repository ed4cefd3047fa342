"""Which human texts are edited when, with an editor that says what it was asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from loops.errors import ConfigError
from loops.generator.toedit import ToEdit
from loops.given import Given
from loops.key import Key
from loops.model import TokenEditing
from loops.plan import plan
from loops.ref import Ref
from loops.rows import Rows
from loops.run import RunFailed, component, run
from loops.samples import Samples

KEY = Key.root(0).fold("draw", 1)
HUMAN = Samples.of_text([{"prompt_id": f"human#{i}", "completion": f"text {i}"} for i in range(5)])
GIVEN = Given({"human_corpus": Rows.all_of(HUMAN, Ref("mix", "0" * 32, "0" * 32, "rows"))})
PROMPTS = Samples.of_text([{"prompt_id": f"p{i}", "completion": ""} for i in range(9)])


class Echo:
    """Hands every text back and says that it holds 10 tokens."""

    def __init__(self) -> None:
        self.asked: list[tuple[TokenEditing, Key]] = []

    def edit(self, texts: Samples, editing: TokenEditing, key: Key, generation: int, written_by: str) -> Samples:
        self.asked.append((editing, key))
        return Samples.of_text([{"completion": text, "n_tokens": 10} for text in texts.texts()])


def _toedit(**settings: Any) -> ToEdit:
    made: ToEdit = component("generator/toedit", **settings)
    return made


def _all(generator: ToEdit, prompts: Samples = PROMPTS, key: Key = KEY, model: Any = None) -> list[list[str]]:
    shards: list[list[str]] = []
    while True:
        tokens = 10 * sum(map(len, shards))
        shard = generator.shard(len(shards), tokens, model or Echo(), prompts, GIVEN, key, 1, "0")
        if shard is None:
            return shards
        shards.append(shard.texts())


def test_every_human_text_is_edited_once_in_an_order_of_its_own_in_each_generation() -> None:
    first, other = (
        [text for shard in _all(_toedit(batch_size=2), key=key) for text in shard]
        for key in (KEY, Key.root(0).fold("draw", 2))
    )
    assert sorted(first) == sorted(other) == HUMAN.texts()
    assert first != other


def test_the_batch_size_changes_no_order_and_a_shard_can_be_made_alone() -> None:
    (whole,) = _all(_toedit(batch_size=99))
    assert [text for shard in _all(_toedit(batch_size=2)) for text in shard] == whole
    alone = _toedit(batch_size=2).shard(1, 20, Echo(), PROMPTS, GIVEN, KEY, 1, "0")
    assert alone is not None
    assert alone.texts() == _all(_toedit(batch_size=2))[1]


def test_there_are_no_more_texts_than_prompts_nor_than_the_budget_takes() -> None:
    assert sum(map(len, _all(_toedit(batch_size=2), PROMPTS.select(np.arange(3))))) == 3
    assert list(map(len, _all(_toedit(batch_size=2, tokens=20)))) == [2]
    assert list(map(len, _all(_toedit(batch_size=2, tokens=21)))) == [2, 2]


def test_the_model_is_handed_the_settings_of_the_editing_and_the_key() -> None:
    model = Echo()
    _all(_toedit(threshold=0.5, temperature=2.0, top_k=3, window=9, stride=4, tokens=7), model=model)
    assert model.asked == [(TokenEditing(0.5, 2.0, 3, 9, 4), KEY)]


def test_the_defaults_are_those_of_the_papers_code() -> None:
    assert (_toedit().threshold, _toedit().temperature, _toedit().top_k) == (0.99, 1.5, 64)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"threshold": 1.5}, "want threshold in"),
        ({"stride": 256}, "stride: got 256, want 1 to 255"),
        ({"batch_size": 0}, "want batch_size >= 1"),
        ({"tokens": 0}, "tokens >= 1"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        _toedit(**settings)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["generator@sampled=toedit"], "sampled: ToEdit edits human text.* Use generator@sampled=plain"),
        (["generator=toedit", "budget=kept"], "budget: got kept, .* generator=ToEdit .* Use budget=drawn"),
        (["generator=toedit", "generator.window=600"], "generator.window: asks for 600 tokens.* holds 512"),
    ],
)
def test_what_editing_cannot_do_is_refused_before_anything_runs(overrides: list[str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        _ = plan(overrides)[0].built


def _loop(texts: Path, folder: Path, *overrides: str) -> Any:
    sizes = (
        "student.vocab_size=400",
        "student.hidden_size=32",
        "student.intermediate_size=64",
        "trainer.max_length=32",
    )
    small = ("source.human_tokens=2000", "sampled.tokens=500", "sampled.max_new_tokens=16", "trainer.max_steps=4")
    places = (f"source.path={texts}", f"output_dir={folder}/out", f"store={texts}_store", "executor=inline")
    own = ("generator=toedit", "mixer=replace", "metrics=[perplexity]", "generations=1", "prompts.count=400")
    return run("source=text", r"source.separator='\n\n'", *sizes, *small, *places, *own, *overrides)


@pytest.fixture(scope="module")
def topics(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import pydoc_data.topics

    folder = tmp_path_factory.mktemp("topics")
    for name, text in sorted(pydoc_data.topics.topics.items())[:30]:
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    return folder


def test_a_run_trains_on_the_edited_human_corpus_and_logs_what_it_changed(topics: Path, tmp_path: Path) -> None:
    # A student of four steps gives every token about 1 in 400.
    results = _loop(topics, tmp_path, "generator.threshold=0.002")
    human, drawn = results.samples("corpus", 0), results.samples("drawn", 1)
    assert sorted(row.parents for row in drawn.text_rows()) == sorted((row.id,) for row in human.text_rows())
    changed = sum(row.scores["changed"] for row in drawn.text_rows())
    share = results.rows()[1]["mitigation/generator/changed_share"]
    assert share == changed / drawn.numbers("n_tokens").sum()
    assert 0 < share < 1


def test_a_run_in_which_no_token_is_edited_fails_as_a_mitigation(topics: Path, tmp_path: Path) -> None:
    with pytest.raises(RunFailed, match=r"generator is a mitigation and changed 0 of the tokens that it was given"):
        _loop(topics, tmp_path, "generator.threshold=1")
