"""What the loop asks of a model; models say what they can do, and each is opened inside one stage only."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Protocol

import numpy as np

from loops.errors import StageError
from loops.given import Given
from loops.key import Key
from loops.runtime import Runtime
from loops.samples import Samples
from loops.student import Student
from loops.verdicts import Verdicts


@dataclass(frozen=True, slots=True)
class Sampling:
    """How a model is drawn from; all explicit, and recorded with every sample."""

    max_new_tokens: int
    """Longest completion in tokens, end of text included."""
    min_new_tokens: int
    """Tokens before which no text may end; 0: a text ends where the model ends it."""
    temperature: float
    """1: the model's own distribution; below 1 sharpens it by itself."""
    top_k: int
    """Draw from the k most probable tokens; 1: greedy decoding; 0: from all."""
    top_p: float
    """Draw from the smallest set of tokens with at least this mass; 1: from all."""
    repetition_penalty: float
    """Divide the logits of tokens already written by this (Keskar et al. 2019); 1: off."""
    decoder: str
    """`generate`: transformers' own loop; `static`: the same draws on a static cache, faster."""
    batch_size: int
    """Texts drawn side by side; a shard holds one batch."""

    def __post_init__(self) -> None:
        if self.max_new_tokens < 1 or self.batch_size < 1:
            raise ValueError("max_new_tokens and batch_size: want at least 1")
        if not 0 <= self.min_new_tokens <= self.max_new_tokens:
            raise ValueError(
                f"min_new_tokens: got {self.min_new_tokens}, want 0 to max_new_tokens={self.max_new_tokens}"
            )
        if not (self.temperature > 0 and 0 < self.top_p <= 1 and self.top_k >= 0 and self.repetition_penalty > 0):
            raise ValueError("want temperature > 0, top_p in (0, 1], top_k >= 0 (0: all), repetition_penalty > 0")


@dataclass(frozen=True, slots=True)
class BeamSearch:
    """How the most probable completion is searched for; the names are those of transformers' `generate`."""

    max_new_tokens: int
    """Longest completion in tokens, end of text included."""
    min_new_tokens: int
    """Tokens before which no text may end."""
    num_beams: int
    """Beginnings that are kept side by side."""
    length_penalty: float
    """Beams that have ended are ranked by nats / length ** this; 0: by the nats of the whole text."""
    early_stopping: bool
    """Stop at `num_beams` ended beams, though one that still runs might yet be better."""
    repetition_penalty: float
    """Multiply the nats of tokens that stand in the prompt or the beam by this; 1: off."""
    batch_size: int
    """Prompts searched side by side, each with `num_beams` rows; a shard holds one batch."""

    def __post_init__(self) -> None:
        if self.num_beams < 2:
            raise ValueError(
                f"num_beams: got {self.num_beams}, want 2 or more; greedy decoding is generator=plain with top_k=1"
            )
        if self.batch_size < 1 or self.max_new_tokens < 1 or not self.repetition_penalty > 0:
            raise ValueError("want batch_size and max_new_tokens of 1 or more, and repetition_penalty above 0")
        if not 0 <= self.min_new_tokens <= self.max_new_tokens:
            raise ValueError(
                f"min_new_tokens: got {self.min_new_tokens}, want 0 to max_new_tokens={self.max_new_tokens}"
            )


@dataclass(frozen=True, slots=True)
class TokenEditing:
    """Which tokens of a text are drawn anew, and from what."""

    threshold: float
    """Draw a token anew where the model gives it at least this probability; in (0, 1]."""
    temperature: float
    """What the logits of the candidates are divided by; above 1 flattens."""
    top_k: int
    """Candidates: the k most probable tokens, mostly the token itself among them."""
    window: int
    """Tokens that the model sees at once."""
    stride: int
    """Tokens by which the window moves over a longer text."""

    def __post_init__(self) -> None:
        if not 0 < self.threshold <= 1 or not self.temperature > 0 or self.top_k < 2:
            raise ValueError("want threshold in (0, 1], temperature above 0, top_k of 2 or more")
        if not 0 < self.stride < self.window:
            raise ValueError(f"stride: got {self.stride}, want 1 to {self.window - 1}, less than window={self.window}")


class TokenPass(NamedTuple):
    """Log-probabilities of given texts under a model, one entry a token, texts in order."""

    document: np.ndarray  # (n_tokens,) int32, index of the text
    token: np.ndarray  # (n_tokens,) int32, token id
    nats: np.ndarray  # (n_tokens,) float32, natural log-probability given the tokens before
    top_nats: np.ndarray  # (n_tokens,) float32, that of the most probable token in its place
    end: np.ndarray  # (n_tokens,) int32, character of the text where the token ends; -1 for end of text


class Tokenizer(Protocol):
    """Counts what a corpus costs to train on."""

    def count(self, samples: Samples) -> np.ndarray:
        """Return the training tokens of each row, end of text included, (n_rows,)."""


