"""Split human texts by origin, and drop from reference and auditor what overlaps with train."""

from __future__ import annotations

import json

from loops.job import Job, Output
from loops.source.document import wholes
from loops.source.split import assign


def run(job: Job) -> Output:
    """Assign each text of `human` to a split; the log lies beside as split.json."""
    texts, origins = wholes(job.inputs["human"])
    settings = job.settings
    split = assign(
        texts,
        origins,
        settings["reference"],
        settings["auditor"],
        job.key,
        settings["ngram"],
        settings["jaccard"],
    )
    (job.work / "split.json").write_text(json.dumps(split.log, indent=1))
    return job.arrays({"where": split.where})
