"""Keep preformatted text whose lines belong together: code, timetables, verse.

Prose in `<pre>` is cut into lines.
"""

import re
import textwrap
from typing import Final

import turbohtml

from copydesk.tasks.text import ends_sentence

_INLINE: Final = frozenset(
    [
        "a",
        "b",
        "bdi",
        "bdo",
        "big",
        "br",
        "code",
        "del",
        "div",
        "em",
        "font",
        "i",
        "ins",
        "kbd",
        "li",
        "mark",
        "ol",
        "p",
        "s",
        "samp",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "tt",
        "u",
        "var",
        "wbr",
    ]
)
_LINES: Final = frozenset({"div", "li", "p"})
"""Elements that highlighters use for lines."""
_CODE: Final = frozenset({"code", "samp", "kbd"})
_CODE_CLASS: Final = re.compile(
    r"(?i)\b(?:code|highlight|hljs|prettyprint|prism|syntax|brush|sourcecode|shiki|chroma|codehilite|lang(?:uage)?-)"
)
_PROSE_LINE, _PROSE_SHARE = 50, 0.5
"""A line with at least this many characters and five words is prose. Code and tables have few such lines."""
_WORDS: Final = re.compile(r"[^\W\d_]{2,}")


def verbatim(pre: turbohtml.Element) -> str:
    """Return the text of a `<pre>` with its line breaks and indentation; empty if its lines are prose.

    Prose in `<pre>` may be a whole page with its menu, which must be decided line by line.
    """
    pieces: list[str] = []
    code = bool(_CODE_CLASS.search(pre.attr("class") or ""))
    for node in pre.descendants:
        if isinstance(node, turbohtml.Text):
            pieces.append(node.data)
        elif isinstance(node, turbohtml.Element):
            tag = node.tag
            if tag not in _INLINE:
                return ""
            code = code or tag in _CODE
            if tag == "br" or (tag in _LINES and pieces and not pieces[-1].endswith("\n")):
                pieces.append("\n")
    lines = "".join(pieces).replace("\r", "").expandtabs(4).split("\n")
    if not code and _is_prose(lines):
        return ""
    return textwrap.dedent("\n".join([line.rstrip() for line in lines])).strip("\n").rstrip()


def _is_prose(lines: list[str]) -> bool:
    """Return whether half of the text is in long lines of words or in lines that are sentences."""
    filled = [line.strip() for line in lines if line.strip()]
    prose = sum(
        len(line)
        for line in filled
        if (len(line) >= _PROSE_LINE or ends_sentence(line)) and len(_WORDS.findall(line)) >= 5
    )
    return prose > _PROSE_SHARE * sum(map(len, filled))
