"""Report what newer rules change: articles and characters by label and publisher, and the greatest losses.

Digests in the state show whether an article changes; only the rows of changed articles are read.
"""

import heapq
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any, Final, NamedTuple

import pyarrow as pa

from copydesk.schemas.ledger import LEDGER
from copydesk.tasks.store import Lookup, content_digests, ledger_digests

ARTICLE_COLUMNS: Final = ["id", "title", "publisher", "source", "record", "word_count", "blocks"]
LEDGER_COLUMNS: Final = ["id", "text", "label", "kept", "rule"]
_MOST_LINES: Final = 200
"""Maximum number of compared lines per article: matching takes time that grows with their square."""


class Line(NamedTuple):
    """A line that differs: before and after (empty if there is none), and what decided the new one."""

    before: str
    after: str
    why: str
    """Label and rule that removed the line."""


class Loss(NamedTuple):
    """An article that changes."""

    id: str
    title: str
    publisher: str
    source: str
    record: str
    words_before: int
    words_after: int
    lines: list[Line]


class Share(NamedTuple):
    """Changes of one publisher's articles."""

    articles: int
    """Number of articles cleaned."""
    changed: int
    words: int
    """Words gained; negative if they are lost."""


@dataclass(slots=True)
class Diff:
    """The effect of cleaning again, added up over the whole dataset."""

    show: int = 10
    """How many of the articles with the greatest losses are kept in detail."""
    renamed_rules: Mapping[str, str] = field(default_factory=dict)
    """Old ids of rules with their current ids. A ledger that differs only in these is equal."""
    articles: int = 0
    """Number of articles cleaned again."""
    changed: int = 0
    """Number of articles whose content changes."""
    ledger_only: int = 0
    """Number of articles whose content stays, but with another label or deciding rule."""
    rule_names_only: int = 0
    """Number of articles whose ledger names the same rules by their old ids, and differs in nothing else."""
    rejected: Counter[str] = field(default_factory=Counter)
    """Documents that would now be rejected, by reason. Their articles stay as they are."""
    renamed: int = 0
    """Number of articles that would now get another id, because their URL is read differently. They stay as
    they are."""
    words: int = 0
    """Words gained by all articles; negative if they are lost."""
    removed_before: Counter[str] = field(default_factory=Counter)
    """Characters removed by label, of articles that change in content or ledger."""
    removed_after: Counter[str] = field(default_factory=Counter)
    publishers: dict[str, Share] = field(default_factory=dict)
    _most: list[tuple[int, str, Loss]] = field(default_factory=list)

    @property
    def most(self) -> list[Loss]:
        """Return the articles that lose most words, the greatest loss first."""
        return [loss for _, _, loss in sorted(self._most, key=lambda each: (-each[0], each[1]))]

    def add(self, articles: pa.Table, ledger: pa.Table, lookup: Lookup) -> None:
        """Compare newly cleaned articles with those of the dataset."""
        ids = articles["id"].to_pylist()
        known = lookup.known(ids)
        new = dict(zip(ids, content_digests(articles), strict=True))
        sorted_ledger = ledger.sort_by([("id", "ascending"), ("seq", "ascending")])
        ledgers = ledger_digests(sorted_ledger)
        changed = {id_ for id_ in ids if known[id_].content != new[id_]}
        other = {id_ for id_ in ids if known[id_].ledger != ledgers.get(id_, b"")}
        self.articles += len(ids)
        self.changed += len(changed)
        named = self._renamed_only(other - changed, ledgers, lookup)
        other -= named
        self.rule_names_only += len(named)
        self.ledger_only += len(other - changed)
        self._count_labels(sorted_ledger, changed | other, lookup)
        self._count_publishers(articles, changed, sorted_ledger, lookup)

    def _renamed_only(self, ids: Collection[str], new: Mapping[str, bytes], lookup: Lookup) -> set[str]:
        """Return the articles whose old ledger equals the new one after its rules get their current ids."""
        if not ids or not self.renamed_rules:
            return set()
        rows = lookup.rows(ids, "ledger", LEDGER.names).sort_by([("id", "ascending"), ("seq", "ascending")])
        at = LEDGER.names.index("rule")
        today = [self.renamed_rules.get(rule, rule) for rule in rows["rule"].to_pylist()]
        rows = rows.set_column(at, LEDGER.field(at), pa.chunked_array([pa.array(today, pa.string())]))
        return {id_ for id_, digest in ledger_digests(rows).items() if digest == new.get(id_, b"")}

    def _count_labels(self, ledger: pa.Table, ids: set[str], lookup: Lookup) -> None:
        for rows, counts in (
            (lookup.rows(ids, "ledger", LEDGER_COLUMNS), self.removed_before),
            (ledger.select(LEDGER_COLUMNS), self.removed_after),
        ):
            columns = (rows[name].to_pylist() for name in ("id", "text", "label", "kept"))
            for id_, text, label, kept in zip(*columns, strict=True):
                if not kept and id_ in ids:
                    counts[label] += sum(map(len, text.split()))

    def _count_publishers(
        self, articles: pa.Table, changed: set[str], ledger: pa.Table, lookup: Lookup
    ) -> None:
        old = {row["id"]: row for row in lookup.rows(changed, "articles", ARTICLE_COLUMNS).to_pylist()}
        tally: dict[str, Counter[str]] = defaultdict(Counter)
        for row in articles.select(ARTICLE_COLUMNS).to_pylist():
            counts = tally[row["publisher"]]
            counts["articles"] += 1
            if row["id"] not in changed:
                continue
            before = old[row["id"]]
            gain = row["word_count"] - before["word_count"]
            counts["changed"] += 1
            counts["words"] += gain
            self.words += gain
            self._keep(before, row, ledger)
        for name, counts in tally.items():
            known = self.publishers.get(name, Share(0, 0, 0))
            self.publishers[name] = Share(
                known.articles + counts["articles"],
                known.changed + counts["changed"],
                known.words + counts["words"],
            )

    def _keep(self, before: dict[str, Any], after: dict[str, Any], ledger: pa.Table) -> None:
        """Keep an article in detail while it is among the greatest losses."""
        rank = (before["word_count"] - after["word_count"], after["id"])
        if len(self._most) >= self.show and (not self._most or rank <= self._most[0][:2]):
            return
        loss = Loss(
            after["id"],
            after["title"],
            after["publisher"],
            after["source"],
            after["record"],
            before["word_count"],
            after["word_count"],
            _lines(before, after, ledger),
        )
        heapq.heappush(self._most, (*rank, loss))
        if len(self._most) > self.show:
            heapq.heappop(self._most)


def _lines(before: dict[str, Any], after: dict[str, Any], ledger: pa.Table) -> list[Line]:
    """Return the lines that differ, headline first, each beside its replacement."""
    old, new = (
        [row["title"], *(block["text"] for block in row["blocks"])][:_MOST_LINES] for row in (before, after)
    )
    start = ledger["id"].index(after["id"]).as_py()
    reasons: dict[str, str] = {}
    for row in ledger.slice(start).select(LEDGER_COLUMNS).to_pylist() if start >= 0 else ():
        if row["id"] != after["id"]:
            break
        if not row["kept"]:
            reasons.setdefault(" ".join(row["text"].split()), f"{row['label']} {row['rule']}".strip())
    found = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            for was, now in zip_longest(old[a:b], new[c:d], fillvalue=""):
                found.append(Line(was, now, _why(was, now, reasons)))
    return found


def _why(was: str, now: str, reasons: dict[str, str]) -> str:
    """Return what removed a line, or the part of it that is missing."""
    whole = reasons.get(" ".join(was.split()))
    if whole or not was:
        return whole or ""
    gone = [
        why for text, why in reasons.items() if text and text in " ".join(was.split()) and text not in now
    ]
    return gone[0] if gone else ""
