"""Read human data: everything a source holds, or one of the splits that it brings."""

from __future__ import annotations

from loops.job import Job, Output


def run(job: Job) -> Output:
    """Read `source`; `settings.split` names a split of its own, or is null."""
    source, split = job.components["source"], job.settings["split"]
    if "text" not in source.kinds:
        return job.samples(source.draw(split, job.key))
    from loops.source.document import to_samples

    return job.samples(to_samples(source.read(split)))
