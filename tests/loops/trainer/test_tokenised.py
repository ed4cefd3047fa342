from __future__ import annotations

import numpy as np
import pytest

from loops.errors import StageError
from loops.key import Key
from loops.models.tokenizer import Encoded
from loops.models.weights import load_tokenizer
from loops.samples import Samples
from loops.student import Student
from loops.trainer.run_trl import Padded
from loops.trainer.tokenised import (
    IGNORED,
    Special,
    TokenRows,
    blocks,
    cut,
    dataset,
    one_epoch,
    schedule,
    texts,
)

SPECIAL = Special(start=1, eos=2, pad=0)
# Start, a prompt of two tokens, a completion of three.
PROMPTED = Encoded([1, 10, 11, 20, 21, 22], 3, [1, 2, 3], True)
CUT = Encoded([1, 30, 31], 1, [1, 2], False)


def rows_of(rows: TokenRows) -> list[tuple[list[int], list[int]]]:
    parts = zip(rows.offsets[:-1], rows.offsets[1:], strict=True)
    return [(rows.ids[a:b].tolist(), rows.labels[a:b].tolist()) for a, b in parts]


@pytest.mark.parametrize(
    ("loss_on", "ids", "labels"),
    [
        ("all", [1, 10, 11, 20, 21, 22, 2], [IGNORED, 10, 11, 20, 21, 22, 2]),
        ("completion", [1, 10, 11, 20, 21, 22, 2], [IGNORED, IGNORED, IGNORED, 20, 21, 22, 2]),
        ("completion_as_text", [1, 20, 21, 22, 2], [IGNORED, 20, 21, 22, 2]),
    ],
)
def test_the_loss_mask_token_by_token(loss_on: str, ids: list[int], labels: list[int]) -> None:
    assert rows_of(texts([PROMPTED], loss_on, SPECIAL)) == [(ids, labels)]


@pytest.mark.parametrize("loss_on", ["all", "completion", "completion_as_text"])
def test_a_text_cut_at_the_limit_gets_no_eos(loss_on: str) -> None:
    assert rows_of(texts([CUT], loss_on, SPECIAL)) == [([1, 30, 31], [IGNORED, 30, 31])]


def test_a_chat_s_mask_begins_after_its_prompt(chat: Student) -> None:
    tokenizer = load_tokenizer(chat)
    row = {"messages": [{"role": "user", "content": "Who?"}], "completion": "Me."}
    special = Special(tokenizer.start_id, tokenizer.eos_id, tokenizer.pad_id)
    ids, labels = rows_of(texts(tokenizer.encode(Samples.of_text([row])), "completion", special))[0]
    learned = [token for token in labels if token != IGNORED]
    assert tokenizer.tokenizer.decode(learned) == "Me.<|im_end|>"
    assert tokenizer.tokenizer.decode(ids) == ("<|im_start|>user\nWho?<|im_end|>\n<|im_start|>assistant\nMe.<|im_end|>")


def test_blocks_hold_the_texts_end_to_end() -> None:
    joined = blocks(texts([PROMPTED, CUT, PROMPTED], "all", SPECIAL), 5, SPECIAL)
    assert rows_of(joined) == [
        ([1, 10, 11, 20, 21], [IGNORED, 10, 11, 20, 21]),
        ([22, 2, 1, 30, 31], [22, 2, IGNORED, 30, 31]),
        ([1, 10, 11, 20, 21], [IGNORED, 10, 11, 20, 21]),
    ]


def test_without_bos_the_eos_of_one_text_starts_the_next_and_a_cut_text_learns_none() -> None:
    special = Special(start=2, eos=2, pad=0)
    ended, cut_off = Encoded([2, 5], 1, [1], True), Encoded([2, 6], 1, [1], False)
    joined = blocks(texts([ended, cut_off, ended], "all", special), 7, special)
    assert rows_of(joined) == [([2, 5, 2, 6, 2, 5, 2], [IGNORED, 5, 2, 6, IGNORED, 5, 2])]


def test_a_corpus_shorter_than_a_block_is_one_short_row() -> None:
    assert len(rows_of(blocks(texts([CUT], "all", SPECIAL), 100, SPECIAL))) == 1


