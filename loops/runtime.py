"""Where the arithmetic happens: what may change bits and therefore enters the keys of stages that use torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Runtime:
    """Settings of the machine, the same for all stages of a run."""

    threads: int
    """Threads per process; fixed before Python starts. Two processes of one thread beat one of two on small models."""
    device: Literal["cpu", "cuda", "mps"]
    """Where models run."""
    dtype: Literal["float32", "bfloat16", "float16"]
    """Type of weights and arithmetic; on CPU anything but float32 is slower."""
    attn_implementation: Literal["sdpa", "eager", "flash_attention_2"]
    """Attention kernel of transformers models."""

    def __post_init__(self) -> None:
        if self.threads < 1:
            raise ValueError(f"threads: got {self.threads}, want at least 1")
        if self.device == "cpu" and self.dtype == "float16":
            raise ValueError("dtype float16 does not train on CPU; use float32")
