"""Make the examples of each pass once, and keep them in files: the networks of all folds train on the same.

A file holds only what the training reads: numbers, no text. What is kept for other arguments has another name.
Delete the folder after a change of the texts, of the rules or of this code.
"""

import pickle
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from copydesk.tasks.model.training.segments.claims import claimed
from copydesk.tasks.model.training.segments.compose import bank
from copydesk.tasks.model.training.segments.examples import (
    FOLDS,
    Example,
    fold_of,
    rarity_of,
    shard,
    unlabelled,
)
from copydesk.tasks.model.training.segments.gather import catalogue, gather, rule_examples
from copydesk.tasks.model.training.segments.pieces import Draft

Array = np.ndarray[Any, Any]

_RARITY: Final = "rarity.npy"


class Material(NamedTuple):
    """What is read for training."""

    shared: Path
    """The folder beside the checkout that holds `eval`."""
    share: float = 1.0
    """Share of the pages and of the pools' texts; the labelled texts are always read as a whole."""
    with_rules: bool = True
    """Whether examples of rules are inserted into articles."""


class Passes:
    """The examples of each pass, in files of a folder."""

    def __init__(self, folder: Path, material: Material, log: Callable[[str], None]) -> None:
        """Choose the files. Nothing is read or written before `make`."""
        rules = "rules" if material.with_rules else "no-rules"
        self._folder = folder / f"{material.share:g}-{rules}"
        self._material = material
        self._log = log

    def make(self, passes: int) -> None:
        """Write what is missing. This takes minutes: pages are rendered, and their gold is aligned."""
        self._folder.mkdir(parents=True, exist_ok=True)
        missing = [number for number in range(passes) if not self._file(number).exists()]
        if not missing:
            return
        drafts = list(gather(self._material.shared, self._material.share))
        self._log(f"{len(drafts)} documents: {_counted(drafts)}")
        rarity = rarity_of([draft for draft in drafts if draft.source != "pages"])
        np.save(self._folder / _RARITY, rarity)
        extra = list(catalogue(self._material.shared))
        if self._material.with_rules:
            extra += rule_examples()
        drafts = [claimed(draft) if draft.source == "pool" else draft for draft in drafts]
        banks = [
            bank([draft for draft in drafts if fold_of(draft.group) == fold], extra) for fold in range(FOLDS)
        ]
        for number in missing:
            self._write(self._texts(number), unlabelled(drafts, rarity, number, passes))
            count = self._write(self._file(number), shard(drafts, banks, rarity, number + 1))
            self._log(f"pass {number + 1} of {passes}: {count} documents")

    def _write(self, path: Path, examples: Iterable[Example]) -> int:
        part = path.with_suffix(".part")
        bare = [_bare(example) for example in examples]
        with part.open("wb") as file:
            pickle.dump(bare, file, pickle.HIGHEST_PROTOCOL)
        part.replace(path)
        return len(bare)

    def rarity(self) -> Array:
        """Return how rare each stem is over all documents. It is counted without labels."""
        return np.asarray(np.load(self._folder / _RARITY))

    def read(self, number: int, hold: int | None) -> list[Example]:
        """Return the examples of a pass, without those of the fold that is held out."""
        return _read(self._file(number), hold)

    def texts(self, number: int, hold: int | None) -> list[Example]:
        """Return the unlabelled texts of a pass, without those of the fold that is held out."""
        return _read(self._texts(number), hold)

    def _file(self, number: int) -> Path:
        return self._folder / f"pass-{number + 1}.pickle"

    def _texts(self, number: int) -> Path:
        return self._folder / f"texts-{number + 1}.pickle"


def _read(path: Path, hold: int | None) -> list[Example]:
    with path.open("rb") as file:
        examples = pickle.load(file)  # noqa: S301  written by `make`
    return [_whole(e) for e in examples if hold is None or fold_of(e.draft.group) != hold]


def _bare(example: Example) -> Example:
    """Return the example without its text, with its numbers in half the space."""
    found = example.segments
    small = found._replace(
        tokens=found.tokens.astype(np.uint16),
        token_segments=found.token_segments.astype(np.int32),
        edges=found.edges.astype(np.uint16),
        dense=found.dense.astype(np.float16),
    )
    return example._replace(draft=example.draft._replace(pieces=(), title=""), segments=small)


def _whole(example: Example) -> Example:
    return example._replace(
        segments=example.segments._replace(dense=example.segments.dense.astype(np.float32))
    )


def _counted(drafts: Sequence[Draft]) -> str:
    def numbers() -> Iterator[str]:
        for source in sorted({draft.source for draft in drafts}):
            yield f"{source} {sum(draft.source == source for draft in drafts)}"

    return ", ".join(numbers())
