"""Make names of files from scraped text: readable, safe on any file system, unique."""

import re
import unicodedata
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Final

_LONGEST: Final = 100
"""Most bytes of a part of a name. File systems take 255, and a suffix follows."""
_RESERVED: Final = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)
"""Names that Windows reserves for devices."""


def slug(text: str) -> str:
    """Make a part of a file name from any text: letters and digits of any script, dashes, dots; never empty.

    >>> slug("Crane that nobody ordered arrives!"), slug("../../etc/passwd"), slug("")
    ('Crane-that-nobody-ordered-arrives', 'etc-passwd', 'untitled')
    """
    plain = unicodedata.normalize("NFC", text)
    joined = "-".join(re.findall(r"[\w.]+", plain, re.UNICODE))
    cut = joined.encode("utf-8", "ignore")[:_LONGEST].decode("utf-8", "ignore")
    name = re.sub(r"-{2,}|\.{2,}", "-", cut).strip("-.")
    if not name or _RESERVED.match(name):
        name = f"untitled-{name}".strip("-")
    return name


class Names:
    """Unique names. Names that differ only in case are equal, as on macOS and Windows."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def free(self, parts: Sequence[str], suffix: str, ending: str = "") -> PurePosixPath:
        """Return the path of a file below some folders.

        `ending` is never cut, and a taken name gets a number.
        """
        folder = PurePosixPath(*map(slug, parts[:-1]))
        stem = slug(parts[-1]) + (f"-{slug(ending)}" if ending else "")
        number, path = 2, folder / f"{stem}.{suffix}"
        while str(path).casefold() in self._taken:
            path = folder / f"{stem}-{number}.{suffix}"
            number += 1
        self._taken.add(str(path).casefold())
        return path
