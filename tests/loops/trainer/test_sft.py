from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml

from loops.build import build
from loops.errors import ConfigError, StageError
from loops.key import Key
from loops.model import Sampling
from loops.models.weights import load_model, load_tokenizer, tensor_digests
from loops.runtime import Runtime
from loops.samples import Samples
from loops.student import Student
from loops.trainer.tokenised import IGNORED, Special, schedule, texts

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = Path(__file__).with_name("train_alone.py")
Train = Callable[..., tuple[Student, dict[str, Any]]]


class StopHereError(Exception):
    """Stands for a process that dies."""


def dies_at(step: int) -> Callable[[int, int | None, str], None]:
    def progress(done: int, total: int | None, unit: str) -> None:
        if done == step:
            raise StopHereError

    return progress


def plain_loop(student: Student, corpus: Samples, runtime: Runtime, steps: int) -> dict[str, torch.Tensor]:
    """Train as a textbook would, on the same rows: AdamW, clipping, a cosine after one step of warm-up."""
    from transformers import get_cosine_schedule_with_warmup

    model, tokenizer = load_model(student, runtime).train(), load_tokenizer(student)
    special = Special(tokenizer.start_id, tokenizer.eos_id, tokenizer.pad_id)
    rows = texts(tokenizer.encode(corpus), "all", special)
    plan = schedule(rows, np.ones(len(corpus)), Key.root(7), special, 48, True, 4, steps, None)
    named = list(model.named_parameters())
    groups = [
        {"params": [p for name, p in named if "norm" not in name], "weight_decay": 0.1},
        {"params": [p for name, p in named if "norm" in name], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=0.003, betas=(0.9, 0.95), eps=1e-8)
    rate = get_cosine_schedule_with_warmup(optimizer, 1, steps)
    ids = torch.from_numpy(plan.rows.ids.reshape(steps, 4, 48)).long()
    labels = torch.from_numpy(plan.rows.labels.reshape(steps, 4, 48)).long()
    for own, target in zip(ids, labels, strict=True):
        logits = model(own, use_cache=False).logits[:, :-1]
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), target[:, 1:].flatten(), ignore_index=IGNORED)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        rate.step()
        optimizer.zero_grad()
    return dict(model.state_dict())


def test_training_is_that_of_a_textbook_loop(tiny: Student, human: Samples, train: Train, runtime: Runtime) -> None:
    student, _ = train(tiny, human)
    mine = load_model(student, runtime).state_dict()
    for name, tensor in plain_loop(tiny, human, runtime, steps=6).items():
        # Six steps move weights by up to .01; the two loops sum gradients in another order.
        assert torch.allclose(mine[name], tensor, atol=3e-5), name


def test_both_losses_train_the_same(tiny: Student, human: Samples, train: Train, runtime: Runtime) -> None:
    students = [train(tiny, human, loss, loss=loss) for loss in ("transformers", "trl")]
    assert students[0][1]["loss"] == pytest.approx(students[1][1]["loss"], abs=1e-4)
    one, other = (load_model(student, runtime).state_dict() for student, _ in students)
    assert all(torch.allclose(one[name], other[name], atol=3e-5) for name in one)


def test_accumulated_steps_are_the_steps_of_one_large_batch(
    tiny: Student, human: Samples, train: Train, runtime: Runtime
) -> None:
    whole, _ = train(tiny, human, "whole")
    split, _ = train(tiny, human, "split", per_device_train_batch_size=2, gradient_accumulation_steps=2)
    one, other = (load_model(student, runtime).state_dict() for student in (whole, split))
    assert all(torch.allclose(one[name], other[name], atol=3e-5) for name in one)


def test_equal_inputs_give_equal_bits_and_leave_global_generators_alone(
    tiny: Student, human: Samples, train: Train
) -> None:
    one, log = train(tiny, human, "one")
    torch.manual_seed(1234)
    expected = torch.rand(3)
    torch.manual_seed(1234)
    same, same_log = train(tiny, human, "same")
    assert torch.equal(torch.rand(3), expected)
    assert one.digest == same.digest
    assert log == same_log
    assert train(tiny, human, "other", key=Key.root(8))[0].digest != one.digest


