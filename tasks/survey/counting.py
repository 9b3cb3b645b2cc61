"""Make one survey from batches of rows."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from copydesk.schemas.survey import Share, Survey
from copydesk.tasks.survey.lines import Lines
from copydesk.tasks.survey.logs import reject_reasons, runs_of
from copydesk.tasks.survey.samples import Samples

SPACE: Final = r"[\s\v\p{Z}\x{1c}-\x{1f}\x{85}]+"
"""White space as `str.split` has it, in RE2. `copydesk.tasks.article.quality.count_non_space` counts the
same characters."""
_PUBLISHERS, _LANGUAGES, _RULES = 30, 15, 40
_ARTICLE: Final = (
    "id",
    "publisher",
    "language",
    "published_at",
    "word_count",
    "removed_chars",
    "removed_share",
    "duplicate_of",
    "flags",
)
_LEDGER: Final = ("id", "seq", "text", "label", "kept", "rule", "score")

Key = tuple[str, str]
"""Publisher and language."""


class Source(Protocol):
    """A dataset to read: see `copydesk.tasks.store.Scan`."""

    def files(self) -> list[str]:
        """Return the names of the files of articles. The ledger of each file has the same name."""

    def batches(self, tree: str, columns: Sequence[str], name: str = "") -> Iterator[pa.Table]:
        """Read columns of a tree, or of one of its files."""


def survey(source: Source, name: str) -> Survey:
    """Count a dataset. `name` is its name in the report."""
    count = _Count()
    lines = Lines()
    samples = Samples()
    for file in source.files():
        articles = pa.concat_tables(source.batches("articles", _ARTICLE, file))
        count.articles(articles)
        for rows in source.batches("ledger", _LEDGER, file):
            at = pc.index_in(rows["id"], value_set=articles["id"].combine_chunks())
            count.ledger(rows, articles, at)
            lines.count(rows, _original(articles, at))
            samples.take(rows, articles["publisher"], at)
    lines.choose()
    for file in source.files():
        articles = pa.concat_tables(source.batches("articles", ("id", "publisher", "duplicate_of"), file))
        for rows in source.batches("ledger", ("id", "text", "label", "kept", "rule"), file):
            at = pc.index_in(rows["id"], value_set=articles["id"].combine_chunks())
            lines.look(rows, articles["publisher"], at, _original(articles, at))
    publishers, languages = count.shares(0), count.shares(1)
    return Survey(
        name=name,
        articles=count.number,
        duplicates=count.duplicates,
        words=count.words,
        first=count.first,
        last=count.last,
        whole=count.whole(),
        publishers=publishers[:_PUBLISHERS],
        more_publishers=max(0, len(publishers) - _PUBLISHERS),
        languages=languages[:_LANGUAGES],
        more_languages=max(0, len(languages) - _LANGUAGES),
        rules=count.most_used(),
        removed_lines=lines.removed(),
        kept_lines=lines.kept(),
        sample=samples.random(),
        removals=samples.seen,
        doubtful=samples.doubtful(),
        flags=dict(count.flags.most_common()),
        rejects=reject_reasons(source),
        runs=runs_of(source),
    )


def _original(articles: pa.Table, at: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return whether each row of a ledger belongs to an original. Reprints are no evidence of furniture."""
    return pc.fill_null(pc.take(pc.is_null(articles["duplicate_of"]), at), False)


