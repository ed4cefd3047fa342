"""The card of an exported data set: what it is, who wrote it, and how to make it again."""

from __future__ import annotations

from pathlib import Path

from loops.export import Texts
from tracking.run_dir import RunDir

USES = {
    "text": "`text`",
    "prompt": "`prompt` and `completion`",
    "messages": "`messages` (the last one is the student's or the human answer)",
}


def card(run: RunDir, texts: Texts, view: str, generation: int, data: Path, model: Path | None) -> str:
    """Return README.md with the front matter that `datasets` and the hub read."""
    import yaml

    provenance, human = run.read_provenance(), texts.human_share
    front = {
        "license": "other",
        "tags": ["synthetic", "heirloom"],
        "task_categories": ["text-generation"],
        "configs": [{"config_name": "default", "data_files": [{"split": "train", "path": data.name}]}],
        "heirloom": {
            "view": view,
            "generation": generation,
            "human_share": round(human, 4),
            "synthetic_share": round(1 - human, 4),
            "command": provenance["command"],
        },
    }
    versions = ", ".join(f"{name} {number}" for name, number in provenance["versions"].items())
    lines = [
        f"---\n{yaml.safe_dump(front, sort_keys=False)}---",
        f"# {run.name}: {view} of generation {generation}",
        f"{len(texts.samples):,} texts of a self-improvement loop run with Heirloom; arm `{run.arm}`, seed {run.seed}.",
        f"- generation: {generation}\n- human: {human:.1%} of the texts (`written_by` is null)\n"
        f"- synthetic: {1 - human:.1%} of the texts (`written_by` is the number of the student that wrote it)",
        f"Columns: {USES[texts.shape]}; `id`, `generation` (in which it was written; 0 for human text), `written_by`, "
        "`prompt_id`, `draw`, and `finish_reason` (`length`: cut at the limit, so no end of text follows)"
        + ("; `weight`, which differs between rows." if texts.is_weighted else "."),
        _loading(model),
        f"## Made by\n\n```\n{provenance['command']}\n```\n\nwith {versions}, Python {provenance['python']}. "
        f"All settings are in the run's config.yaml:\n\n```yaml\n{run.config_path.read_text().strip()}\n```",
        "## License\n\nThat of the human text that the first student learned from, and of the model that it began as; "
        "`other` stands here until whoever publishes this says which.",
    ]
    return "\n\n".join(line for line in lines if line) + "\n"


def _loading(model: Path | None) -> str:
    if model is None:
        return ""
    if (model / "adapter_config.json").exists():
        return (
            "`model/` holds the student's adapter and `model_base/` what it sits on; after moving the folder, set "
            "`base_model_name_or_path` in `model/adapter_config.json` to the new place of `model_base`. "
            '`AutoModelForCausalLM.from_pretrained("model")` loads both.'
        )
    return '`model/` holds the student: `AutoModelForCausalLM.from_pretrained("model")`.'