@pytest.mark.parametrize("adapter", ["none", "fresh"])
def test_a_resumed_training_equals_an_uninterrupted_one(
    tiny: Student, human: Samples, train: Train, tmp_path: Path, adapter: str
) -> None:
    settings = {"adapter": adapter, "save_steps": 2, "lora_dropout": 0.1}
    whole, log = train(tiny, human, "whole", **settings)
    with pytest.raises(StopHereError):
        train(tiny, human, "resumed", progress=dies_at(5), **settings)
    found = sorted(path.name for path in (tmp_path / "resumed_work").glob("checkpoint-*"))
    assert found == ["checkpoint-2", "checkpoint-4"]
    steps: list[int] = []
    resumed, resumed_log = train(
        tiny, human, "resumed", progress=lambda done, total, unit: steps.append(done), **settings
    )
    assert steps == [5, 6]
    assert resumed.digest == whole.digest
    assert resumed_log == log


def test_an_unfinished_checkpoint_is_passed_over(tiny: Student, human: Samples, train: Train, tmp_path: Path) -> None:
    whole, _ = train(tiny, human, "whole", save_steps=2)
    with pytest.raises(StopHereError):
        train(tiny, human, "resumed", progress=dies_at(5), save_steps=2)
    work = tmp_path / "resumed_work"
    (work / "checkpoint-4" / "trainer_state.json").write_text('{"global_')
    steps: list[int] = []
    resumed, _ = train(tiny, human, "resumed", progress=lambda done, total, unit: steps.append(done), save_steps=2)
    assert steps == [3, 4, 5, 6]
    assert resumed.digest == whole.digest


def test_without_checkpoints_an_interrupted_training_starts_anew(tiny: Student, human: Samples, train: Train) -> None:
    whole, _ = train(tiny, human, "whole")
    with pytest.raises(StopHereError):
        train(tiny, human, "again", progress=dies_at(4))
    steps: list[int] = []
    again, _ = train(tiny, human, "again", progress=lambda done, total, unit: steps.append(done))
    assert steps == [1, 2, 3, 4, 5, 6]
    assert again.digest == whole.digest


