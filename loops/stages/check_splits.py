"""Refuse splits that the user gave as separate files when they overlap with train."""

from __future__ import annotations

from loops.errors import DataError
from loops.job import Job, Output
from loops.source.document import wholes
from loops.source.split import overlaps


def run(job: Job) -> Output:
    """Compare every split with `train`; what is trained on must not be what is measured on."""
    train, _ = wholes(job.inputs["train"])
    counts = {}
    for split, samples in job.inputs.items():
        counts[split] = len(samples)
        if split == "train":
            continue
        texts, origins = wholes(samples)
        found = overlaps(train, texts, job.settings["ngram"], job.settings["jaccard"])
        if found:
            examples = "; ".join(f"{origins[i]}: {' '.join(texts[i].split())[:60]!r}" for i in found[:3])
            raise DataError(
                f"source: {len(found)} of {len(texts)} {split} texts share a {job.settings['ngram']}-gram with train "
                f"or have Jaccard >= {job.settings['jaccard']} ({examples}). "
                "Take them out, or give one file and let the split be made."
            )
    return job.numbers(counts)
