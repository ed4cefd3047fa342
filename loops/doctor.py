"""What on this machine can stop a run or slow it down, and what to do about it."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from loops.code_digest import ROOT, version
from loops.executor.crew import THREAD_VARIABLES
from loops.run import RECORDED

State = Literal["ok", "warn", "fail"]
OLDEST_PYTHON = (3, 11)
FREE_BYTES_WARN, FREE_BYTES_FAIL = 5e9, 2e8
"""A demo run writes about 0.1 GB; a training of 1B parameters needs more than 5."""
SHM_BYTES = 64e6
"""What Docker gives by default; less than that stops PyTorch's worker processes."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line."""

    state: State
    what: str
    found: str
    to_do: str = ""


def examine(output_dir: Path, environment: Mapping[str, str]) -> Iterator[Finding]:
    """Yield what is found, most basic first."""
    yield python(sys.version_info[:2])
    pins = ROOT / "constraints.txt"
    yield libraries(pins.read_text() if pins.exists() else "")
    yield threads(len(os.sched_getaffinity(0)), environment)
    yield device()
    yield writable(output_dir)
    yield disk(output_dir)
    yield shared_memory(Path("/dev/shm"))
    yield hub(environment)
    yield wandb(environment)


def python(found: tuple[int, ...]) -> Finding:
    """Check the interpreter's version."""
    text = ".".join(map(str, found))
    if found < OLDEST_PYTHON:
        return Finding("fail", "Python", text, "Heirloom needs 3.11 or later: make setup PYTHON=python3.12")
    return Finding("ok", "Python", text)


def libraries(constraints: str) -> Finding:
    """Compare what is installed with the tested versions in constraints.txt."""
    absent = [name for name in RECORDED if version(name) == "absent"]
    if absent:
        return Finding("fail", "libraries", f"{', '.join(absent)} not installed", "make setup")
    pins = dict(line.split("==") for line in constraints.split() if line.count("==") == 1)
    if not pins:
        return Finding("warn", "libraries", "installed; no constraints.txt to compare with", "run from a checkout")
    other = [
        f"{name} {version(name)} instead of {pins[name]}"
        for name in RECORDED
        if name in pins and version(name).partition("+")[0] != pins[name]
    ]
    if other:
        return Finding("warn", "libraries", "; ".join(other), "pip install -c constraints.txt -e . for the tested set")
    return Finding("ok", "libraries", f"the tested set; torch {version('torch')}, trl {version('trl')}")


def threads(cores: int, environment: Mapping[str, str]) -> Finding:
    """Say how many cores there are, and whether the environment fixes threads."""
    fixed = {name: environment[name] for name in THREAD_VARIABLES if name in environment}
    if any(not value.isdigit() or int(value) > cores for value in fixed.values()):
        text = ", ".join(f"{name}={value}" for name, value in fixed.items())
        return Finding("warn", "threads", f"{cores} cores, but {text}", "unset these; runtime.threads decides")
    return Finding(
        "ok", "threads", f"{cores} cores: {cores} workers with runtime.threads=1, the fastest for small models"
    )


def device() -> Finding:
    """Say where models can run, and in which type they run fast there."""
    try:
        import torch
    except ImportError as error:
        return Finding("fail", "device", f"torch cannot be imported: {error}", "make setup")
    if torch.cuda.is_available():
        name = torch.cuda.get_device_name()
        dtype = "bfloat16" if torch.cuda.is_bf16_supported() else "float16"
        return Finding("ok", "device", name, f"use it with runtime.device=cuda runtime.dtype={dtype}")
    if torch.backends.mps.is_available():
        return Finding("ok", "device", "Apple GPU", "use it with runtime.device=mps runtime.dtype=float32")
    return Finding("ok", "device", "CPU; runtime.dtype=float32 is its fastest type")


def writable(folder: Path) -> Finding:
    """Check that runs and store can be written."""
    there = _existing(folder)
    try:
        with tempfile.TemporaryFile(dir=there):
            return Finding("ok", "output", f"{folder.resolve()} can be written")
    except OSError as error:
        found = f"{there} cannot be written ({error.strerror})"
        return Finding("fail", "output", found, "give another folder: output_dir=... store=...")


def disk(folder: Path) -> Finding:
    """Check the space for texts and weights."""
    free = shutil.disk_usage(_existing(folder)).free
    text = f"{free / 1e9:,.1f} GB free"
    if free < FREE_BYTES_FAIL:
        return Finding("fail", "disk", text, "free some space; `heirloom gc` removes what no run needs")
    if free < FREE_BYTES_WARN:
        return Finding("warn", "disk", text, "enough for small runs; keep=ends or keep=last bounds what weights take")
    return Finding("ok", "disk", text)


def shared_memory(folder: Path) -> Finding:
    """Check the memory through which worker processes pass tensors."""
    if not folder.is_dir():
        return Finding("warn", "shared memory", f"no {folder}", "executor=inline, if worker processes fail")
    size = shutil.disk_usage(folder).total
    text = f"{size / 1e6:,.0f} MB in {folder}"
    if size < SHM_BYTES:
        return Finding("warn", "shared memory", text, "in a container: start it with --shm-size=1g")
    return Finding("ok", "shared memory", text)


def hub(environment: Mapping[str, str]) -> Finding:
    """Say whether checkpoints and data sets of the hub would be downloaded."""
    names = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_DATASETS_OFFLINE")
    on = [name for name in names if environment.get(name, "").upper() in ("1", "ON", "YES", "TRUE")]
    if on:
        return Finding("ok", "hub", f"{', '.join(on)} set: only what is in the cache is used")
    return Finding("ok", "hub", "online: hub ids are downloaded when they are used", "HF_HUB_OFFLINE=1 forbids it")


def wandb(environment: Mapping[str, str]) -> Finding:
    """Say what W&B would do if a run names it as tracker."""
    mode = environment.get("WANDB_MODE")
    if mode in (None, "offline", "disabled"):
        return Finding("ok", "wandb", f"WANDB_MODE={mode}" if mode else "offline, unless trackers.wandb.mode=online")
    if mode == "online" and "WANDB_API_KEY" not in environment and not (Path.home() / ".netrc").exists():
        return Finding("warn", "wandb", "WANDB_MODE=online without a login", "`wandb login`, or WANDB_MODE=offline")
    return Finding("ok", "wandb", f"WANDB_MODE={mode}")


def _existing(folder: Path) -> Path:
    """Return the folder, or the nearest one above it that is there."""
    folder = folder.resolve()
    return next(place for place in (folder, *folder.parents) if place.exists())
