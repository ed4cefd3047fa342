"""Draw with a teacher, shard by shard; an interrupted stage goes on after its last whole shard."""

from __future__ import annotations

import numpy as np

from loops.errors import StageError
from loops.job import Job, Output
from loops.model import check_canary, open_model
from loops.samples import Samples
from loops.shards import ShardWriter, read_shards


def run(job: Job) -> Output:
    """Draw with `generator` from `teacher` for `prompts`, from shard `settings.first_shard` on.

    Raises:
        StageError: the generator gives no shard, as for no prompts.
    """
    generator, prompts = job.components["generator"], job.inputs["prompts"]
    teacher_files = job.inputs["teacher"]
    teacher = open_model(teacher_files, job.runtime)
    check_canary(teacher_files, teacher)
    writer = ShardWriter(job.work)
    shards = [Samples.of_table(table) for table in read_shards(job.work)]
    first, n_worlds = job.settings["first_shard"], len(np.unique(prompts.worlds()))
    tokens = sum(_tokens(shard, n_worlds) for shard in shards)
    while True:
        shard = generator.shard(
            first + len(shards),
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
        writer.write(shard.table)
        shards.append(shard)
        tokens += _tokens(shard, n_worlds)
        job.progress(tokens, getattr(generator, "tokens", None), "tokens")
    if not shards:
        raise StageError(f"draw: nothing was drawn for {len(prompts):,} prompts. Raise prompts.count.")
    return Output("samples", Samples.concat(shards).digest)


def _tokens(shard: Samples, n_worlds: int) -> int:
    """Count what a shard adds to each world; all replicas have equally many prompts."""
    return int(np.sum(shard.written_tokens())) // n_worlds
