"""Describe what to read: an input file, and the role of each column of a table."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

UNUSED: Final = "-"
"""Used instead of a column name if no column should be read."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of the columns of a table (Parquet, CSV, JSON). Empty means not given, `-` means no column.

    A column that is not given is found by its usual names: see `copydesk.tasks.read.columns`. A row that has
    both an HTML cell and a text cell uses the HTML, or the text if the HTML cell is empty.
    """

    id: str = ""
    text: str = ""
    html: str = ""
    url: str = ""
    publisher: str = ""
    title: str = ""
    fetched: str = ""
    authors: str = ""
    published: str = ""
    modified: str = ""
    section: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class InputFile:
    """One file to read.

    `uri` is the input as given; for a file found in a folder, its path inside the folder is appended.
    """

    uri: str
    path: Path | None
    """None for standard input."""
    walked: bool = False
    """Found in a folder or by a glob, not named by the user. It may be anything, including a device or a
    socket."""
    member: str = ""
    """Name inside an archive; `path` is then the path of the archive."""
    depth: int = 0
    """Number of archives around the member."""

    @property
    def name(self) -> str:
        """Return the name whose suffix determines the format."""
        return self.member or (str(self.path) if self.path else "")

    @property
    def identity(self) -> str:
        """Return the key that keeps the article's id stable when the same file is read again.

        "" for standard input.
        """
        if self.path is None:
            return ""
        place = os.path.abspath(self.path)
        return f"record:{place}#{self.member}" if self.member else f"file:{place}"
