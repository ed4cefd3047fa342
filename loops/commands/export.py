"""Write a generation's texts, and its student, as folders that `datasets`, TRL and transformers read."""

from __future__ import annotations

import argparse
from pathlib import Path

VIEWS = ("corpus", "kept", "drawn", "sampled")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    parser.add_argument("run_folder", metavar="RUN", type=Path, help="outputs/<name>/<arm>/seed_<s>")
    parser.add_argument("--to", type=Path, required=True, metavar="FOLDER", help="a new folder")
    parser.add_argument("--view", choices=VIEWS, default="corpus", help="corpus (what the student was trained on), ...")
    parser.add_argument("--generation", type=int, metavar="G", help="the last, if not given")
    parser.add_argument("--format", choices=("jsonl", "parquet"), default="jsonl")
    parser.add_argument("--model", action="store_true", help="write the generation's student too")


def run(options: argparse.Namespace) -> int:
    """Write train.jsonl or train.parquet, README.md, and with --model the student."""
    from rich.console import Console

    from loops.card import card
    from loops.errors import ConfigError
    from loops.export import texts_of, write_student, write_texts
    from loops.recorded import recorded_runs, recorded_stages

    runs = recorded_runs([options.run_folder])
    if len(runs) > 1:
        names = ", ".join(str(run.path) for run in runs[:4])
        raise ConfigError(f"{options.run_folder}: holds {len(runs)} runs. Give one of them: {names}.")
    if options.to.exists() and (not options.to.is_dir() or any(options.to.iterdir())):
        raise ConfigError(f"--to: {options.to} is not empty. Give a new folder; nothing is overwritten.")
    generation = options.generation
    if generation is None:
        generation = max((stage["generation"] for stage in recorded_stages(runs[0])), default=0)
    texts = texts_of(runs[0], options.view, generation)
    options.to.mkdir(parents=True, exist_ok=True)
    model = write_student(runs[0], generation, options.to) if options.model else None
    data = write_texts(texts, options.to, options.format)
    readme = card(runs[0], texts, options.view, generation, data, model)
    (options.to / "README.md").write_text(readme, encoding="utf-8")
    for path in (data, model, options.to / "README.md"):
        if path is not None:
            Console().print(str(path), markup=False, highlight=False, soft_wrap=True)
    return 0
