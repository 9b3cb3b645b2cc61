"""Take a part of what there is to read: the first documents, or a sample."""

from collections.abc import Iterator
from hashlib import blake2b
from typing import Final

from copydesk.schemas.document import Origin, RawDocument
from copydesk.schemas.report import Reject
from copydesk.tasks.shards import InputEnd, InputStart

Item = RawDocument | Reject | InputStart | InputEnd
_SPAN: Final = 1 << 64


class Portion:
    """The part of a run's documents that is taken.

    `limit` is the most documents, 0 for all; the next run continues after them. `sample` is a share of the documents,
    chosen by a hash of source and record: the same ones each time. Sampled inputs do not count as
    read, so a later run without a sample reads them whole.
    """

    def __init__(self, limit: int = 0, sample: float = 1.0) -> None:
        self._limit = limit
        self._sample = sample
        self.cut_short = False
        """Whether reading ended because of the limit."""

    @property
    def whole(self) -> bool:
        """Whether everything was taken that there was."""
        return self._sample >= 1 and not self.cut_short

    def of(self, stream: Iterator[Item]) -> Iterator[Item]:
        """Yield what is wanted of a stream of documents, and of the marks of their inputs."""
        taken = 0
        for item in stream:
            if isinstance(item, InputStart | InputEnd):
                if self._sample >= 1:
                    yield item
                continue
            if not self._wants(item.origin):
                continue
            taken += 1
            yield item
            if taken == self._limit:  # before another is read: the next run begins with it
                self.cut_short = True
                return

    def _wants(self, origin: Origin) -> bool:
        if self._sample >= 1:
            return True
        name = f"{origin.source}\0{origin.record}".encode("utf-8", "surrogatepass")
        return int.from_bytes(blake2b(name, digest_size=8).digest(), "big") < self._sample * _SPAN
