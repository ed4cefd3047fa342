"""Make the prompts that are drawn from, the same in every generation and arm."""

from __future__ import annotations

import numpy as np

from loops.errors import ConfigError, StageError
from loops.job import Job, Output
from loops.replicas import places
from loops.samples import Samples

_MAKERS = {"array": Samples.of_arrays, "vector": Samples.of_vectors}


def run(job: Job) -> Output:
    """Make `settings.count` prompts: empty ones, or human prefixes; in a world, as many for each replica."""
    human = job.inputs["human"]
    train = human if isinstance(human, Samples) else human.samples()
    if train.kind != "text":
        return job.samples(_of_world(job, train))
    count = job.settings["count"]
    if job.settings["kind"] == "empty":
        return job.samples(Samples.of_text([{"prompt_id": f"empty#{i}", "completion": ""} for i in range(count)]))
    return job.samples(_prefixes(job, train, count))


def _of_world(job: Job, train: Samples) -> Samples:
    """Ask for one row a prompt: of nothing, or of the numbers that open a human row, for a student that completes them.

    Without a count it is one prompt of weight inf a replica, which asks for infinitely many draws.
    """
    student, count, make = job.components["student"], job.settings["count"], _MAKERS[train.kind]
    replicas, length = np.unique(train.numbers("replica")), getattr(student, "prompt_length", 0)
    wanted = "prefix" if length else "empty"
    if job.settings["kind"] != wanted:
        does = f"completes rows of which the first {length} numbers are given" if length else "takes no prompt"
        raise ConfigError(
            f"prompts.kind: got {job.settings['kind']}, but student={type(student).__name__} {does}. "
            f"Use prompts.kind={wanted}."
        )
    if count is None:
        if "sample_endless" not in student.can:
            raise ConfigError(
                f"prompts.count: null (infinitely many draws) is nothing that student={type(student).__name__} can "
                "give. Use a number."
            )
        return make(np.zeros((len(replicas), 1)), replicas, np.full(len(replicas), np.inf))
    if not length:
        return make(np.zeros((len(replicas) * count, 1)), np.repeat(replicas, count))
    value = train.values()[:, :length]
    chosen = [mine[:count] for mine in places(train.numbers("replica"), replicas)]
    few = min(map(len, chosen))
    if few < count:
        raise StageError(f"prompts: a replica has {few:,} human rows, want {count:,}. Lower prompts.count.")
    return make(value[np.concatenate(chosen)], np.repeat(replicas, count))


def _prefixes(job: Job, train: Samples, count: int) -> Samples:
    """Cut human texts after their first tokens; what follows is the true continuation, kept as completion.

    Chat rows give their own messages. Texts that are not longer than the prefix give none.
    """
    order = job.key.rng().permutation(len(train))
    tokenizer = job.components["student"].tokenizer(job.inputs["tokenizer"])
    rows: list[dict[str, object]] = []
    for row in train.select(order).text_rows():
        if row.messages is not None or row.prompt:
            messages = None if row.messages is None else list(row.messages)
            rows.append(
                {
                    "prompt_id": row.prompt_id,
                    "prompt": row.prompt,
                    "messages": messages,
                    "completion": row.completion,
                }
            )
        else:
            prefix = tokenizer.prefix(row.completion, job.settings["tokens"])
            if prefix is not None and len(prefix) < len(row.completion):
                rows.append(
                    {
                        "prompt_id": row.prompt_id,
                        "prompt": prefix,
                        "completion": row.completion[len(prefix) :],
                    }
                )
        if len(rows) == count:
            return Samples.of_text(rows)
    raise StageError(
        f"prompts: {len(rows):,} human texts are longer than {job.settings['tokens']} tokens, want {count:,}. "
        "Lower prompts.count or prompts.tokens."
    )
