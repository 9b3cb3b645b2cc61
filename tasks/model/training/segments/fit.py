"""Train the segment model.

    python -m copydesk.tasks.model.training.segments.fit [--shared ../shared] [--out tasks/model/segments.npz] [--hold FOLD]
        [--seed N] [--teacher WEIGHTS]

Needs the extra `train` (torch, lxml). The same seed and data give the same weights on one machine with one thread. With
`--hold` the collections of that fold are left out, and so are the examples of rules; the fold's number goes into the
file's name, for `tests.benchmarks.segment_thresholds`. It may be given several times. With `--teacher`, also several times,
the network learns from others as well: see `teachers`. `--share 0.1 --passes 2` tries the whole way in a few minutes.
"""

import argparse
import math
import random
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from copydesk.tasks.model.segment_features import DENSE, MARKED
from copydesk.tasks.model.segment_phrases import PHRASES
from copydesk.tasks.model.segment_table import BUCKETS
from copydesk.tasks.model.sequence import SegmentModel
from copydesk.tasks.model.training.segments.examples import FOLDS, Example
from copydesk.tasks.model.training.segments.network import Network, neighbours
from copydesk.tasks.model.training.segments.passes import Material, Passes
from copydesk.tasks.model.training.segments.pieces import MASKS, UNKNOWN
from copydesk.tasks.model.training.segments.quantize import quantized
from copydesk.tasks.model.training.segments.teachers import of_fold, taught

Array = np.ndarray[Any, Any]

SEED: Final = 20_261_130
_SEGMENTS: Final = 600
"""Segments of one step."""
_RATE: Final = 2e-3
_WORDS_RATE: Final = 4e-3
_WARM: Final = 100
"""Steps in which the rate rises to its height; a twentieth of a short training."""
_DROPOUT: Final = 0.25
_THRESHOLD: Final = 0.15
"""Least share of the rate: the weights keep moving, and their average counts."""
_AVERAGE: Final = 0.998
"""Weight of the average so far against each step's. Half of the average is the last 350 steps.

Together with weight decay it halved the lost body on held-out collections at the same leak.
"""
_DECAY, _TABLES_DECAY = 0.01, 0.3
_SOURCES: Final = {"texts": 3.0, "pages": 1.0, "bodies": 1.0, "pool": 1.0}
_WITHOUT_RULES: Final = 0.5
"""Share of documents in which the network does not see the rules' matches: rules match less on unseen texts.
"""
_WITHOUT_PHRASES: Final = 0.15
_TAUGHT: Final = 0.5
"""Share of the teachers in the loss."""
_MENU, _MENU_WEIGHT = 250, 0.25
"""A document with more segments counts less: a menu is not worth a thousand sentences."""


def fit(
    shards: Callable[[int], Sequence[Example]],
    passes: int,
    seed: int = SEED,
    log: Callable[[str], None] = lambda _: None,
) -> Network:
    """Train a network. `shards` returns the examples of a pass by its number, new ones each time."""
    torch.manual_seed(seed)
    chance = random.Random(seed)  # noqa: S311  reproducible, not secret
    network = Network()
    tables = [p for name, p in network.named_parameters() if name in _TABLES]
    rest = [p for name, p in network.named_parameters() if name not in _TABLES]
    groups = [
        {"params": tables, "lr": _WORDS_RATE, "weight_decay": _TABLES_DECAY},
        {"params": rest, "lr": _RATE, "weight_decay": _DECAY},
    ]
    optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.99))
    average = {name: value.clone() for name, value in network.state_dict().items()}
    seen = {name: np.zeros(BUCKETS, bool) for name in _TABLES}
    steps, step = 0, 0
    network.train()
    for number in range(passes):
        examples = shards(number)
        batches = list(_steps(examples, chance))
        steps = steps or passes * len(batches)
        for example in examples:
            seen["words.weight"][example.segments.tokens] = True
            seen["edges.weight"][example.segments.edges] = True
        losses = 0.0
        for batch in batches:
            rate = min(1, step / min(_WARM, steps / 20) + 0.02) * max(
                _THRESHOLD, 0.5 * (1 + math.cos(math.pi * min(1, step / steps)))
            )
            for group, most in zip(optimizer.param_groups, (_WORDS_RATE, _RATE), strict=True):
                group["lr"] = rate * most
            loss = _loss(network, batch, chance)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 2.0)
            optimizer.step()
            step += 1
            losses += loss.item()
            _move(average, network, min(_AVERAGE, step / (step + 9)))
        log(f"pass {number + 1} of {passes}: {len(examples)} documents, loss {losses / len(batches):.4f}")
    for (
        name,
        flags,
    ) in seen.items():  # rows that never occurred have no information, and zeros take no space in the file
        average[name][torch.from_numpy(~flags)] = 0
    network.load_state_dict(average)
    return network


def _move(average: dict[str, torch.Tensor], network: Network, weight: float) -> None:
    """Move the average of the weights towards those of this step."""
    with torch.no_grad():
        for name, value in network.state_dict().items():
            average[name].mul_(weight).add_(value, alpha=1 - weight)


_TABLES: Final = ("words.weight", "edges.weight")


