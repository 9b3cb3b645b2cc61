"""The tables of the state, as the steps that created them.

They upgrade a state of any age to the current version.
"""

from typing import Final

STEPS: Final = (
    """
CREATE TABLE head (one INTEGER PRIMARY KEY CHECK (one = 1),
    number INTEGER NOT NULL,    -- the last commit, and its snapshot
    base INTEGER NOT NULL,      -- the commit at which this round began: its snapshot holds the base rows
    pipeline TEXT NOT NULL,     -- of this round
    clean INTEGER NOT NULL      -- 1 when the last run closed the state in order
    );
CREATE TABLE commits (number INTEGER PRIMARY KEY, run INTEGER NOT NULL, at REAL NOT NULL);
CREATE TABLE files (shelf TEXT NOT NULL, tree TEXT NOT NULL, place INTEGER NOT NULL, name TEXT NOT NULL,
    rows INTEGER NOT NULL, size INTEGER NOT NULL, sha256 TEXT NOT NULL, added INTEGER NOT NULL, state TEXT NOT NULL,
    PRIMARY KEY (shelf, tree, place)) WITHOUT ROWID;
CREATE TABLE pipelines (number INTEGER PRIMARY KEY, pipeline TEXT NOT NULL UNIQUE);
CREATE TABLE articles (id TEXT PRIMARY KEY, place INTEGER NOT NULL, version TEXT NOT NULL, fetched INTEGER NOT NULL,
    content BLOB NOT NULL, ledger BLOB NOT NULL, pipeline INTEGER NOT NULL, written INTEGER NOT NULL,
    source INTEGER NOT NULL, seen INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE round (id TEXT PRIMARY KEY, fetched INTEGER NOT NULL, version TEXT NOT NULL, row BLOB NOT NULL,
    run INTEGER NOT NULL, is_written INTEGER NOT NULL, base TEXT) WITHOUT ROWID;
CREATE TABLE rejected (id TEXT PRIMARY KEY, place INTEGER NOT NULL, ledger BLOB NOT NULL, fresh INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE history (id TEXT NOT NULL, written INTEGER NOT NULL, version TEXT NOT NULL, replaced INTEGER NOT NULL,
    file TEXT NOT NULL, PRIMARY KEY (id, written)) WITHOUT ROWID;
CREATE TABLE inputs (number INTEGER PRIMARY KEY, uri TEXT NOT NULL UNIQUE, size INTEGER, mtime_ns INTEGER, pipeline INTEGER,
    documents INTEGER, rejected INTEGER, run INTEGER, absent INTEGER NOT NULL DEFAULT 0);
CREATE TABLE rejects (content_hash TEXT PRIMARY KEY, size INTEGER NOT NULL, commit_number INTEGER NOT NULL);
CREATE TABLE runs (number INTEGER PRIMARY KEY, run_id TEXT NOT NULL UNIQUE, started REAL NOT NULL, pipeline TEXT NOT NULL,
    inputs TEXT NOT NULL, books TEXT, finished REAL);
INSERT INTO head VALUES (1, 0, 0, '', 1)
""",
    """
-- The place of the file that holds an article's raw document.
ALTER TABLE articles ADD COLUMN document INTEGER NOT NULL DEFAULT -1;
-- What can be told of a version when the file it stood in has expired, as JSON.
ALTER TABLE history ADD COLUMN about TEXT NOT NULL DEFAULT '';
-- Where rejects came from whose raw bytes are kept, as JSON.
CREATE TABLE origins (content_hash TEXT NOT NULL, source TEXT NOT NULL, record TEXT NOT NULL, origin TEXT NOT NULL,
    PRIMARY KEY (content_hash, source, record)) WITHOUT ROWID
""",
    """
-- How far an input was read: `place` as JSON, with what it looked like then; `since`: the run that began it.
CREATE TABLE places (input INTEGER PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, pipeline INTEGER NOT NULL,
    place TEXT NOT NULL, rejected INTEGER NOT NULL, since INTEGER NOT NULL)
""",
    """
-- Near duplicates (tasks/dedup/index.py). How the signatures were made; empty when some may be missing.
CREATE TABLE near_scheme (one INTEGER PRIMARY KEY CHECK (one = 1), scheme TEXT NOT NULL);
INSERT INTO near_scheme VALUES (1, '');
CREATE TABLE near (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, rank INTEGER NOT NULL, signature BLOB NOT NULL,
    original INTEGER,           -- number of the article that it repeats
    shown TEXT,                 -- what its row says: id of the original, empty for none, null for nothing
    pending INTEGER NOT NULL DEFAULT 1  -- 1 when that may not be what is so
    );
CREATE INDEX near_copies ON near (original) WHERE original IS NOT NULL;
CREATE INDEX near_pending ON near (number) WHERE pending;
CREATE TABLE near_runs (run INTEGER PRIMARY KEY, kind INTEGER NOT NULL, entries INTEGER NOT NULL);
CREATE TABLE near_bands (place INTEGER PRIMARY KEY, keys BLOB NOT NULL, numbers BLOB NOT NULL)
""",
    """
-- Which articles an input no longer yields is asked whenever one was read to its end.
CREATE INDEX articles_source ON articles (source, seen)
""",
    """
-- A sum over the rows of each table, by which `copydesk verify` finds what changed by itself (tasks/store/state_checksums.py).
CREATE TABLE sums (name TEXT PRIMARY KEY, sum INTEGER NOT NULL) WITHOUT ROWID
""",
    """
-- How the dataset is made, as JSON: columns.NAME, settings.NAME, rules.NUMBER (tasks/store/configuration.py).
CREATE TABLE remembered (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID
""",
    """
-- What tells whether an input is still the same: null in those of before it was noted (tasks/store/inputs.py).
ALTER TABLE inputs ADD COLUMN ctime_ns INTEGER;
ALTER TABLE inputs ADD COLUMN content TEXT NOT NULL DEFAULT '';
ALTER TABLE places ADD COLUMN ctime_ns INTEGER
""",
)
"""Step n upgrades a state of version n to version n + 1. Steps are added at the end and never changed."""

STATE_VERSION: Final = len(STEPS)
"""An older copydesk refuses a state of a newer version."""