class OpenModel(Protocol):
    """A student in memory, for as long as one stage runs; its component's `can` says what may be called."""

    def sample(
        self, prompts: Samples, draw: int, sampling: Sampling, key: Key, generation: int, written_by: str
    ) -> Samples:
        """Draw once for each prompt; text (prompt_id, draw) always uses `key.fold(prompt_id, draw)`."""

    def beam_search(self, prompts: Samples, search: BeamSearch, generation: int, written_by: str) -> Samples:
        """Return the best beam for each prompt; nothing is random."""

    def edit(self, texts: Samples, editing: TokenEditing, key: Key, generation: int, written_by: str) -> Samples:
        """Return each text with the tokens drawn anew that the model was sure of."""

    def log_probs(self, samples: Samples, window: int, stride: int) -> TokenPass:
        """Score the completions, each from the start of its text."""

    def embed(self, samples: Samples) -> np.ndarray:
        """Return one row of numbers for each completion, read without its prompt, (n_texts, dimensions)."""

    def parameters(self) -> dict[str, np.ndarray]:
        """Return what a closed-form student is made of, by name: `replicas`, and arrays with a replica axis first."""

    def fingerprint(self) -> np.ndarray:
        """Return log-probabilities of fixed canary tokens: equal for equal weights, (n,) in nats."""


class Model(Protocol):
    """A model component: its settings say which; its files are a `Student`.

    A student of a world that completes rows gives `prompt_length`: how many numbers of a row it is asked with.
    """

    kinds: ClassVar[tuple[str, ...]]
    can: ClassVar[tuple[str, ...]]
    """Of sample, sample_endless (infinitely many draws as weighted rows), beam_search, edit, log_probs, embed,
    parameters, fingerprint."""
    needs: ClassVar[tuple[str, ...]]

    def base(self, folder: Path, given: Given, key: Key, runtime: Runtime) -> str:
        """Write the weights before any data of this run into `folder` and return their digest."""

    def open(self, student: Student, runtime: Runtime) -> OpenModel:
        """Load a student."""

    def tokenizer(self, student: Student) -> Tokenizer:
        """Open a student's tokenizer alone."""


class Trainer(Protocol):
    """Fits a student to a corpus."""

    kinds: ClassVar[tuple[str, ...]]
    needs: ClassVar[tuple[str, ...]]

    def train(self, call: TrainCall, given: Given, key: Key) -> dict[str, Any]:
        """Write the new student's files into `call.folder`; return its digest and what was logged.

        The mapping holds `digest`, `adapter` (whether the folder holds an adapter on `call.start`'s base) and the
        training log: `steps`, `tokens`, `loss_tokens`, `loss`.
        """


@dataclass(frozen=True)
class TrainCall:
    """What a trainer is handed besides what it needs."""

    start: Student
    model: Any
    """The model component of `start`."""
    corpus: Samples
    weight: np.ndarray  # (n_rows,)
    adapter: str
    """none, fresh, continue or merge; see `loops.trainer.sft`."""
    folder: Path
    """Where the student's files go."""
    work: Path
    """Scratch that survives an interruption: checkpoints."""
    runtime: Runtime
    progress: Any


def open_model(student: Student, runtime: Runtime) -> OpenModel:
    """Load a student with the component that its files name."""
    from loops.build import build

    model: OpenModel = build(student.model, "student").open(student, runtime)
    return model


class Generator(Protocol):
    """Draws; drops nothing."""

    kinds: ClassVar[tuple[str, ...]]
    needs: ClassVar[tuple[str, ...]]

    def shard(
        self,
        index: int,
        tokens: int,
        teacher: OpenModel,
        prompts: Samples,
        given: Given,
        key: Key,
        generation: int,
        written_by: str,
    ) -> Samples | None:
        """Return shard `index`, a row for each of its prompts and draws, with `tokens` drawn before it.

        None when enough is drawn.
        """


class Filter(Protocol):
    """Judges rows and edits nothing."""

    kinds: ClassVar[tuple[str, ...]]
    needs: ClassVar[tuple[str, ...]]

    def judge(self, shards: Iterable[Samples], given: Given, key: Key) -> Iterator[Verdicts]:
        """Yield the verdicts of each shard, in order."""


def check_canary(student: Student, opened: OpenModel) -> None:
    """Compare a loaded model with what its trainer saw before saving (1e-4 nats in fp32).

    Raises:
        StageError: other weights were loaded than were trained: a stale folder, an unmerged adapter, a changed tensor.
    """
    path = student.folder / "canary.json"
    if not path.exists():
        return
    expected = np.array(json.loads(path.read_text()))
    got = opened.fingerprint()
    gap = float(np.abs(got - expected).max()) if got.shape == expected.shape else float("inf")
    if not gap <= 1e-4:
        raise StageError(
            f"{student.folder}: the model that was loaded is not the one that was trained: log-probabilities of fixed "
            f"texts differ by {gap:.3g} nats, allowed are 1e-4. Remove this folder; it is recomputed."
        )
