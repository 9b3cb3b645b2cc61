"""Remember the proposals of a snapshot, so that accepting one does not count the dataset again.

They are a file in the user's cache (`$XDG_CACHE_HOME/copydesk`, otherwise `~/.cache/copydesk`), never in the dataset.
Its name covers the snapshot, the rules, the request and this code. So it never is out of date, and it can be
deleted at any time.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Final

from copydesk.schemas.rule import RuleSet
from copydesk.tasks.discover.proposals import Discovery, Example, Proposal, discover
from copydesk.tasks.store import tree_files

_MOST: Final = 20
"""Files that are kept, the newest ones."""


def discover_once(
    snapshot: Path,
    rules: RuleSet,
    publisher: str = "",
    least: int = 5,
    progress: Callable[[str], None] = lambda _: None,
) -> Discovery:
    """Return the proposals of a snapshot as `discover` does, or as it did before for the same snapshot and rules."""
    path = _folder() / f"{_key(snapshot, rules, publisher, least)}.json"
    known = _read(path)
    if known is None:
        known = discover(snapshot, rules.rules, publisher, least, progress, rules.keeps)
        _write(path, known)
    return known


def _folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if os.path.isabs(base) else Path.home() / ".cache") / "copydesk" / "discover"


def _key(snapshot: Path, rules: RuleSet, publisher: str, least: int) -> str:
    """Return a name for everything that decides the result. Names of a snapshot's files have a hash of their content."""
    files = [path.name for tree in ("articles", "ledger") for path in tree_files(snapshot, tree)]
    code = [path.read_bytes().hex() for path in sorted(Path(__file__).parent.glob("*.py"))]
    parts = json.dumps([files, code, rules.version, publisher, least])
    return hashlib.blake2b(parts.encode(), digest_size=16).hexdigest()


def _read(path: Path) -> Discovery | None:
    with suppress(OSError, ValueError, KeyError, TypeError):
        told = json.loads(path.read_bytes())
        proposals = tuple(
            Proposal(**{**each, "examples": tuple(Example(**one) for one in each["examples"])})
            for each in told["proposals"]
        )
        return Discovery(proposals, told["documents"], told["articles"], told["unlikely"])
    return None


def _write(path: Path, found: Discovery) -> None:
    """Keep the result, if the cache can be written; only its owner may read it, because it quotes documents."""
    with suppress(OSError, RuntimeError):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(asdict(found), stream)
        Path(name).replace(path)
        newest = sorted(path.parent.glob("*.json"), key=lambda each: each.stat().st_mtime, reverse=True)
        for old in newest[_MOST:]:
            old.unlink(missing_ok=True)
