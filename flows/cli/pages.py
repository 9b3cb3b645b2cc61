"""Write a page where a browser finds it: a file, put in place as a whole, or standard output."""

import sys
from pathlib import Path

from copydesk.flows.output_files import write_file
from copydesk.schemas.errors import UsageError
from copydesk.tasks.report import is_page

STDOUT = "-"
_HEAD = 200


def write_page(html: str, target: str, *, overwrite: bool = True) -> None:
    """Write a page to the file `target`; an empty name or `-` is standard output, which must not be a terminal.

    Without `overwrite` only an earlier page of copydesk is replaced. Raises UsageError and CannotWriteError.
    """
    if target in ("", STDOUT):
        if not target and sys.stdout.isatty():
            raise UsageError(
                "a page is for a browser, not for a terminal: name a file with -o, or send it to one"
            )
        sys.stdout.buffer.write(html.encode("utf-8", "backslashreplace"))
        sys.stdout.buffer.flush()
        return
    path = Path(target)
    if not overwrite and path.exists() and not _is_ours(path):
        raise UsageError(f"{path}: is there already, and is no page of copydesk; name another file with -o")
    write_file(path, html.encode("utf-8", "backslashreplace"))


def _is_ours(path: Path) -> bool:
    try:
        with path.open(encoding="utf-8", errors="replace") as stream:
            return is_page(stream.read(_HEAD))
    except OSError:
        return False
