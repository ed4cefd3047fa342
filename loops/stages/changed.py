"""Count what a generator changed in what it drew, by the score `changed` of each text."""

from __future__ import annotations

from loops.job import Job, Output
from loops.verdicts import CHANGED_SHARE

CHANGED = "changed"
"""The score by which a text says how many of its tokens a generator changed, or 1 or 0 for the text."""


def run(job: Job) -> Output:
    """Return the share of `drawn` that was changed: of its tokens or of its texts, as `settings.unit` says."""
    samples = job.rows_of("drawn").samples()
    changed = sum(dict(scores)[CHANGED] for scores in samples.column("scores").to_pylist())
    total = samples.written_tokens().sum() if job.settings["unit"] == "tokens" else len(samples)
    return job.numbers({CHANGED_SHARE: float(changed / total)} if total else {})
