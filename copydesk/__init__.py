"""Turn raw scraped news into clean articles, and explain why each line was removed.

    import copydesk

    article = copydesk.clean(html, url="https://...")   # an Article or a Reject; content never raises
    outcome = copydesk.explain(text)                     # the same with its ledger; draws itself in a notebook
    cleaner = copydesk.Cleaner(rules=["mine.toml"])      # rules and models loaded once
    table = copydesk.read("data/clean").articles         # a dataset's current snapshot, as Arrow

The names below are the public face. They are loaded on first use, so that this import takes milliseconds.
Everything under `copydesk.flows`, `copydesk.tasks` and `copydesk.schemas` may change from release to release.
"""

from importlib import import_module

TYPE_CHECKING = False  # as in typing, whose import would take most of the time

if TYPE_CHECKING:
    from typing import Any

    from copydesk.api import Cleaner, Dataset, clean, clean_many, explain, read, to_arrow
    from copydesk.schemas.article import Article
    from copydesk.schemas.errors import CopydeskError
    from copydesk.schemas.ledger import LedgerRow
    from copydesk.schemas.report import Outcome, Reject
    from copydesk.schemas.settings import Settings

__version__ = "0.1.0"

__all__ = [
    "Article",
    "Cleaner",
    "CopydeskError",
    "Dataset",
    "LedgerRow",
    "Outcome",
    "Reject",
    "Settings",
    "__version__",
    "clean",
    "clean_many",
    "explain",
    "read",
    "to_arrow",
]

_HOMES = {
    "Article": "copydesk.schemas.article",
    "Cleaner": "copydesk.api",
    "CopydeskError": "copydesk.schemas.errors",
    "Dataset": "copydesk.api",
    "LedgerRow": "copydesk.schemas.ledger",
    "Outcome": "copydesk.schemas.report",
    "Reject": "copydesk.schemas.report",
    "Settings": "copydesk.schemas.settings",
    "clean": "copydesk.api",
    "clean_many": "copydesk.api",
    "explain": "copydesk.api",
    "read": "copydesk.api",
    "to_arrow": "copydesk.api",
}


def __getattr__(name: str) -> "Any":
    """Load a name of the face on first use (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'copydesk' has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return found


def __dir__() -> list[str]:
    """List the names of the face."""
    return sorted(__all__)
