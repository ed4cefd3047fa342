"""Speed of training and drawing at the demo's size, side by side with what they replace, on equal work."""

from __future__ import annotations

import itertools
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from loops.build import build
from loops.given import Given
from loops.key import Key
from loops.model import Sampling, TrainCall
from loops.models.decode import Drawn, Order, draw_with_generate
from loops.models.decode_static import draw_with_blocks
from loops.models.uniforms import text_keys, uniforms
from loops.models.weights import load_model, load_tokenizer
from loops.plan import plan
from loops.runtime import Runtime
from loops.samples import Samples
from loops.student import Student
from loops.trainer.tokenised import Special, TokenRows, schedule, texts

STEPS = 200
BATCH_SIZES = (16, 32, 64, 128, 256, 512)
TEXTS = 512
WIDE = 384
"""Tokens at which texts are cut where lengths vary widely: 2 to 384, and most end by themselves."""


@dataclass(frozen=True)
class Bench:
    """The demo's student, fresh, and what it is trained on."""

    student: Student
    corpus: Samples
    trainer: dict[str, Any]
    runtime: Runtime
    folder: Path

    @classmethod
    def of_demo(cls, folder: Path) -> Bench:
        """Make the student of `experiment=demo` and read its human corpus."""
        import torch

        torch.set_num_threads(1)
        run = plan(["experiment=demo", "arm=replace", "seeds=[0]"])[0]
        documents = run.built["source"].read(None)
        rows = [{"completion": document.text, "prompt_id": document.origin} for document in documents]
        corpus = Samples.of_text(rows[:2000])
        node = dict(run.node("student"))
        given = Given({"human": corpus})
        digest = build(node, "student").base(folder / "base", given, Key.root(0), run.runtime)
        student = Student(digest, folder / "base", node)
        return cls(student, corpus, dict(run.node("trainer")), run.runtime, folder)

    def train(self, name: str, after_step: Callable[[], None], **settings: Any) -> Student:
        """Train as the loop does."""
        call = TrainCall(
            start=self.student,
            model=build(self.student.model, "student"),
            corpus=self.corpus,
            weight=np.ones(len(self.corpus)),
            adapter="none",
            folder=self.folder / name,
            work=self.folder / f"{name}_work",
            runtime=self.runtime,
            progress=lambda done, total, unit: after_step(),
        )
        trainer = build({**self.trainer, "match": "steps", **settings}, "trainer")
        log = trainer.train(call, Given({}), Key.root(1))
        return Student(log["digest"], call.folder, self.student.model)


def bench_sft() -> list[dict[str, Any]]:
    """Tokens per second of a training against a bare PyTorch loop, and of stock TRL beside it.

    A step of one, then a step of the other: a neighbour's load hits both alike.
    """
    with tempfile.TemporaryDirectory() as place:
        bench = Bench.of_demo(Path(place))
        return [
            _training(bench, "sft against a bare loop", "transformers", 0.9),
            _training(bench, "sft with TRL's own loss", "trl", None),
        ]


def _training(bench: Bench, name: str, loss: str, goal: float | None) -> dict[str, Any]:
    per_step = bench.trainer["per_device_train_batch_size"] * bench.trainer["max_length"]
    model, bare = bare_loop(bench)
    ours: list[float] = []
    theirs: list[float] = []
    left = [time.perf_counter()]

    def after_step() -> None:
        entered = time.perf_counter()
        ours.append(entered - left[0])
        next(bare)
        left[0] = time.perf_counter()
        theirs.append(left[0] - entered)

    student = bench.train(loss, after_step, max_steps=STEPS, loss=loss)
    _assert_equal(dict(model.state_dict()), load_model(student, bench.runtime).state_dict())
    # The first step of either makes the optimiser's state, and ours also all that is set up before it.
    speeds = [per_step * (STEPS - 1) / sum(seconds[1:]) for seconds in (ours, theirs)]
    detail = f"{STEPS} steps of {per_step:,} tokens in turns, set-up excluded, equal weights at the end"
    return _row(name, speeds[0], speeds[1], goal, "tokens/s", detail)


def bare_loop(bench: Bench) -> tuple[Any, Iterator[None]]:
    """Return a model, and an iterator that trains it as a textbook would, on the same rows, a step at a time."""
    import torch
    from transformers import get_scheduler

    own, rows = build(bench.trainer, "trainer"), _steps(bench)
    size, length = own.per_device_train_batch_size, own.max_length
    model = load_model(bench.student, bench.runtime).train()
    named = list(model.named_parameters())
    groups = [
        {"params": [p for name, p in named if "norm" not in name], "weight_decay": own.weight_decay},
        {"params": [p for name, p in named if "norm" in name], "weight_decay": 0.0},
    ]
    betas = own.adam_beta1, own.adam_beta2
    optimizer = torch.optim.AdamW(groups, own.learning_rate, betas, own.adam_epsilon, fused=True)
    rate = get_scheduler(own.lr_scheduler_type, optimizer, own.warmup_steps, STEPS)
    ids, labels = (torch.from_numpy(flat.reshape(STEPS, size, length)).long() for flat in (rows.ids, rows.labels))

    def steps() -> Iterator[None]:
        for batch, target in zip(ids, labels, strict=True):
            loss = model(input_ids=batch, labels=target, use_cache=False).loss
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), own.max_grad_norm)
            optimizer.step()
            rate.step()
            optimizer.zero_grad()
            loss.item()
            yield

    return model, steps()


