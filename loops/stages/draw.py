"""Draw texts with a teacher, shard by shard; an interrupted stage goes on after its last whole shard."""

from __future__ import annotations

import numpy as np

from loops.job import Job, Output
from loops.model import check_canary, open_model
from loops.samples import Samples, ShardWriter


def run(job: Job) -> Output:
    """Draw with `generator` from `teacher` for `prompts`."""
    generator, prompts = job.components["generator"], job.inputs["prompts"]
    teacher_files = job.inputs["teacher"]
    teacher = open_model(teacher_files, job.runtime)
    check_canary(teacher_files, teacher)
    writer = ShardWriter(job.work)
    shards = list(writer.read())
    tokens = sum(_tokens(shard) for shard in shards)
    while True:
        shard = generator.shard(
            len(shards),
            tokens,
            teacher,
            prompts,
            job.given_to(generator),
            job.key,
            job.settings["generation"],
            job.settings["written_by"],
        )
        if shard is None:
            break
        writer.write(shard)
        shards.append(shard)
        tokens += _tokens(shard)
        job.progress(tokens, getattr(generator, "tokens", None), "tokens")
    drawn = Samples.concat(shards)
    return Output("samples", drawn.digest)


def _tokens(shard: Samples) -> int:
    if shard.kind != "text":
        return len(shard)
    return int(np.sum(shard.numbers("n_tokens")))
