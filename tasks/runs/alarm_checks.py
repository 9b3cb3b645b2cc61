"""Raise alarms: find what is unusual in a run compared with earlier runs over the same inputs.

A site that changes its templates still yields articles, and a feed that broke still ends with exit code 0.
Only a number outside its usual range reveals them. The usual range is the median of the last runs, plus or
minus some median absolute deviations (MAD). Unlike mean and standard deviation, these do not move even if
half of the past was broken (Rousseeuw and Croux 1993). Each kind of alarm also requires a relevant change and
enough documents, so that a small, erratic source raises none. There are no alarms until a few runs have shown
what is usual.
"""

from collections.abc import Sequence
from math import log, log1p
from statistics import median
from typing import Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from copydesk.schemas.run_statistics import Signs, Volume

_TO_SIGMA: Final = 1.4826
"""MAD times this factor is the standard deviation of a normal distribution."""
_UNSURE: Final = 10
"""Number of runs at which the usual range is twice as wide as for very many runs, because the MAD of a few
values is itself uncertain. Over 2,000 generated days of a site with 20 to 400 documents a day: one false
alarm in 74 days after 5 runs, in 500 after 20. Without this factor: one in 15 and in 105."""
PAST_RUNS: Final = 20
"""Number of earlier runs over the same inputs that an alarm compares with."""
_ENOUGH: Final = 50
"""Minimum number of documents of a source or publisher before it can raise an alarm."""
_DEVIATIONS: Final = 5.0
"""Distance from the median that is unusual, in standard deviations (of a normal distribution with the same
MAD)."""
_SHARE: Final = 0.1
"""Minimum change of the removed share that raises an alarm; half of it for the share of rejects."""
_RATIO: Final = 3.0
"""Minimum change of a volume that raises an alarm, as a factor."""
_NEW_CHARSET: Final = 3
"""Minimum number of articles in a charset that is new to these inputs before it raises an alarm."""
_ALL: Final = ""
"""Used instead of a source for the whole run."""


class Usual(NamedTuple):
    """Median of the past, and the distance from it that is unusual."""

    median: float
    width: float

    def left_by(self, found: float, least: float) -> bool:
        """Return whether `found` is further from the median than usual, and than `least`."""
        return abs(found - self.median) > max(self.width, least)


def signs_of(articles: pa.Table) -> Signs:
    """Return the statistics of a shard's articles. Articles with an empty `publisher` count as one publisher."""
    kept = pc.utf8_length(articles["text"])
    table = pa.table({"of": articles["publisher"], "kept": kept, "removed": articles["removed_chars"]})
    grouped = table.group_by("of").aggregate([([], "count_all"), ("kept", "sum"), ("removed", "sum")])
    columns = ("of", "count_all", "kept_sum", "removed_sum")
    rows = zip(*(grouped[name].to_pylist() for name in columns), strict=True)
    charsets = pc.value_counts(articles["charset"]).to_pylist()
    return Signs(
        publishers={of or "": Volume(count, kept or 0, removed or 0) for of, count, kept, removed in rows},
        charsets={entry["values"] or "": entry["counts"] for entry in charsets},
    )


def alarms(now: Signs, past: Sequence[Signs], needed: int) -> list[str]:
    """Return what is unusual about a run, one sentence each; `past` are earlier runs over the same inputs.

    There are no alarms before `needed` of them.
    Runs that read nothing are ignored. Three kinds of runs are ignored for volumes, but count for shares: a
    run that was stopped, one that finished what a killed run had begun, and one that reads everything again
    because the pipeline changed.
    """
    past = [run for run in past if run.documents][-PAST_RUNS:]
    if not now.documents or len(past) < needed:
        return []
    return [
        *_volumes(now, past, needed),
        *_reject_rate(now, past, needed),
        *_removed_shares(now, past, needed),
        *_charsets(now, past),
    ]


def _volumes(now: Signs, past: Sequence[Signs], needed: int) -> list[str]:
    previous = past[-1].pipeline
    past = [
        run
        for before, run in zip([None, *past], past, strict=False)
        if run.whole and (before is None or before.pipeline == run.pipeline)
    ]
    if not now.whole or now.pipeline != previous or len(past) < needed:
        return []
    said = []
    names = {name for run in past for name in run.sources} | now.sources.keys()
    for name in (_ALL, *sorted(names)):
        found = _documents(now, name)
        volumes = [_documents(run, name) for run in past]
        # On logarithms, half as much is as far from usual as twice as much.
        usual = _usual([log1p(volume) for volume in volumes])
        if median(volumes) < _ENOUGH:
            continue
        if usual.left_by(log1p(found), log(_RATIO)):
            of = f"documents of {name}" if name else "documents"
            said.append(f"volume: {found:,} {of}; the median is {median(volumes):,.0f}")
    return said


def _documents(run: Signs, name: str) -> int:
    return run.sources.get(name, 0) if name else run.documents


def _reject_rate(now: Signs, past: Sequence[Signs], needed: int) -> list[str]:
    rates = [run.rejected / run.documents for run in past if run.documents >= _ENOUGH]
    if now.documents < _ENOUGH or len(rates) < needed:
        return []
    found, usual = now.rejected / now.documents, _usual(rates)
    if found <= usual.median or not usual.left_by(found, _SHARE / 2):
        return []
    return [
        f"rejects: {found:.1%} of {now.documents:,} documents were rejected; the median is {usual.median:.1%}"
    ]


def _removed_shares(now: Signs, past: Sequence[Signs], needed: int) -> list[str]:
    said = []
    for name, volume in sorted(now.publishers.items()):
        known = [run.publishers[name] for run in past if name in run.publishers]
        shares = [before.share for before in known if before.articles >= _ENOUGH]
        if volume.articles < _ENOUGH or len(shares) < needed:
            continue
        usual = _usual(shares)
        if usual.left_by(volume.share, _SHARE):
            of = f"of {name}" if name else "of articles without a publisher"
            said.append(
                f"removed: {volume.share:.1%} {of} ({volume.articles:,} articles); the median is {usual.median:.1%}"
            )
    return said


def _charsets(now: Signs, past: Sequence[Signs]) -> list[str]:
    known = {charset for run in past for charset in run.charsets}
    return [
        f"charset: {count:,} articles in {charset}, which no earlier run had"
        for charset, count in sorted(now.charsets.items())
        if charset not in known and count >= _NEW_CHARSET
    ]


def _usual(values: Sequence[float]) -> Usual:
    middle = median(values)
    spread = median(abs(value - middle) for value in values)
    few = 1 + _UNSURE / len(values)
    return Usual(middle, _DEVIATIONS * _TO_SIGMA * few * spread)
