"""The segment model as a torch module; `copydesk.tasks.model.sequence` runs the same arithmetic in numpy."""

from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from copydesk.tasks.model.segment_features import DENSE, LABELS
from copydesk.tasks.model.segment_table import BUCKETS

WIDTH: Final = 48
EMBEDDED: Final = 32
TOPIC: Final = 16
EDGED: Final = 24
DILATIONS: Final = (1, 2, 4, 8, 1)


class Network(nn.Module):
    """Bags of hashed words and dense features of each segment, then dilated convolutions over a document.

    Before the convolutions each segment is compared with its document: a small vector of its words, times the
    mean of these vectors over the document.
    """

    def __init__(
        self, width: int = WIDTH, embedded: int = EMBEDDED, dilations: tuple[int, ...] = DILATIONS
    ) -> None:
        super().__init__()
        self.words = nn.EmbeddingBag(BUCKETS, embedded, mode="sum")
        nn.init.normal_(self.words.weight, std=0.1)
        self.edges = nn.Embedding(BUCKETS, EDGED)
        nn.init.normal_(self.edges.weight, std=0.03)
        self.topic = nn.Linear(embedded, TOPIC)
        self.inward = nn.Linear(embedded + EDGED + len(DENSE) + TOPIC, width)
        self.layers = nn.ModuleList(nn.Linear(3 * width, width) for _ in dilations)
        self.mix = nn.ModuleList(nn.Linear(width, width) for _ in dilations)
        self.whole = nn.Linear(width, width)
        self.dilations = dilations
        self.outward = nn.Linear(2 * width, len(LABELS))

    def forward(self, batch: dict[str, Tensor], dropout: float = 0.0) -> Tensor:
        """Return logits [n, LABELS] for the n segments of a batch.

        The batch holds `tokens`, `offsets` (of each segment's tokens), `scale` (1 / sqrt of their number), `edges`,
        `dense`, and what `neighbours` returns. `dropout` is the share of tokens and activations left out in training.
        """
        edges = self.edges(batch["edges"])
        here: Tensor | None = None
        if self.training:
            here = (torch.rand(len(batch["tokens"])) >= dropout) / (1 - dropout)
            edges = edges * (torch.rand(edges.shape[:2]) >= 2 * dropout)[:, :, None]
        bag = self.words(batch["tokens"], batch["offsets"], per_sample_weights=here) * batch["scale"][:, None]
        bag = functional.dropout(bag, dropout / 2, self.training)
        edge = edges.sum(1)
        topic = self.topic(bag)
        document, count = batch["document"], batch["count"]
        mean = torch.zeros(len(count), topic.shape[1]).index_add_(0, document, topic) / count[:, None]
        same = topic * mean[document]
        x = torch.relu(self.inward(torch.cat([bag, edge, batch["dense"], same], 1)))
        x = functional.dropout(x, dropout, self.training)
        first = x
        half = len(self.layers) // 2
        for number, (layer, mix, dilation) in enumerate(
            zip(self.layers, self.mix, self.dilations, strict=True)
        ):
            padded = torch.cat([x, torch.zeros(1, x.shape[1])])
            near = [padded[batch[f"at{shift:+}"]] for shift in (-dilation, dilation)]
            x = torch.relu(x + mix(torch.relu(layer(torch.cat([near[0], x, near[1]], 1)))))
            if number == half:
                pooled = torch.zeros(len(count), x.shape[1]).index_add_(0, document, x) / count[:, None]
                x = torch.relu(x + self.whole(pooled)[document])
            x = functional.dropout(x, dropout, self.training)
        return self.outward(torch.cat([first, x], 1))


def neighbours(documents: Any, dilations: tuple[int, ...] = DILATIONS) -> dict[str, Tensor]:
    """Return for each shift the row of the segment at that distance in its document, or n if there is none."""
    n = int(documents[-1])
    bounds = torch.as_tensor(documents)
    count = bounds[1:] - bounds[:-1]
    document = torch.repeat_interleave(torch.arange(len(count)), count)
    rows = torch.arange(n)
    out = {"document": document, "count": count.clamp(min=1).float()}
    low, high = bounds[:-1][document], bounds[1:][document]
    for dilation in sorted(set(dilations)):
        for shift in (-dilation, dilation):
            at = rows + shift
            out[f"at{shift:+}"] = torch.where((at >= low) & (at < high), at, n)
    return out
