"""Measure one view with one metric."""

from __future__ import annotations

from loops.job import Job, Output
from loops.measuring import Budget, Call, View, measured
from loops.samples import Samples


def run(job: Job) -> Output:
    """Measure `view`; what cannot be measured is recorded with the reason."""
    view = _view(job.inputs["view"])
    given = {name: _view(value) if name == "reference" else value for name, value in job.given.items()}
    budget = Budget(**{name: job.settings[name] for name in Budget.__dataclass_fields__})
    return job.numbers(measured(Call(job.components["metric"], view, given, budget, job.key)))


def _view(value: object) -> View:
    samples: Samples = value if isinstance(value, Samples) else value.samples()  # type: ignore[attr-defined]
    return View(samples)
