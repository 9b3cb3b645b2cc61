"""Track how far an input was read, and check whether a later run can resume there."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import IO, Final, TypeVar

from copydesk.schemas.settings import Settings
from copydesk.schemas.shard import ResumePoint
from copydesk.tasks.read.errors import BrokenError
from copydesk.tasks.read.streams import Digest, Line, chunks

Item = TypeVar("Item")
_KINDS: Final = 100
_LONGEST: Final = 60


class Cursor:
    """Progress of reading one input. The reader moves it with each item that it yields.

    A new cursor is at the beginning. A cursor made from a resume point makes the reader begin there.
    """

    def __init__(self, place: ResumePoint | None = None, digest: Digest | None = None) -> None:
        place = place or ResumePoint(0)
        self.records, self.open = place.records, 0
        self.line, self.offset = place.line, max(0, place.offset)
        self.columns = place.columns
        self.digest = digest or Digest()
        self.passed = Counter[str]()
        """Records of an archive that are not documents, by kind."""
        self.notes: list[str] = []
        """What the run's report should say about the input."""
        self.starts_inside = place.offset > 0
        """Whether bytes have to be skipped."""
        self._by_offset = place.offset >= 0

    def choose(self, columns: str) -> None:
        """Record the columns that are read. From here on the resume point can have an offset."""
        self.columns, self._by_offset = columns, True

    def move(self, line: Line) -> None:
        """Record that an item was yielded that ends with this line."""
        assert line.digest is not None
        self.records, self.line, self.offset = self.records + 1, line.number, line.end
        self.digest = line.digest
        if not line.ended:
            self.line -= 1  # text that is appended to the file still belongs to this line

    @property
    def place(self) -> ResumePoint:
        """Return the resume point after the item that was yielded last.

        Lines for which no columns could be chosen have no resume point: further lines may change the choice.
        """
        if not self._by_offset:
            if self.line:
                return ResumePoint(0, self.records + self.open)
            return ResumePoint(self.records, self.open, columns=self.columns)
        return ResumePoint(self.records, self.open, self.line, self.offset, str(self.digest), self.columns)

    def begin(self) -> None:
        """Use offsets as resume points from the start: archives have no columns to choose."""
        self._by_offset = True

    def stand(self, offset: int, digest: Digest) -> None:
        """Record that an item was yielded and that the stream is now at `offset`."""
        self.records, self.offset, self.digest = self.records + 1, offset, digest

    def pass_over(self, what: str) -> None:
        """Count a record that is not a document. Its kind may be any text that a crawler recorded."""
        what = what[:_LONGEST]
        self.passed[what if what in self.passed or len(self.passed) < _KINDS else "other"] += 1

    def behind(self, items: Iterable[Item]) -> Iterator[Item]:
        """Yield the items after the resume point at which this cursor began.

        For formats that can only be read from the beginning: reading is cheap compared with cleaning.
        """
        for number, item in enumerate(items, start=1):
            if number > self.records:
                self.records = number
                yield item


def cursor_at(
    place: ResumePoint, file: IO[bytes], settings: Settings, *, archive: bool = False
) -> Cursor | None:
    """Return a cursor that resumes at `place`; None if the bytes before it have changed.

    All of them are read and compared by digest, which takes 1.5 s per GB. So a file that was rewritten under
    its old name is never mistaken for one that has grown.
    """
    if place.offset < 0:
        return Cursor(place)
    digest, left = Digest(), place.offset
    try:
        for chunk in chunks(file, settings, archive=archive) if left else ():
            digest.update(chunk[:left])
            left = max(0, left - len(chunk))
            if not left:
                break
    except (BrokenError, OSError):
        return None
    return Cursor(place, digest) if not left and str(digest) == place.digest else None
