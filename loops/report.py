"""Joins what was measured with how it is shown: statistics from `evals`, rendered by `tracking`."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from loops.bucket_sizes import bucket_sizes
from loops.build import build
from loops.collapses import collapses
from loops.config import flat
from loops.differences import differences, filter_costs, sentences
from loops.plan import override_lines
from loops.recorded import FORKED_FROM, stores_of
from loops.ref import Ref
from loops.run import view_samples, views_of
from loops.samples import Samples
from loops.store import Store
from loops.verdicts import Verdicts
from tracking.report.data import Arm, LedgerRow, ReportData, StageTime, TheoryCurve
from tracking.report.labels import label_of
from tracking.report.stamp import bears, stamp_of
from tracking.run_dir import RunDir, find_runs

Row = Mapping[str, Any]
TEXTS_SHOWN = 6
SETTINGS_SHOWN = 8
"""Settings by which arms are described; where more differ, an arm is described by what the experiment says of it."""
LENGTH_LIMIT_ALARM = 0.5
"""Share of sampled texts cut at the length limit above which the report warns."""
SHORT_ALARM = 0.05
"""Share by which texts shorter than L words may differ from human text."""
LOSS_TOKENS_ALARM = 0.05
"""Share by which arms may differ in the tokens that they are trained on at equal steps."""


def report_data(root: Sequence[Path]) -> ReportData:
    """Gather everything that a report over these run folders shows.

    Raises:
        RunDirError: no run is there, or its files are damaged.
    """
    runs = in_order([run for path in root for run in find_runs(path)])
    first = runs[0].read_provenance()  # of the first in order, so that no order of folders changes a page
    place = first["place"]
    return data_of(runs, runs[0].name, first["command"], place["controls"], place["headline"])


def in_order(runs: Sequence[RunDir]) -> list[RunDir]:
    """Sort the runs of an experiment: arms as it names them, seeds within them."""
    order = list(runs[0].read_provenance()["place"]["arms"] or {})
    place = {run.path: (order.index(run.arm) if run.arm in order else len(order)) for run in runs}
    return sorted(runs, key=lambda run: (place[run.path], run.arm, run.seed))


def data_of(
    runs: Sequence[RunDir], title: str, command: str, controls: Sequence[str], headline: Sequence[str]
) -> ReportData:
    """Gather what a report over these runs shows, in their order."""
    configs = {run.path: run.read_config() for run in runs}
    stores = stores_of(runs)
    rows = [row for run in runs for row in run.read_history()]
    arms = list(dict.fromkeys(run.arm for run in runs))
    controls = [arm for arm in controls if arm in arms]
    compared = differences(rows, arms, controls, headline)
    return ReportData(
        title=title,
        command=command,
        arms=[Arm(arm, text) for arm, text in _described(runs, configs).items()],
        rows=rows,
        headlines=list(sentences(compared, lambda measure: label_of(measure, {}).title)),
        headline=tuple(headline),
        facts=_facts([configs[run.path] for run in runs], runs),
        controls=controls,
        differences=compared,
        collapses=collapses(rows, arms),
        filter_costs=filter_costs(rows, int(configs[runs[0].path]["measure"].get("subsets", 0))),
        ledger=[row for run in runs for row in _ledger(run, stores[run.path])],
        drawn_counts=_drawn_counts(rows),
        buckets=bucket_sizes(runs, stores),
        texts=_texts(runs, stores),
        text_titles=_text_titles(runs[0], stores[runs[0].path]),
        theory=list(_theory(runs, configs, stores)),
        auditor=[row for run in runs for row in run.read_auditor()],
        stages=list(_stage_times(runs)),
        alarms=_alarms(rows),
        provenance=runs[0].read_provenance(),
        settings={run.arm: run.config_path.read_text() for run in runs},
    )


def _described(runs: Sequence[RunDir], configs: Mapping[Path, Row]) -> dict[str, str]:
    """Say for each arm which settings it does not share with all others: where whole components differ, by choice."""
    flattened = {run.arm: _leaves(configs[run.path]) for run in runs}
    names = sorted({name for leaves in flattened.values() for name in leaves})
    differ = [name for name in names if len({str(leaves.get(name)) for leaves in flattened.values()}) > 1]
    if len(differ) > SETTINGS_SHOWN:
        return {run.arm: ", ".join(_chosen(run)) or "as the experiment says" for run in runs}
    return {
        arm: ", ".join(f"{name}={leaves[name]}" for name in differ if name in leaves) or "as the experiment says"
        for arm, leaves in flattened.items()
    }


def _chosen(run: RunDir) -> list[str]:
    """Return what the experiment's arm sets, but for what is measured and expected, and what was swept."""
    arm, _, swept = RunDir(run.path).arm.partition(",")
    sets = override_lines((run.read_provenance()["place"]["arms"] or {}).get(arm, []))
    return [line for line in sets if not line.startswith(("metrics=", "theory"))] + ([swept] if swept else [])