def _steps(bench: Bench) -> TokenRows:
    own, tokenizer = build(bench.trainer, "trainer"), load_tokenizer(bench.student)
    special = Special(tokenizer.start_id, tokenizer.eos_id, tokenizer.pad_id)
    rows, weight = texts(tokenizer.encode(bench.corpus), "all", special), np.ones(len(bench.corpus))
    size = own.per_device_train_batch_size
    return schedule(rows, weight, Key.root(1), special, own.max_length, True, size, STEPS, None).rows


def bench_drawing() -> list[dict[str, Any]]:
    """Useful tokens per second with the static cache against the best of `model.generate` over batch sizes."""
    with tempfile.TemporaryDirectory() as place:
        bench = Bench.of_demo(Path(place))
        student = bench.train("student", lambda: None)
        run = plan(["experiment=demo", "arm=replace", "seeds=[0]"])[0]
        own: Sampling = run.built["generator"].sampling()
        rows = [("drawing", own.max_new_tokens, 1.2), ("drawing, lengths vary widely", WIDE, 1.8)]
        return [_drawing(student, bench.runtime, replace(own, max_new_tokens=n), name, goal) for name, n, goal in rows]


def _drawing(student: Student, runtime: Runtime, own: Sampling, name: str, goal: float) -> dict[str, Any]:
    model, tokenizer = load_model(student, runtime), load_tokenizer(student)
    keys = text_keys(Key.root(0), [str(i) for i in range(TEXTS)], 0)
    prompts = [[tokenizer.start_id]] * TEXTS

    def order(batch_size: int) -> Order:
        sampling = replace(own, batch_size=batch_size)
        table = uniforms(keys, own.max_new_tokens)
        return Order(prompts, lambda rows: table[rows], sampling, tokenizer.eos_id, tokenizer.pad_id)

    mine: list[tuple[float, list[Drawn]]] = []
    theirs: list[tuple[float, str]] = []
    for size in BATCH_SIZES:
        speed, drawn = _useful_speed(lambda size=size: draw_with_generate(model, order(size)))  # type: ignore[misc]
        theirs.append((speed, f"our draws under generate, batch {size}"))
        theirs.append((_library_speed(model, tokenizer, own.max_new_tokens, size), f"its own sampling, batch {size}"))
        mine.append(_useful_speed(lambda: draw_with_blocks(model, order(own.batch_size))))
        assert [text.tokens for text in mine[-1][1]] == [text.tokens for text in drawn], "texts differ"
    lengths = [len(text.tokens) for text in mine[0][1]]
    low, high = np.percentile(lengths, [5, 95])
    best = max(theirs)
    detail = (
        f"{TEXTS} texts of {np.mean(lengths):.0f} tokens (90% between {low:.0f} and {high:.0f}), batch "
        f"{own.batch_size}; best generate of batches {BATCH_SIZES}: {best[1]}; texts equal"
    )
    return _row(name, float(np.median([speed for speed, _ in mine])), best[0], goal, "useful tokens/s", detail)


def _useful_speed(draw: Callable[[], list[Drawn]]) -> tuple[float, list[Drawn]]:
    begin = time.perf_counter()
    drawn = draw()
    return sum(len(text.tokens) for text in drawn) / (time.perf_counter() - begin), drawn


def _library_speed(model: Any, tokenizer: Any, limit: int, size: int) -> float:
    """Draw with transformers' own multinomial sampling, everything untruncated."""
    import torch
    from transformers import GenerationConfig

    special = {"eos_token_id": tokenizer.eos_id, "pad_token_id": tokenizer.pad_id}
    plain = {"do_sample": True, "temperature": 1.0, "top_k": 0, "top_p": 1.0, "use_cache": True}
    config = GenerationConfig(max_new_tokens=limit, **plain, **special)  # type: ignore[no-untyped-call]
    ids, n_useful, begin = torch.full((size, 1), tokenizer.start_id), 0, time.perf_counter()
    torch.manual_seed(0)
    for n_left in itertools.takewhile(lambda left: left > 0, itertools.count(TEXTS, -size)):
        with torch.inference_mode():
            written = model.generate(ids[:n_left], generation_config=config)[:, 1:]
        ended = (written == tokenizer.eos_id).int()
        n_useful += int((ended.cumsum(-1) - ended == 0).sum())
    return n_useful / (time.perf_counter() - begin)


def _assert_equal(one: dict[str, Any], other: dict[str, Any]) -> None:
    """Two hundred steps let roundings grow: the weights agree to a few thousandths of their size."""
    for name, tensor in one.items():
        gap = float((tensor - other[name]).norm() / tensor.norm())
        assert gap < 0.05, f"{name}: the trainings part by {gap:.3f} of the weights"


def _row(name: str, ours: float, theirs: float, goal: float | None, unit: str, detail: str) -> dict[str, Any]:
    ratio = ours / theirs
    return {
        "name": name,
        "ours": round(ours),
        "theirs": round(theirs),
        "ratio": round(ratio, 3),
        "goal": "reported beside it" if goal is None else f">= {goal}",
        "ok": goal is None or ratio >= goal,
        "unit": unit,
        "detail": detail,
    }
