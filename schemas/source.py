"""What is to be read: an input, and which columns of a table hold what."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of the columns of a table (Parquet, CSV, JSON Lines); empty means not given.

    Where neither `text` nor `html` is named, the usual names are tried. A row with both takes the
    HTML, and the text where the HTML cell is empty.
    """

    id: str = ""
    text: str = ""
    html: str = ""
    url: str = ""
    publisher: str = ""
    title: str = ""
    fetched: str = ""


@dataclass(frozen=True, slots=True)
class InputFile:
    """One file to read. `uri` is the input as given, with the path inside a folder behind it."""

    uri: str
    path: Path | None
    """None for standard input."""
    walked: bool = False
    """Found in a folder rather than named: it may be anything, also a device or a socket."""