def _leaves(config: Mapping[str, Any]) -> dict[str, Any]:
    found = {}
    for path in flat({name: value for name, value in config.items() if name not in (FORKED_FROM, "name")}):
        value: Any = config
        for part in path.split("."):
            value = value[part]
        if not isinstance(value, Mapping):
            found[path] = value
    return found


def _targets(configs: Sequence[Row], group: str) -> str:
    """Name the components of a group that the runs have, each once."""
    return ", ".join(dict.fromkeys(str(config[group]["_target_"]).rpartition(".")[2] for config in configs))


def _facts(configs: Sequence[Row], runs: Sequence[RunDir]) -> dict[str, str]:
    config = configs[0]
    seeds = sorted({run.seed for run in runs})
    trunk = config.get(FORKED_FROM)
    return {
        **({"forked from": f"{trunk['run']}, after generation {trunk['generation']}"} if trunk else {}),
        "source": _targets(configs, "source"),
        "student": _targets(configs, "student"),
        "generations": f"0 to {config['generations']}",
        "seeds": ", ".join(map(str, seeds)),
        "generation 0": str(config["generation_0"]),
        "start": str(config["start"]),
        "adapter": str(config["adapter"]),
        "scale": str(config["scale"] or "the experiment's own"),
    }


def _ledger(run: RunDir, store: Store) -> Iterator[LedgerRow]:
    """Count what each filter dropped, by reason, with the tokens that its writer had written."""
    judged = [stage for stage in run.read_stages() if stage["stage"] == "judge"]
    # With budget=kept a filter judges again after each round, all that was drawn so far: the last verdicts count.
    for stage in {(stage["generation"], stage["name"]): stage for stage in judged}.values():
        entry = store.entry(Ref(stage["stage"], stage["key"], stage["digest"], "rows"))
        verdicts = Verdicts.open(entry.folder)
        rows = store.open(Ref.from_json(entry.spec["inputs"]["rows"]))
        samples = rows if isinstance(rows, Samples) else rows.samples()
        tokens = samples.numbers("n_tokens") if samples.kind == "text" else np.ones(len(samples))
        reasons = np.array(verdicts.reason.to_pylist(), object)
        for reason, count in verdicts.counts().items():
            lost = int(np.nansum(tokens[reasons == reason]))
            name = stage["name"].partition("/")[2]
            yield LedgerRow(run.arm, stage["generation"], name, reason, count, lost)


def _drawn_counts(rows: Sequence[Row]) -> dict[tuple[str, int], int]:
    counts: dict[tuple[str, int], int] = defaultdict(int)
    seen = set()
    for row in rows:
        place = (str(row["arm"]), int(row["seed"]), int(row["generation"]))
        if place not in seen and row.get("drawn/rows") is not None:
            seen.add(place)
            counts[place[0], place[2]] += int(row["drawn/rows"])
    return dict(counts)


def _texts(runs: Sequence[RunDir], stores: Mapping[Path, Store]) -> dict[int, dict[str, Sequence[str]]]:
    """Take the first texts that each student was sampled for, of the first seed: the same prompts everywhere."""
    shown: dict[int, dict[str, Sequence[str]]] = defaultdict(dict)
    for run in runs:
        if run.seed != runs[0].seed:
            continue
        for g in sorted({stage["generation"] for stage in run.read_stages()}):
            if "sampled" not in views_of(run.path, g):
                continue
            samples = view_samples(run.path, stores[run.path], "sampled", g)
            if samples.kind == "text":
                shown[g][run.arm] = samples.select(np.arange(min(TEXTS_SHOWN, len(samples)))).texts()
    return dict(shown)


