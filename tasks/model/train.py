"""Train the block model, and cross-validate it over publishers and collections.

    python -m tasks.model.train text|html --shared ../shared [--folds 5] [--out tasks/model]

Needs `pip install torch` besides what copydesk needs. The same seed, data and rules give the same
weights on one machine. What came out stands in `MODEL_CARD.md`.
"""

import argparse
import random
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn

from schemas.page import CLASSES
from tasks.mark import compile_rules
from tasks.model.corpus import Corpus, Example, flat, gather
from tasks.model.features import MARKS, TEXT_FEATURES, WORD_BUCKETS, features_of
from tasks.model.markup import TOKEN_BUCKETS
from tasks.model.network import DILATIONS, WIDTH, Network
from tasks.rulebook import load

SEED = 20_260_101
EPOCHS = {False: 4, True: 8}
"""Epochs by whether there is mark-up."""
_HIDDEN, _WORDS, _TOKENS = 48, 16, 12
_FORGET, _FORGET_WEAK = 0.4, 0.8
"""Shares of rule marks that training hides, in labelled and in unlabelled documents: the model must know furniture that no rule knows,
and the rules were written with half of these documents in sight."""


class Net(nn.Module):
    """The network of `tasks.model.network`, as torch trains it."""

    def __init__(self, features: int, markup: bool) -> None:
        super().__init__()
        self.markup = markup
        self.words = nn.EmbeddingBag(WORD_BUCKETS, _WORDS, mode="mean")
        self.tokens = nn.EmbeddingBag(TOKEN_BUCKETS, _TOKENS, mode="mean")
        nn.init.normal_(self.words.weight, std=0.1)
        nn.init.normal_(self.tokens.weight, std=0.1)
        self.dense = nn.Linear(features, _HIDDEN)
        self.from_words = nn.Linear(_WORDS, _HIDDEN, bias=False)
        self.from_tokens = nn.Linear(_TOKENS, _HIDDEN, bias=False)
        self.convs = nn.ModuleList(
            nn.Conv1d(_HIDDEN, _HIDDEN, WIDTH, dilation=d, padding=WIDTH // 2 * d) for d in DILATIONS
        )
        self.head = nn.Linear(_HIDDEN, _HIDDEN)
        self.from_page = nn.Linear(2 * _HIDDEN, _HIDDEN, bias=False)
        self.out = nn.Linear(_HIDDEN, len(CLASSES))
        self.drop = nn.Dropout(0.2)
        self.drop_words = nn.Dropout(0.3)

    def forward(self, dense: Any, words: Any, word_offsets: Any, tokens: Any, token_offsets: Any) -> Any:
        """Logits of one page's blocks, [n, classes]."""
        x = self.dense(self.drop(dense))
        x = x + self.from_words(self.drop_words(self.words(words, word_offsets)))
        if self.markup:
            x = x + self.from_tokens(self.drop_words(self.tokens(tokens, token_offsets)))
        x = torch.relu(x).T[None]
        for conv in self.convs:
            x = x + torch.relu(conv(self.drop(x)))
        x = x[0].T
        page = torch.cat([x.mean(0), x.max(0).values])
        hidden = torch.relu(self.head(self.drop(x)) + self.from_page(page))
        return self.out(hidden)


class Prepared(NamedTuple):
    """An example as tensors; `forget` is the share of blocks whose marks training hides."""

    inputs: tuple[Any, ...]
    target: Any
    weight: Any
    forget: float


def prepare(example: Example, markup: bool, forget: float) -> Prepared | None:
    """Measure an example once for all epochs; None where nothing of it is scored."""
    found = features_of(example.blocks, example.title, markup)
    target = torch.tensor(example.classes)
    if not bool((target >= 0).any()):
        return None
    n = len(found.dense)
    # Words are what is scored, but a leaked line annoys however short it is: the root is between.
    weight = torch.tensor([float(len(b.text)) ** 0.5 for b in example.blocks]).clamp(2, 25)
    return Prepared(
        (
            torch.from_numpy(found.dense),
            torch.from_numpy(found.words.astype(np.int64)),
            torch.from_numpy(np.searchsorted(found.word_blocks, np.arange(n))),
            torch.from_numpy(found.tokens.astype(np.int64)),
            torch.from_numpy(np.searchsorted(found.token_blocks, np.arange(n))),
        ),
        target,
        weight,
        forget,
    )


def examples_for(markup: bool, corpus: Corpus, seed: int) -> list[Prepared]:
    """What a model trains on: pages with mark-up; or labelled texts, unlabelled ones as far as rules go, and cut pages."""
    chance = random.Random(seed)  # noqa: S311  reproducible, not secret
    if markup:
        chosen = [(page, _FORGET) for page in corpus.pages]
    else:
        cuts = (flat(page, chance) for page in corpus.pages for _ in range(_CUTS))
        chosen = [(e, _FORGET) for e in [*(c for c in cuts if c is not None), *corpus.texts * _TEXTS]]
        chosen += [(e, _FORGET_WEAK) for e in corpus.weak]
    return [p for e, forget in chosen if (p := prepare(e, markup, forget)) is not None]


def fit(examples: Sequence[Prepared], markup: bool, epochs: int, seed: int) -> Network:
    """Train on `examples` and return the network in the form that runs in numpy."""
    chance = random.Random(seed)  # noqa: S311  reproducible, not secret
    torch.manual_seed(seed)
    torch.use_deterministic_algorithms(True)
    sample = np.vstack([e.inputs[0] for e in examples])
    mean, scale = sample.mean(0), 1 / np.maximum(sample.std(0), 0.05)
    net = Net(sample.shape[1], markup)
    tables: list[Any] = [net.words.weight, net.tokens.weight]
    rest: list[Any] = [p for name, p in net.named_parameters() if name not in ("words.weight", "tokens.weight")]
    groups: list[dict[str, Any]] = [{"params": tables}, {"params": rest}]
    optimizer = torch.optim.AdamW(groups, lr=_RATE, weight_decay=_DECAY)
    steps = epochs * (len(examples) // _BATCH + 1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=[2 * _RATE, _RATE], total_steps=steps)
    order = list(range(len(examples)))
    for _ in range(epochs):
        chance.shuffle(order)
        for start in range(0, len(order), _BATCH):
            optimizer.zero_grad()
            for n in order[start : start + _BATCH]:
                _loss(net, examples[n], mean, scale).backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            schedule.step()
    return export(net.eval(), mean, scale, markup)


_BATCH, _RATE, _DECAY = 8, 4e-3, 1e-3
_CUTS, _TEXTS = 2, 6
"""Cuts of each page for the text model, and how often each labelled text is shown beside them."""
_FLOOR = {False: 0.1, True: 0.4}
"""Probability of body from which a block stays, by whether there is mark-up: chosen by cross-validation.
A flat text is mostly body, and losing a paragraph of it costs more than a leak; a page is mostly furniture."""
_MARK_COLUMNS = [TEXT_FEATURES.index(name) for name in MARKS]


def _loss(net: Net, example: Prepared, mean: Any, scale: Any) -> Any:
    """Weighted cross entropy of one document, with some of the rules' marks hidden."""
    dense, *rest = example.inputs
    dense = dense.clone()
    hidden = torch.rand(len(dense)) < example.forget
    for column in _MARK_COLUMNS:
        dense[hidden, column] = 0
    logits = net((dense - torch.from_numpy(mean)) * torch.from_numpy(scale), *rest)
    scored = example.target >= 0
    losses = nn.functional.cross_entropy(logits[scored], example.target[scored], reduction="none", label_smoothing=0.01)
    return (losses * example.weight[scored]).sum() / example.weight[scored].sum() / _BATCH


def export(net: Net, mean: Any, scale: Any, markup: bool) -> Network:
    """The weights in the names and shapes of `tasks.model.network`."""
    state = {key: value.detach().numpy() for key, value in net.state_dict().items()}
    weights = {
        "mean": mean, "scale": scale, "dense": state["dense.weight"].T, "bias": state["dense.bias"],
        "words": state["words.weight"], "from_words": state["from_words.weight"].T,
        "head": state["head.weight"].T, "head_bias": state["head.bias"], "from_page": state["from_page.weight"].T,
        "out": state["out.weight"].T, "out_bias": state["out.bias"],
    }  # fmt: skip
    if markup:
        weights |= {"tokens": state["tokens.weight"], "from_tokens": state["from_tokens.weight"].T}
    for layer in range(len(DILATIONS)):
        weights[f"conv{layer}"] = state[f"convs.{layer}.weight"].transpose(2, 1, 0)
        weights[f"conv{layer}_bias"] = state[f"convs.{layer}.bias"]
    return Network({k: np.ascontiguousarray(v, np.float32) for k, v in weights.items()}, markup, "training", _FLOOR[markup])


def save(network: Network, path: Path) -> None:
    """Write the weights as float16, with a hash of themselves as version."""
    stored: dict[str, Any] = {key: value.astype(np.float16 if value.size > 4096 else np.float32) for key, value in network.weights.items()}
    digest = 0
    for key in sorted(stored):
        digest = zlib.crc32(stored[key].tobytes(), digest)
    np.savez_compressed(path, version=np.array(f"{digest:08x}"), floor=np.array(network.floor), **stored)


def fold_of(group: str, folds: int) -> int:
    """The fold of a publisher or collection: by a hash of its name, so that it never moves."""
    return zlib.crc32(group.encode()) % folds


def main() -> int:
    """Cross-validate if asked to, then train on everything and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", choices=("text", "html"))
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    args = parser.parse_args()
    corpus = gather(args.shared, compile_rules(load()), print)
    markup = args.model == "html"
    network = fit(examples_for(markup, corpus, SEED), markup, EPOCHS[markup], SEED)
    save(network, args.out / f"{args.model}.npz")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
