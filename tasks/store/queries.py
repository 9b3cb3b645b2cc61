"""Queries about a dataset that need no lock: is it intact, and which versions does an article have?"""

import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from copydesk.schemas.errors import UsageError
from copydesk.tasks.store.preflight import connect, state_errors
from copydesk.tasks.store.safe_paths import is_file, parquet
from copydesk.tasks.store.snapshot import Layout

_LEAST: Final = 4
"""Minimum length of a given id prefix; a shorter one could match by mistake."""


class About(NamedTuple):
    """What is kept of a replaced version: enough to see when the article changed, and by how much."""

    title: str
    words: int
    removed_share: float
    rules_version: str
    cleaner_version: str


class Version(NamedTuple):
    """A version of an article that readers could see."""

    version: str
    """Hash of its raw content."""
    run_id: str
    written_at: datetime
    live: bool
    path: Path | None
    """Its file; None if the snapshots that hold it have expired."""
    about: About | None = None
    """None if an older copydesk replaced the version and its file has expired."""
    raw: bool = False
    """True if its raw document is kept, so that `reclean` can clean it again. Only for the live version."""


def find_article(out: Path, given: str) -> str:
    """Return the id that begins with `given`. Raise UsageError if there is none, or more than one."""
    layout = Layout(out.resolve())
    with state_errors(layout), closing(connect(layout)) as db:
        rows = db.execute(
            "SELECT id FROM articles WHERE id>=? AND substr(id, 1, ?)=? ORDER BY id LIMIT 3",
            (given, len(given), given),
        ).fetchall()
    found = [row[0] for row in rows]
    if given in found or (len(found) == 1 and len(given) >= _LEAST):
        return given if given in found else str(found[0])
    if found and len(given) >= _LEAST:
        raise UsageError(
            f"{given}: several articles begin with this: {', '.join(found)}; give more characters"
        )
    raise UsageError(
        f"{given}: no such article in {out}; expected an id of articles/, or at least its first {_LEAST} characters"
    )


def history(out: Path, article_id: str) -> list[Version]:
    """Return the versions of an article, oldest first, the live one last; empty for an unknown id."""
    layout = Layout(out.resolve())
    with state_errors(layout), closing(connect(layout)) as db:
        head = db.execute("SELECT number FROM head").fetchone()[0]
        live = db.execute(
            "SELECT version, written, name, document FROM articles JOIN files USING (place)"
            " WHERE id=? AND shelf='articles' AND tree='articles'",
            (article_id,),
        ).fetchone()
        rows = db.execute(
            "SELECT version, written, file, replaced - 1, about FROM history WHERE id=? AND written<>? ORDER BY written",
            (article_id, live[1] if live else -1),
        ).fetchall()
        versions = [_version(db, layout, article_id, row, live=False) for row in rows]
        if live:
            last = _version(db, layout, article_id, (*live[:3], head, ""), live=True)
            versions.append(last._replace(raw=live[3] >= 0))
    return versions


def _version(
    db: sqlite3.Connection,
    layout: Layout,
    article_id: str,
    row: tuple[str, int, str, int, str],
    *,
    live: bool,
) -> Version:
    version, written, file, snapshot, noted = row
    run_id, at = db.execute(
        "SELECT run_id, at FROM commits JOIN runs ON runs.number = commits.run WHERE commits.number=?",
        (written,),
    ).fetchone()
    path = layout.shown(snapshot, "articles", file)
    there = is_file(path)
    about = About(*json.loads(noted)) if noted else None
    if there and about is None:
        about = summaries(path, [article_id]).get(article_id)
    return Version(version, run_id, datetime.fromtimestamp(at, UTC), live, path if there else None, about)


def summaries(path: Path, ids: Iterable[str]) -> dict[str, About]:
    """Return a summary of each of these articles in a file of `articles/`."""
    wanted = pa.array(sorted(ids), pa.string())
    columns = ["title", "word_count", "removed_share", "rules_version", "cleaner_version"]
    found: dict[str, About] = {}
    with parquet(path) as file:
        for group in range(file.num_row_groups):
            rows = file.read_row_group(group, columns=["id", *columns])
            rows = rows.filter(pc.is_in(rows["id"], value_set=wanted))
            values = zip(*(rows[name].to_pylist() for name in columns), strict=True)
            found |= {id_: About(*each) for id_, each in zip(rows["id"].to_pylist(), values, strict=True)}
    return found
