"""Where reading of an input stands, and whether it can go on where an earlier run stopped."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import IO, Final, TypeVar

from copydesk.schemas.settings import Settings
from copydesk.schemas.shard import Place
from copydesk.tasks.read.errors import BrokenError
from copydesk.tasks.read.streams import Digest, Line, chunks

Item = TypeVar("Item")
_KINDS: Final = 100
_LONGEST: Final = 60


class Cursor:
    """How far the reading of one input has come; the reader moves it with each item that it hands out.

    A new cursor stands at the beginning. One that was made of a place makes the reader begin there.
    """

    def __init__(self, place: Place | None = None, digest: Digest | None = None) -> None:
        place = place or Place(0)
        self.records, self.open = place.records, 0
        self.line, self.offset = place.line, max(0, place.offset)
        self.columns = place.columns
        self.digest = digest or Digest()
        self.passed = Counter[str]()
        """Records of an archive that are no documents, by what they are."""
        self.notes: list[str] = []
        """What the run's report should say of the input."""
        self.starts_inside = place.offset > 0
        """Whether bytes have to be passed over."""
        self._by_offset = place.offset >= 0

    def choose(self, columns: str) -> None:
        """Note the columns that are read: from here on the place can be given as an offset."""
        self.columns, self._by_offset = columns, True

    def move(self, line: Line) -> None:
        """An item that ended with this line is handed out."""
        assert line.digest is not None
        self.records, self.line, self.offset = self.records + 1, line.number, line.end
        self.digest = line.digest
        if not line.ended:
            self.line -= 1  # what is appended to the file still belongs to this line

    @property
    def place(self) -> Place:
        """The place behind the item that was handed out last.

        Lines for which no columns could be chosen have none: further ones may change the choice.
        """
        if not self._by_offset:
            if self.line:
                return Place(0, self.records + self.open)
            return Place(self.records, self.open, columns=self.columns)
        return Place(self.records, self.open, self.line, self.offset, str(self.digest), self.columns)

    def begin(self) -> None:
        """Note that places are offsets from the beginning on: archives have no columns to choose."""
        self._by_offset = True

    def stand(self, offset: int, digest: Digest) -> None:
        """An item is handed out, behind which the stream is at `offset`."""
        self.records, self.offset, self.digest = self.records + 1, offset, digest

    def pass_over(self, what: str) -> None:
        """Count a record that is no document; what it is may be anything that a crawler noted."""
        what = what[:_LONGEST]
        self.passed[what if what in self.passed or len(self.passed) < _KINDS else "other"] += 1

    def behind(self, items: Iterable[Item]) -> Iterator[Item]:
        """Pass items on, but for those that were handed out before the place at which this cursor began.

        For formats that can only be read from the beginning: reading is cheap beside cleaning.
        """
        for number, item in enumerate(items, start=1):
            if number > self.records:
                self.records = number
                yield item


def cursor_at(place: Place, file: IO[bytes], settings: Settings, *, archive: bool = False) -> Cursor | None:
    """The cursor that goes on at `place`; None when other bytes than then stand before it.

    All of them are read and compared by digest, which takes a second and a half for a GB: a
    file that was rewritten under its old name is never taken for one that has grown.
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