def test_the_first_token_of_a_row_is_never_a_target() -> None:
    # 7 tokens in "all" less the start; of the block that begins inside a text the first token is not counted.
    assert texts([PROMPTED], "all", SPECIAL).loss_tokens() == 6
    assert blocks(texts([PROMPTED, CUT, PROMPTED], "all", SPECIAL), 5, SPECIAL).loss_tokens() == 4 + 3 + 4


def test_rows_without_anything_to_learn_are_left_out_with_their_weights() -> None:
    rows, weight = cut(texts([PROMPTED, CUT], "completion", SPECIAL), np.array([5.0, 7.0]), 3)
    assert rows_of(rows) == [([1, 30, 31], [IGNORED, 30, 31])]
    assert weight.tolist() == [7.0]
    with pytest.raises(StageError, match="none has a token to learn within 3 tokens"):
        cut(texts([PROMPTED], "completion", SPECIAL), np.ones(1), 3)


def test_a_weight_of_1_means_once_and_others_hold_on_average() -> None:
    rows = TokenRows.of([[1], [2], [3], [4]], [[1], [2], [3], [4]])
    weight = np.array([1.0, 0.25, 0.0, 2.5])
    drawn = [one_epoch(rows, weight, Key.root(0).fold(i)).ids for i in range(2000)]
    counts = np.bincount(np.concatenate(drawn), minlength=5)[1:] / 2000
    assert counts[0] == 1
    assert counts[1] == pytest.approx(0.25, abs=0.04)  # four standard deviations of a share of 2,000
    assert counts[2] == 0
    assert counts[3] == pytest.approx(2.5, abs=0.05)


def test_the_schedule_depends_on_the_key_and_reads_every_text_once_an_epoch() -> None:
    rows = TokenRows.of([[i] for i in range(10)], [[i] for i in range(10)])
    common = {"max_length": 8, "joined": False, "rows_per_step": 4}
    plan = schedule(rows, np.ones(10), Key.root(0), SPECIAL, steps=5, epochs=None, **common)
    assert len(plan.rows) == 20
    assert plan.epochs == 2.0
    assert sorted(plan.rows.ids[:10]) == sorted(plan.rows.ids[10:]) == list(range(10))
    assert plan.rows.ids[:10].tolist() != plan.rows.ids[10:].tolist()
    other = schedule(rows, np.ones(10), Key.root(1), SPECIAL, steps=5, epochs=None, **common)
    assert other.rows.ids.tolist() != plan.rows.ids.tolist()
    longer = schedule(rows, np.ones(10), Key.root(0), SPECIAL, steps=7, epochs=None, **common)
    assert longer.rows.ids[:20].tolist() == plan.rows.ids.tolist()
    assert longer.epochs == pytest.approx(2.8)


def test_epochs_fix_the_steps() -> None:
    rows = TokenRows.of([[i] for i in range(10)], [[i] for i in range(10)])
    plan = schedule(rows, np.ones(10), Key.root(0), SPECIAL, 8, False, 4, steps=None, epochs=3)
    assert (plan.steps, len(plan.rows), plan.epochs) == (8, 30, 3.0)


def test_an_empty_corpus_is_refused() -> None:
    none = TokenRows.of([], [])
    with pytest.raises(StageError, match="0 texts"):
        schedule(none, np.zeros(0), Key.root(0), SPECIAL, 8, True, 4, steps=5, epochs=None)


def test_a_dataset_gives_back_its_rows() -> None:
    made = dataset(texts([PROMPTED, CUT], "all", SPECIAL), "name")
    assert made[1] == {"input_ids": [1, 30, 31], "labels": [IGNORED, 30, 31]}


def test_padding_is_masked_and_never_learned() -> None:
    batch = Padded(pad_id=0)(
        [{"input_ids": [1, 5], "labels": [-100, 5]}, {"input_ids": [1, 5, 6], "labels": [-100, 5, 6]}]
    )
    assert batch["input_ids"].tolist() == [[1, 5, 0], [1, 5, 6]]
    assert batch["labels"].tolist() == [[-100, 5, -100], [-100, 5, 6]]
    assert batch["attention_mask"].tolist() == [[1, 1, 0], [1, 1, 1]]
