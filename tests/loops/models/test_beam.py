"""Beam search, held against `generate` called by hand and against a tree that can be walked on paper."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from loops.model import BeamSearch
from loops.models.beam import search_beams
from loops.models.decode import Drawn, until_eos
from loops.models.open_causal_lm import OpenCausalLM
from loops.models.weights import load_model, load_tokenizer
from loops.runtime import Runtime
from loops.samples import Samples
from loops.student import Student

EOS, START, A, B = range(4)
OPENINGS = ["Once upon a time", "Tom", "The big red dog did not want to", "One day", "Lily and Ben went", "It was"]


def beams(**settings: Any) -> BeamSearch:
    own = {"max_new_tokens": 16, "min_new_tokens": 0, "num_beams": 5, "length_penalty": 1.0}
    rest = {"early_stopping": False, "repetition_penalty": 1.0, "batch_size": 8}
    return BeamSearch(**{**own, **rest, **settings})


def asked(student: Student) -> list[list[int]]:
    tokenizer = load_tokenizer(student)
    return [[tokenizer.start_id, *tokenizer.tokenizer.encode(text, add_special_tokens=False)] for text in OPENINGS]


def searched(student: Student, runtime: Runtime, prompts: list[list[int]], **settings: Any) -> list[Drawn]:
    tokenizer = load_tokenizer(student)
    return search_beams(load_model(student, runtime), prompts, beams(**settings), tokenizer.eos_id, tokenizer.pad_id)


@pytest.fixture
def fork(next_token_table: Any) -> Any:
    """A is the likelier first token (.6 to .4), but B goes on better (.9 to .5): AA .30, AB .30, BA .36, BB .04."""
    tiny = 1e-30
    end = [tiny, tiny, 0.5, 0.5]
    return next_token_table([end, [tiny, tiny, 0.6, 0.4], end, [tiny, tiny, 0.9, 0.1]])


def test_the_best_text_is_found_where_greedy_decoding_misses_it(fork: Any) -> None:
    (found,) = search_beams(fork, [[START]], beams(max_new_tokens=2, num_beams=2), EOS, EOS)
    assert found.tokens == [B, A]
    assert found.nats == pytest.approx(math.log(0.4 * 0.9), abs=1e-5)


def test_an_end_before_min_new_tokens_is_not_taken(next_token_table: Any) -> None:
    # From the start the text ends with .9. With length penalty 0, EOS alone (nats ln .9) beats every longer text.
    row = [0.9, 1e-30, 0.06, 0.04]
    model = next_token_table([row] * 4)
    (short,) = search_beams(model, [[START]], beams(max_new_tokens=3, length_penalty=0.0), EOS, EOS)
    (long,) = search_beams(model, [[START]], beams(max_new_tokens=3, min_new_tokens=3), EOS, EOS)
    assert short.tokens == [EOS]
    assert long.tokens == [A, A, A]
    assert long.nats == pytest.approx(3 * math.log(0.06), abs=1e-5)  # no bar, no length in it


def test_a_repetition_penalty_counts_the_prompt_and_leaves_the_nats_alone(next_token_table: Any) -> None:
    # A has .6 and B .4: after a prompt with A, penalty 2 doubles ln .6 = -.51 to -1.02, below ln .4 = -.92.
    model = next_token_table([[1e-30, 1e-30, 0.6, 0.4]] * 4)
    one = beams(max_new_tokens=1, num_beams=2)
    penalised = beams(max_new_tokens=1, num_beams=2, repetition_penalty=2.0)
    assert [search_beams(model, [[START, A]], how, EOS, EOS)[0].tokens for how in (one, penalised)] == [[A], [B]]
    assert search_beams(model, [[START, A]], penalised, EOS, EOS)[0].nats == pytest.approx(math.log(0.4), abs=1e-5)


@pytest.mark.parametrize(
    "settings",
    [
        {"max_new_tokens": 24},
        {"min_new_tokens": 16},
        {"repetition_penalty": 3.0, "min_new_tokens": 16},
        {"num_beams": 2, "length_penalty": 0.0, "early_stopping": True},
    ],
    ids=str,
)
def test_texts_are_those_of_generate_itself_prompt_by_prompt(
    stories: Student, runtime: Runtime, settings: dict[str, Any]
) -> None:
    model, tokenizer, search = load_model(stories, runtime), load_tokenizer(stories), beams(**settings)
    own = {name: getattr(search, name) for name in BeamSearch.__dataclass_fields__ if name != "batch_size"}
    for prompt, found in zip(asked(stories), searched(stories, runtime, asked(stories), **settings), strict=True):
        output = model.generate(
            torch.tensor([prompt]),
            attention_mask=torch.ones(1, len(prompt), dtype=torch.int64),
            do_sample=False,
            return_dict_in_generate=True,
            output_scores=True,
            eos_token_id=tokenizer.eos_id,
            pad_token_id=tokenizer.pad_id,
            **own,
        )
        assert found.tokens == until_eos(output.sequences[0, len(prompt) :].tolist(), tokenizer.eos_id)
        if search.repetition_penalty == 1:  # the library's score is then the nats, over the length
            score = output.sequences_scores[0].item() * len(found.tokens) ** search.length_penalty
            assert found.nats == pytest.approx(score, abs=1e-3)


def test_a_text_does_not_depend_on_what_it_is_searched_beside(stories: Student, runtime: Runtime) -> None:
    prompts = asked(stories)
    for penalty in (1.0, 3.0):
        together = searched(stories, runtime, prompts, repetition_penalty=penalty)
        alone = [searched(stories, runtime, [prompt], repetition_penalty=penalty)[0] for prompt in prompts]
        assert [text.tokens for text in together] == [text.tokens for text in alone]


def test_five_beams_find_a_text_at_least_as_probable_as_greedy_decoding(stories: Student, runtime: Runtime) -> None:
    model, tokenizer = load_model(stories, runtime), load_tokenizer(stories)
    for prompt, found in zip(
        asked(stories), searched(stories, runtime, asked(stories), min_new_tokens=16), strict=True
    ):
        ids = torch.tensor([prompt])
        greedy = model.generate(ids, max_new_tokens=16, min_new_tokens=16, do_sample=False, num_beams=1)
        nats = model(greedy).logits[0, :-1].log_softmax(-1).gather(-1, greedy[0, 1:, None])[len(prompt) - 1 :].sum()
        assert found.nats >= nats.item() - 1e-3
    assert tokenizer.eos_id not in found.tokens


def test_rows_tell_how_they_were_searched_and_carry_no_seed(stories: Student, runtime: Runtime) -> None:
    model = OpenCausalLM(load_model(stories, runtime), load_tokenizer(stories))
    prompts = Samples.of_text(
        [{"prompt_id": str(i), "prompt": text, "completion": ""} for i, text in enumerate(OPENINGS)]
    )
    rows = list(model.beam_search(prompts, beams(max_new_tokens=8, min_new_tokens=8), 3, "2").text_rows())
    assert [(row.prompt_id, row.prompt) for row in rows] == list(zip("012345", OPENINGS, strict=True))
    assert {(row.generation, row.written_by, row.finish_reason, row.n_tokens) for row in rows} == {
        (3, "2", "length", 8)
    }
    assert all(row.seed is None and row.scores["log_prob"] < 0 and row.completion for row in rows)
    assert rows[0].sampling == (
        '{"max_new_tokens": 8, "min_new_tokens": 8, "num_beams": 5, "length_penalty": 1.0, '
        '"early_stopping": false, "repetition_penalty": 1.0}'
    )


def test_no_prompts_give_no_rows(tiny: Student, runtime: Runtime) -> None:
    model = OpenCausalLM(load_model(tiny, runtime), load_tokenizer(tiny))
    assert len(model.beam_search(Samples.of_text([]), beams(), 1, "0")) == 0


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"num_beams": 1}, "num_beams: got 1, want 2 or more; greedy decoding is generator=plain with top_k=1"),
        ({"min_new_tokens": 17}, "min_new_tokens: got 17, want 0 to max_new_tokens=16"),
        ({"batch_size": 0}, "want batch_size and max_new_tokens of 1 or more"),
        ({"repetition_penalty": 0.0}, "repetition_penalty above 0"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        beams(**settings)
