"""Terminal output: scraped text made harmless, consoles, and errors on one line.

Scraped text can hold escape sequences that retitle a window, hide a line or send input as if the user had
typed it, and bidirectional controls that show a line in another order than it is read. Rich passes escape
sequences through and reads `[brackets]` as mark-up, so scraped text is escaped here and reaches rich only as
`Text`, never as a string.
"""

import re
import sys
import traceback
from typing import TYPE_CHECKING

from copydesk.flows.secrets import hide
from copydesk.schemas.escapes import UNSAFE, escape

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_UNSAFE = re.compile(f"[{UNSAFE}]")
_UNSAFE_IN_LINE = re.compile(f"[{UNSAFE}\t\n]")


def escape_scraped(text: str, *, one_line: bool = False) -> str:
    r"""Show every character that acts on a terminal as its escape; leave all others alone.

    Newlines and tabs stay, unless `one_line`. Joiners and soft hyphens stay: they shape words in Persian,
    Hindi and German, and are harmless. Not reversible, because backslashes are left alone.

    >>> escape_scraped("\x1b]0;owned\x07 [bold]Title[/bold]")
    '\\x1b]0;owned\\x07 [bold]Title[/bold]'
    >>> escape_scraped("abc\u202edef")
    'abc\\u202edef'
    >>> escape_scraped("two\nlines", one_line=True)
    'two\\nlines'
    """
    return (_UNSAFE_IN_LINE if one_line else _UNSAFE).sub(escape, text)


def scraped(text: str, style: str = "", *, one_line: bool = False) -> "Text":
    """Wrap scraped text for rich: escaped, and never read as mark-up."""
    from rich.text import Text

    return Text(escape_scraped(text, one_line=one_line), style=style)


def console(*, stderr: bool = False) -> "Console":
    """Make a console that takes strings literally: no mark-up, emoji codes or highlighting."""
    from rich.console import Console

    return Console(stderr=stderr, markup=False, emoji=False, highlight=False)


def write_line(text: str) -> None:
    """Print scraped text as a line of standard output: escaped on a terminal, exact in a pipe or file."""
    print(escape_scraped(text) if sys.stdout.isatty() else text)


def print_trace(error: BaseException) -> None:
    """Print the traceback of an error on standard error, with secrets hidden and scraped text made harmless."""
    print(escape_scraped(hide("".join(traceback.format_exception(error)))), end="", file=sys.stderr)


def fail(message: str) -> None:
    """Print an error as one line on standard error. File names and cells in it are scraped, too."""
    print("copydesk: " + escape_scraped(hide(" ".join(message.split("\n")))), file=sys.stderr)


def tolerate_narrow_charsets() -> None:
    """Let output that can't be encoded in the terminal's charset appear as escapes, not as a crash."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)  # absent if a test captures the stream
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