class _Count:
    """Figures of articles and ledger rows."""

    def __init__(self) -> None:
        self.number = self.duplicates = self.words = 0
        self.first: datetime | None = None
        self.last: datetime | None = None
        self.flags: Counter[str] = Counter()
        self._articles: Counter[Key] = Counter()
        self._kept: Counter[Key] = Counter()
        self._removed: dict[Key, Counter[str]] = {}
        self._rules: dict[str, list[int]] = {}

    def articles(self, rows: pa.Table) -> None:
        """Count some articles."""
        self.number += rows.num_rows
        self.duplicates += rows.num_rows - rows["duplicate_of"].null_count
        self.words += pc.sum(rows["word_count"]).as_py() or 0
        self._days(rows["published_at"])
        self.flags.update(pc.list_flatten(rows["flags"]).to_pylist())
        kept = pa.array(_kept(rows))
        grouped = (
            rows.select(["publisher", "language"])
            .append_column("kept", kept)
            .group_by(["publisher", "language"])
            .aggregate([("kept", "sum"), ("kept", "count")])
        )
        for row in grouped.to_pylist():
            key = row["publisher"] or "", row["language"] or ""
            self._articles[key] += row["kept_count"]
            self._kept[key] += row["kept_sum"]

    def _days(self, published: pa.ChunkedArray) -> None:
        span = pc.min_max(published).as_py()
        if span["min"] is not None:
            self.first = min(filter(None, (self.first, span["min"])))
            self.last = max(filter(None, (self.last, span["max"])))

    def ledger(self, rows: pa.Table, articles: pa.Table, at: pa.ChunkedArray) -> None:
        """Count the ledger rows of some articles. `at` gives the article of each row."""
        self._untouched(rows, articles, at)
        gone = pc.and_(pc.invert(rows["kept"]), pc.is_valid(at))
        place = at.filter(gone)
        table = pa.table(
            {
                "publisher": articles["publisher"].take(place),
                "language": articles["language"].take(place),
                "label": rows["label"].filter(gone),
                "rule": rows["rule"].filter(gone),
                "size": solid(rows["text"].filter(gone)),
            }
        )
        by_label = table.group_by(["publisher", "language", "label"]).aggregate([("size", "sum")])
        for row in by_label.to_pylist():
            key = row["publisher"] or "", row["language"] or ""
            self._removed.setdefault(key, Counter())[row["label"]] += row["size_sum"]
        by_rule = table.group_by("rule").aggregate([("size", "sum"), ("size", "count")])
        for row in by_rule.to_pylist():
            known = self._rules.setdefault(row["rule"], [0, 0])
            known[0] += row["size_sum"]
            known[1] += row["size_count"]

    def _untouched(self, rows: pa.Table, articles: pa.Table, at: pa.ChunkedArray) -> None:
        """Count the kept characters of articles without removals: a share can't give their length."""
        whole = pc.fill_null(pc.take(pc.equal(articles["removed_chars"], 0), at), False)
        if not pc.any(whole).as_py():
            return
        place = at.filter(whole)
        table = pa.table(
            {
                "publisher": articles["publisher"].take(place),
                "language": articles["language"].take(place),
                "size": solid(rows["text"].filter(whole)),
            }
        )
        for row in table.group_by(["publisher", "language"]).aggregate([("size", "sum")]).to_pylist():
            self._kept[row["publisher"] or "", row["language"] or ""] += row["size_sum"]

    def shares(self, part: int) -> tuple[Share, ...]:
        """Return the shares by publisher (0) or language (1), those with most articles first."""
        articles: Counter[str] = Counter()
        kept: Counter[str] = Counter()
        removed: dict[str, Counter[str]] = {}
        for key, number in self._articles.items():
            articles[key[part]] += number
            kept[key[part]] += self._kept[key]
            removed.setdefault(key[part], Counter()).update(self._removed.get(key, {}))
        found = [
            Share(name, articles[name], kept[name], removed[name].total(), dict(removed[name]))
            for name in articles
        ]
        return tuple(sorted(found, key=lambda each: (-each.articles, each.name)))

    def whole(self) -> Share:
        """Return the share of all articles together."""
        labels: Counter[str] = Counter()
        for counts in self._removed.values():
            labels.update(counts)
        return Share("", self.number, self._kept.total(), labels.total(), dict(labels))

    def most_used(self) -> tuple[tuple[str, int, int], ...]:
        """Return the rules that removed most characters."""
        found = [(rule, size, stretches) for rule, (size, stretches) in self._rules.items()]
        return tuple(sorted(found, key=lambda each: (-each[1], each[0]))[:_RULES])


def _kept(rows: pa.Table) -> Any:
    """Return the kept characters of each article, from its removed ones and their share.

    0 if nothing was removed.

    The share is a float32 of a ratio of integers. Rounding restores the integer for all but giant documents.
    """
    removed = rows["removed_chars"].to_numpy().astype(np.float64)
    share = rows["removed_share"].to_numpy().astype(np.float64)
    whole = np.divide(removed, share, out=np.zeros_like(removed), where=share > 0)
    return np.rint(whole - removed).clip(0).astype(np.int64)


def solid(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return the number of characters of each text without white space."""
    return pc.utf8_length(pc.replace_substring_regex(texts, SPACE, ""))
