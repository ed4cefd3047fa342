"""Datasets from the Hugging Face hub, or a folder laid out like one, through `datasets.load_dataset`.

What `datasets` fetches and converts goes to its own cache (HF_HOME, HF_DATASETS_CACHE); a streamed folder or
dataset leaves nothing there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from loops import digest
from loops.errors import DataError
from loops.source.columns import Columns, PlacedRow, require_columns
from loops.source.document import Document


@dataclass(frozen=True, slots=True)
class Hub(Columns):
    """One dataset; its own splits are used where they are named, else the split is ours to make."""

    path: str
    """A hub id (`owner/name`) or a folder."""
    config: str | None
    """Which configuration of the dataset (`name` in `load_dataset`); null: the only one."""
    revision: str | None
    """Branch, tag or commit of a hub dataset; null: the newest. The key holds the commit either way."""
    train_split: str
    """The dataset's split that is read for train, or for everything where the split is ours."""
    reference_split: str | None
    """The dataset's split for reference; null: Heirloom splits `train_split`."""
    auditor_split: str | None
    """The dataset's split for the auditor; needs `reference_split`."""
    streaming: bool
    """Whether to read rows as they come instead of fetching and converting the whole dataset first."""
    max_rows: int | None
    """Rows to read of each split, from its beginning; null: all."""
    human_tokens: int | None
    """Training tokens of human text to use; null: all."""

    kinds: ClassVar[tuple[str, ...]] = ("text",)
    needs: ClassVar[tuple[str, ...]] = ()
    # The rows are the same however they come; what is at `path` is named by `external`.
    not_in_key: ClassVar[tuple[str, ...]] = ("path", "revision", "streaming", "human_tokens")

    def __post_init__(self) -> None:
        self.check_columns()
        if self.auditor_split is not None and self.reference_split is None:
            raise ValueError("auditor_split is set and reference_split is not: want both, or only reference_split")
        if self.max_rows is not None and self.max_rows < 1:
            raise ValueError(f"max_rows: got {self.max_rows}, want at least 1, or null for all")

    def splits(self) -> tuple[str, ...]:
        """Name the splits that the dataset brings; () where the split is ours to make."""
        given = tuple(split for split, theirs in self._splits().items() if theirs is not None)
        return given if len(given) > 1 else ()

    def read(self, split: str | None) -> Iterator[Document]:
        """Yield a document for each row, in the dataset's order."""
        return self.documents(self._rows(split))

    def external(self) -> dict[str, str]:
        """Return the digest of a folder's files, or the id and commit of a hub dataset."""
        folder = Path(self.path).expanduser()
        if folder.is_dir():
            files = sorted(file for file in folder.rglob("*") if file.is_file())
            return {"files": digest.of_files([file for file in files if not _hidden(file, folder)], folder)}
        return {"dataset": self.path, "commit": str(self._loaded("load_dataset_builder").hash)}

    def _splits(self) -> dict[str, str | None]:
        return {"train": self.train_split, "reference": self.reference_split, "auditor": self.auditor_split}

    def _rows(self, split: str | None) -> Iterator[PlacedRow]:
        name = self._splits()[split or "train"]
        table = self._loaded("load_dataset", split=name, streaming=self.streaming)
        place = f"{self.path}, split {name}"
        if table.column_names is not None:  # unknown beforehand for some streams
            require_columns(table.column_names, self.names(), place)
            table = table.select_columns(self.names())
        rows = enumerate(table if self.max_rows is None else table.take(self.max_rows))
        while (numbered := self._called(lambda: next(rows, None), place)) is not None:
            index, row = numbered
            origin = str(index) if split is None else f"{split}/{index}"
            yield PlacedRow(f"{place}, row {index + 1}", origin, row)

    def _loaded(self, function: str, **more: Any) -> Any:
        import datasets

        load = getattr(datasets, function)
        path = str(Path(self.path).expanduser())
        return self._called(lambda: load(path, name=self.config, revision=self.revision, **more), self.path)

    def _called(self, call: Any, place: str) -> Any:
        """Call into `datasets`, which has many ways to report a missing file, split or configuration."""
        import datasets
        import pyarrow as pa

        try:
            return call()
        except (datasets.exceptions.DatasetsError, OSError, ValueError, pa.ArrowException) as error:
            told = " ".join(str(error).split())
            raise DataError(f"source=hub, {place}: {told[:500]}") from error


def _hidden(file: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in file.relative_to(folder).parts)