@pytest.fixture
def alone(
    tiny: Student, human: Samples, node: Callable[..., dict[str, Any]], tmp_path: Path
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Train in a process of its own with an empty home and working directory; killed after `stop` steps."""

    def run(stop: int | None = None, **settings: Any) -> subprocess.CompletedProcess[str]:
        for name in ("human", "home", "cwd"):
            (tmp_path / name).mkdir(exist_ok=True)
        if not list((tmp_path / "human").iterdir()):
            human.save(tmp_path / "human")
        job = {"digest": tiny.digest, "start": str(tiny.folder), "model": dict(tiny.model)}
        (tmp_path / "job.json").write_text(json.dumps(job | {"trainer": node(**settings)}))
        away = ("HF_HOME", "XDG_CACHE_HOME", "HF_DATASETS_CACHE", "HF_HUB_CACHE")
        env = {name: value for name, value in os.environ.items() if name not in away}
        env |= {"PYTHONPATH": str(ROOT), "HOME": str(tmp_path / "home"), "OMP_NUM_THREADS": "1"}
        command = [sys.executable, str(SCRIPT), str(tmp_path), str(stop or -1)]
        return subprocess.run(command, cwd=tmp_path / "cwd", env=env, capture_output=True, text=True, check=False)

    return run


def test_a_killed_process_resumes_to_the_same_bits(
    tiny: Student,
    human: Samples,
    train: Train,
    alone: Callable[..., subprocess.CompletedProcess[str]],
    tmp_path: Path,
) -> None:
    whole, _ = train(tiny, human, "whole", max_steps=12, save_steps=3)
    for stop in (5, 8, None):
        done = alone(stop, max_steps=12, save_steps=3)
        assert done.returncode == (0 if stop is None else -9), done.stderr
    assert json.loads((tmp_path / "log.json").read_text())["digest"] == whole.digest


def test_nothing_is_written_outside_the_store_and_nothing_is_printed(
    alone: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    done = alone(save_steps=2, loss="trl")
    assert done.returncode == 0, done.stderr
    assert list((tmp_path / "cwd").rglob("*")) == []
    assert [path for path in (tmp_path / "home").rglob("*") if path.is_file()] == []
    assert [path.name for path in (tmp_path / "store").iterdir()] == ["student"]
    assert sorted(path.name for path in (tmp_path / "store" / "student").iterdir()) == [
        "canary.json",
        "config.json",
        "generation_config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
    ]
    assert done.stdout == ""


def test_a_trained_model_keeps_its_cache_on(tiny: Student, human: Samples, train: Train) -> None:
    for loss in ("transformers", "trl"):
        student, _ = train(tiny, human, loss, loss=loss, max_steps=1)
        assert json.loads((student.folder / "config.json").read_text())["use_cache"] is True


def test_only_what_is_trained_changes_in_a_student_s_digest(tiny: Student, human: Samples, train: Train) -> None:
    student, _ = train(tiny, human, learning_rate=1e-45, weight_decay=0.0)
    assert tensor_digests(student.folder) == tensor_digests(tiny.folder)
    assert student.digest == tiny.digest


def test_the_log_counts_what_was_read_and_learned(tiny: Student, human: Samples, train: Train) -> None:
    _, log = train(tiny, human)
    assert (log["steps"], log["tokens"]) == (6, 6 * 4 * 48)
    assert log["tokens"] * 0.9 < log["loss_tokens"] < log["tokens"]
    assert 0 < log["epochs"] < 1
    assert log["loss"] < log["mean_loss"] < np.log(400) + 0.1
    assert "seconds" not in log


def test_a_real_pretrained_model_goes_on_learning(
    stories: Student, human: Samples, train: Train, runtime: Runtime
) -> None:
    student, log = train(stories, human, learning_rate=0.001, max_steps=30)
    model = build(student.model, "student")
    before, after = (model.open(each, runtime).log_probs(human, 128, 64).nats.mean() for each in (stories, student))
    assert after > before + 0.3
    assert log["loss"] < 5


@pytest.mark.parametrize("loss_on", ["all", "completion", "completion_as_text"])
@pytest.mark.parametrize("adapter", ["none", "fresh"])
def test_a_chat_student_trains_and_draws(
    chat: Student, train: Train, runtime: Runtime, loss_on: str, adapter: str
) -> None:
    rows = [
        {"messages": [{"role": "user", "content": f"Say {word}."}], "completion": word, "prompt_id": word}
        for word in ("one", "two", "three", "four")
    ]
    student, log = train(chat, Samples.of_text(rows), adapter=adapter, loss_on=loss_on, max_length=32)
    assert log["loss_tokens"] > 0
    opened = build(student.model, "student").open(student, runtime)
    sampling = Sampling(8, 0, 1.0, 0, 1.0, 1.0, "generate", 4)
    drawn = opened.sample(Samples.of_text(rows), 0, sampling, Key.root(0), 1, "0")
    assert len(drawn) == 4


def test_a_chat_student_learns_to_end_its_turn(chat: Student, train: Train, runtime: Runtime) -> None:
    row = {"messages": [{"role": "user", "content": "Say one."}], "completion": "one", "prompt_id": "p"}
    corpus = Samples.of_text([row] * 8)
    student, _ = train(chat, corpus, loss_on="completion", max_length=32, max_steps=60, learning_rate=0.01)
    opened = build(student.model, "student").open(student, runtime)
    sampling = Sampling(8, 0, 1.0, 0, 1.0, 1.0, "generate", 4)
    reply = next(opened.sample(Samples.of_text([row]), 0, sampling, Key.root(0), 1, "0").text_rows())
    assert (reply.completion, reply.finish_reason) == ("one", "stop")


def test_a_row_longer_than_the_model_holds_is_refused(tiny: Student, human: Samples, train: Train) -> None:
    with pytest.raises(ConfigError, match=r"max_length: got 129, but the model holds 128 tokens"):
        train(tiny, human, max_length=129)


def test_a_loss_that_is_not_finite_stops_the_run(tiny: Student, human: Samples, train: Train) -> None:
    with pytest.raises(StageError, match=r"the loss is not finite \(step \d+ of 6\)"):
        train(tiny, human, learning_rate=1e30, max_grad_norm=0.0, warmup_steps=0)


def test_an_empty_corpus_is_refused(tiny: Student, human: Samples, train: Train) -> None:
    with pytest.raises(StageError, match="0 texts"):
        train(tiny, human.select(np.zeros(0, int)))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"learning_rate": 0.0}, "learning_rate > 0"),
        ({"max_steps": 0}, "1 or more of max_steps"),
        ({"save_steps": 0}, "save_steps: got 0"),
        ({"loss_on": "prompt"}, "loss_on"),
        ({"learning_rte": 0.1}, "Did you mean trainer.learning_rate"),
    ],
)
def test_settings_that_cannot_be_are_refused(
    node: Callable[..., dict[str, Any]], settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        build(node(**settings), "trainer")


def test_the_preset_builds() -> None:
    preset = build(yaml.safe_load((ROOT / "configs" / "trainer" / "sft.yaml").read_text()), "trainer")
    assert preset.match == "steps"
