"""What is to be read: an input, and which columns of a table hold what."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

UNUSED: Final = "-"
"""Stands in the place of a column's name where no column is to be read."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of the columns of a table (Parquet, CSV, JSON); empty means not given, `-` means none.

    A column that is not given is found by its usual names: see `copydesk.tasks.read.columns`. A row with a cell of
    HTML and one of text takes the HTML, and the text where the HTML cell is empty.
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
    """One file to read. `uri` is the input as given, with the path inside a folder behind it."""

    uri: str
    path: Path | None
    """None for standard input."""
    walked: bool = False
    """Found in a folder or by a glob rather than named: it may be anything, also a device or a socket."""
    member: str = ""
    """Name inside an archive, whose path `path` is then."""
    depth: int = 0
    """Archives around the member."""

    @property
    def name(self) -> str:
        """The name whose suffix says what is inside."""
        return self.member or (str(self.path) if self.path else "")

    @property
    def identity(self) -> str:
        """What makes the article of a whole file the same when it comes again; empty for standard input."""
        if self.path is None:
            return ""
        place = os.path.abspath(self.path)
        return f"record:{place}#{self.member}" if self.member else f"file:{place}"