def _text_titles(run: RunDir, store: Store) -> list[str]:
    """Name the texts by their prompts."""
    samples = view_samples(run.path, store, "sampled", 0)
    if samples.kind != "text":
        return []
    rows = list(samples.select(np.arange(min(TEXTS_SHOWN, len(samples)))).text_rows())
    return [
        _opening(row.prompt or (row.messages[-1]["content"] if row.messages else ""), row.prompt_id) for row in rows
    ]


def _opening(prompt: str, prompt_id: str) -> str:
    return f"after {prompt[-80:]!r}" if prompt else f"from the beginning of text ({prompt_id})"


def _theory(runs: Sequence[RunDir], configs: Mapping[Path, Row], stores: Mapping[Path, Store]) -> Iterator[TheoryCurve]:
    for run in {run.arm: run for run in runs}.values():
        config = configs[run.path]
        if config.get("theory") is None:
            continue
        law = build(config["theory"], "theory", config["plugins"])
        for measure, (values, label) in curves_of(law, run, stores[run.path]).items():
            yield TheoryCurve(measure, run.arm, list(range(len(values))), [float(v) for v in values], label)


def curves_of(law: Any, run: RunDir, store: Store) -> dict[str, tuple[np.ndarray, str]]:
    """Return what a law expects of a run, by measure, and its name; one that needs the world's truth is given it."""
    generations = run.read_config()["generations"]
    if "truth" not in getattr(law, "needs", ()):
        return dict(law.curves(generations))
    (truth,) = {
        Ref(stage["stage"], stage["key"], stage["digest"], "arrays")
        for stage in run.read_stages()
        if stage["stage"] == "truth"
    }
    return dict(law.curves(generations, store.open(truth)))


def _stage_times(runs: Sequence[RunDir]) -> Iterator[StageTime]:
    seen = set[str]()
    for run in runs:
        for stage in run.read_stages():
            is_shared = stage["key"] in seen
            seen.add(stage["key"])
            yield StageTime(run.arm, run.seed, stage["generation"], stage["name"], stage["seconds"], is_shared)


def _alarms(rows: Sequence[Row]) -> list[str]:
    """Say what looks wrong with the runs themselves, each thing once."""
    cut, short = set[str](), set[str]()
    loss_tokens: dict[int, dict[str, float]] = defaultdict(dict)
    for row in rows:
        arm, g = str(row["arm"]), int(row["generation"])
        if (row.get("sampled/length_limit_share") or 0) > LENGTH_LIMIT_ALARM:
            cut.add(arm)
        if abs((row.get("sampled/short_share") or 0) - (row.get("human/short_share") or 0)) > SHORT_ALARM:
            short.add(arm)
        if row.get("training/loss_tokens"):
            loss_tokens[g][arm] = float(row["training/loss_tokens"])
    uneven = [
        g for g, by_arm in loss_tokens.items() if max(by_arm.values()) > (1 + LOSS_TOKENS_ALARM) * min(by_arm.values())
    ]
    alarms = {
        f"Over {LENGTH_LIMIT_ALARM:.0%} of the sampled texts were cut at max_new_tokens, and get no end of text in "
        f"training: {', '.join(sorted(cut))}.": cut,
        f"The share of texts under measure.max_words differs from the human one by over {SHORT_ALARM:.0%}; lower "
        f"it to compare like with like: {', '.join(sorted(short))}.": short,
        f"Arms are trained on unequal numbers of tokens, by over {LOSS_TOKENS_ALARM:.0%}, in generations "
        f"{', '.join(map(str, uneven))}; a claim needs equal ones.": uneven,
    }
    return [text for text, places in alarms.items() if places]


def report_of(folders: Sequence[Path]) -> Path:
    """Write the report over these runs beside them, unless it is there already, and return its path."""
    runs = [run.path for path in folders for run in find_runs(path)]
    place = runs[0] if len(runs) == 1 else runs[0].parent.parent
    path = place / "report.html"
    data = report_data(folders)
    stamp = stamp_of(data)
    if not bears(path, stamp):
        from tracking.report.page import write_report

        write_report(data, path, stamp)
    return path


def figures(folders: Sequence[Path]) -> str:
    """Return the report's figures as JSON."""
    from tracking.report.figures import figures_json

    return json.dumps(figures_json(report_data(folders)), indent=1)