def _steps(examples: Sequence[Example], chance: random.Random) -> Iterator[list[Example]]:
    order = list(examples)
    chance.shuffle(order)
    batch: list[Example] = []
    size = 0
    for example in order:
        batch.append(example)
        size += len(example.codes)
        if size >= _SEGMENTS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _loss(network: Network, batch: Sequence[Example], chance: random.Random) -> torch.Tensor:
    """Return minus the log probability of the known label of each segment, or of its known set of labels.

    If the examples have the probabilities of teachers, half of the loss is the cross-entropy with those.
    """
    codes = torch.from_numpy(np.concatenate([e.codes for e in batch]).astype(np.int64))
    weights = torch.from_numpy(np.concatenate([_weights(e) for e in batch]))
    labelled = weights * (codes != UNKNOWN)
    seen = inputs(batch)
    _hide(seen["dense"], batch, chance)
    found = torch.log_softmax(network(seen, _DROPOUT), 1)
    known = torch.logsumexp(found + torch.log(torch.from_numpy(MASKS)[codes] + 1e-12), 1)
    loss = -(known * labelled).sum() / labelled.sum().clamp(min=1)
    told = [example.taught for example in batch if example.taught is not None]
    if not told:
        return loss
    expected = torch.from_numpy(np.concatenate(told).astype(np.float32))
    other = -((expected * found).sum(1) * weights).sum() / weights.sum().clamp(min=1)
    return (1 - _TAUGHT) * loss + _TAUGHT * other


def _hide(dense: torch.Tensor, batch: Sequence[Example], chance: random.Random) -> None:
    """Hide the rules' or phrases' columns of some documents, so that the network can work without them."""
    rules = len(DENSE) - len(MARKED)
    at = 0
    for example in batch:
        end = at + len(example.codes)
        if chance.random() < _WITHOUT_RULES:
            dense[at:end, rules:] = 0
        if chance.random() < _WITHOUT_PHRASES:
            dense[at:end, rules - len(PHRASES) : rules] = 0
        at = end


def _weights(example: Example) -> Array:
    long = _MENU_WEIGHT if len(example.codes) > _MENU else 1.0
    return np.asarray(example.weights * np.float32(long * _SOURCES[example.draft.source]))


def inputs(batch: Sequence[Example]) -> dict[str, torch.Tensor]:
    """Return the network's input for some documents."""
    counts = np.concatenate([np.bincount(e.segments.token_segments, minlength=len(e.codes)) for e in batch])
    tokens = np.concatenate([e.segments.tokens for e in batch]).astype(np.int64)
    return {
        "tokens": torch.from_numpy(tokens),
        "offsets": torch.from_numpy(np.concatenate(([0], np.cumsum(counts)[:-1]))),
        "scale": torch.from_numpy((1 / np.sqrt(np.maximum(1, counts))).astype(np.float32)),
        "edges": torch.from_numpy(np.concatenate([e.segments.edges for e in batch]).astype(np.int64)),
        "dense": torch.from_numpy(np.concatenate([e.segments.dense for e in batch])),
        **neighbours(np.cumsum([0, *(len(e.codes) for e in batch)])),
    }


def _examples(
    passes: Passes, hold: int | None, teachers: Sequence[SegmentModel], number: int
) -> Sequence[Example]:
    """Return the examples of a pass: with teachers also unlabelled texts, and what they say of all."""
    examples = passes.read(number, hold)
    return taught(examples + passes.texts(number, hold), teachers) if teachers else examples


def main() -> None:
    """Gather, compose, train, and write the weights."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--out", type=Path, default=Path("tasks/model/segments.npz"))
    parser.add_argument("--work", type=Path, default=Path("build/segments"), help="keeps the examples")
    parser.add_argument("--hold", type=int, action="append", choices=range(FOLDS), help="once for each fold")
    parser.add_argument("--seed", type=int, default=0, help="another one for each teacher")
    parser.add_argument("--teacher", type=Path, action="append", default=[], help="weights to learn from")
    parser.add_argument("--passes", type=int, default=10)
    parser.add_argument("--share", type=float, default=1.0, help="of the pages and of the pools' texts")
    args = parser.parse_args()
    torch.set_num_threads(1)
    started = time.process_time()

    def log(text: str) -> None:
        print(f"{time.process_time() - started:6.0f} s of CPU: {text}", flush=True)

    material = Material(args.shared, args.share, with_rules=not args.hold)
    passes = Passes(args.work, material, log)
    passes.make(args.passes)
    for hold in args.hold or (None,):
        teachers = [SegmentModel.load(of_fold(path, hold)) for path in args.teacher]
        shards = partial(_examples, passes, hold, teachers)
        network = fit(shards, args.passes, SEED + args.seed, log)
        out = args.out if hold is None else args.out.with_suffix(f".{hold}.npz")
        write(out, quantized(network, passes.rarity()))
        log(f"wrote {out}")


def write(path: Path, arrays: Mapping[str, Array]) -> None:
    """Write a weights file. The same arrays give the same bytes, which `numpy.savez` does not guarantee.

    It is not compressed: that would save a tenth of 3.8 MB, and cost each process 25 ms.
    """
    with zipfile.ZipFile(path, "w") as archive:
        for name, array in sorted(arrays.items()):
            data = BytesIO()
            np.save(data, array)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), data.getvalue())


if __name__ == "__main__":
    main()
