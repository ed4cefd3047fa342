"""Make the prompts that are drawn from, the same in every generation and arm."""

from __future__ import annotations

import numpy as np

from loops.errors import ConfigError, StageError
from loops.job import Job, Output
from loops.samples import Samples


def run(job: Job) -> Output:
    """Make `settings.count` prompts: empty ones, human prefixes, or for a world one row a draw and replica."""
    human = job.inputs["human"]
    train = human if isinstance(human, Samples) else human.samples()
    count = job.settings["count"]
    if train.kind == "array":
        replicas = np.unique(train.numbers("replica"))
        if count is None:
            if "sample_all_types" not in job.components["student"].can:
                raise ConfigError("prompts.count: null (all types with their probabilities) needs student=categorical.")
            return job.samples(
                Samples.of_arrays(np.zeros((len(replicas), 1)), replicas, np.full(len(replicas), np.inf))
            )
        return job.samples(Samples.of_arrays(np.zeros((len(replicas) * count, 1)), np.repeat(replicas, count)))
    if job.settings["kind"] == "empty":
        return job.samples(Samples.of_text([{"prompt_id": f"empty#{i}", "completion": ""} for i in range(count)]))
    return job.samples(_prefixes(job, train, count))


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
