"""Select the articles to export."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from copydesk.schemas.article import QUALITY
from copydesk.schemas.errors import UsageError

_COUNTS = ("word_count",)


class Bound(NamedTuple):
    """A quality signal, or the number of words, and its least value."""

    signal: str
    least: float


@dataclass(frozen=True, slots=True)
class Selection:
    """The wanted articles. Empty fields admit all."""

    publishers: Sequence[str] = ()
    languages: Sequence[str] = ()
    since: datetime | None = None
    """Published at this time or later. An article without a date is left out."""
    until: datetime | None = None
    """Published before this time."""
    bounds: Sequence[Bound] = ()
    without_flags: Sequence[str] = ()
    originals: bool = False
    """Leave out articles that repeat another one."""

    def of(self, rows: pa.Table) -> pa.Table:
        """Return the selected rows, in their order."""
        wanted: Any = pa.array([True]).take(pa.array([0] * rows.num_rows, pa.int64()))
        for names, column in ((self.publishers, "publisher"), (self.languages, "language")):
            if names:
                wanted = pc.and_(wanted, pc.is_in(rows[column], value_set=pa.array(list(names), pa.string())))
        if self.since:
            wanted = pc.and_(wanted, pc.greater_equal(rows["published_at"], pa.scalar(self.since)))
        if self.until:
            wanted = pc.and_(wanted, pc.less(rows["published_at"], pa.scalar(self.until)))
        for signal, least in self.bounds:
            values = rows[signal] if signal in _COUNTS else pc.struct_field(rows["quality"], signal)
            wanted = pc.and_(wanted, pc.greater_equal(values.cast(pa.float64()), pa.scalar(float(least))))
        if self.originals:
            wanted = pc.and_(wanted, pc.is_null(rows["duplicate_of"]))
        if self.without_flags:
            unwanted = frozenset(self.without_flags)
            clean = [not unwanted.intersection(flags or ()) for flags in rows["flags"].to_pylist()]
            wanted = pc.and_(wanted, pa.array(clean, pa.bool_()))
        return rows.filter(pc.fill_null(wanted, False))


def bound(given: str) -> Bound:
    """Read `SIGNAL=NUMBER`. Raises UsageError for another form or an unknown signal.

    >>> bound("alpha_word_share=0.8")
    Bound(signal='alpha_word_share', least=0.8)
    """
    signal, _, number = given.partition("=")
    known = (*_COUNTS, *QUALITY)
    if signal not in known:
        raise UsageError(f"--min-quality {given}: no signal {signal!r}; expected one of {', '.join(known)}")
    try:
        return Bound(signal, float(number))
    except ValueError:
        raise UsageError(f"--min-quality {given}: found {number!r}, expected SIGNAL=NUMBER") from None


def day(given: str, option: str, *, end: bool = False) -> datetime | None:
    """Read a date or a time, in UTC if no zone is given. With `end`, a date means the end of that day.

    >>> day("2016-06-14", "--until", end=True).isoformat()
    '2016-06-15T00:00:00+00:00'
    """
    if not given:
        return None
    try:
        if len(given) == len("2016-06-14"):
            begin = datetime.combine(date.fromisoformat(given), time(), UTC)
            return begin + timedelta(days=1) if end else begin
        found = datetime.fromisoformat(given)
    except ValueError:
        raise UsageError(
            f"{option} {given}: expected a date such as 2016-06-14, or a time such as 2016-06-14T18:00"
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
