"""The frame of every page: one file that loads nothing and executes no part of a document.

The policy in the page's head permits one style and one script, each by its hash (CSP level 2). So even a
mistake in escaping could run nothing: no other script, style attribute, image, form or request is permitted.
"""

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Final

from copydesk.schemas.labels import FIELDS, LABELS
from copydesk.schemas.notebook import FIELD_HUE, HUES, escaped

_MARK: Final = "<!doctype html>\n<!-- copydesk page -->\n"
"""The beginning of each page, by which a command recognises its own pages."""


def page(title: str, body: str, assets: Sequence[str], *, kind: str, served: bool = False) -> str:
    """Return a whole page.

    `body` is safe HTML, `title` is text, `assets` names the page's styles and scripts. The forms of a page that is
    `served` are sent to its own server, which learns from the browser where they come from.
    """
    style = "".join(asset(name) for name in ("page.css", *assets) if name.endswith(".css")) + _label_colours()
    script = "".join(asset(name) for name in assets if name.endswith(".js"))
    policy = "; ".join(
        (
            "default-src 'none'",
            f"style-src {_hash(style)}",
            f"script-src {_hash(script)}",
            "base-uri 'none'",
            f"form-action {_SELF if served else _NONE}",
        )
    )
    return (
        f'{_MARK}<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="referrer" content="{"same-origin" if served else "no-referrer"}">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{escaped(title)}</title><style>{style}</style></head>"
        f'<body class="{kind}">\n{body}\n<script>{script}</script></body></html>\n'
    )


_SELF, _NONE = "'self'", "'none'"


def is_page(beginning: str) -> bool:
    """Return whether a file with this beginning is a page of copydesk, which may be overwritten."""
    return beginning.startswith(_MARK)


@cache
def asset(name: str) -> str:
    """Return the text of a style or script that ships with this folder."""
    return files("copydesk.tasks.report").joinpath("assets", name).read_text(encoding="utf-8")


def tag(label: str) -> str:
    """Return the class name that gives an element the colour of a label."""
    return f"l-{label}" if label in LABELS else "l-other"


def _label_colours() -> str:
    """Return a style that gives each label its colour. A label without a colour is grey."""
    hues = HUES | dict.fromkeys(FIELDS, FIELD_HUE)
    return "".join(f".l-{label}{{--hue:{hue};--sat:1}}" for label, hue in sorted(hues.items()))


def _hash(content: str) -> str:
    digest = hashlib.sha256(content.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
