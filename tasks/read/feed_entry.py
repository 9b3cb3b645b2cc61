"""Parse one entry of a feed: RSS 0.9 to 2.0, Atom 0.3 and 1.0, JSON Feed.

Only the entry is given to the XML parser (expat), never the document type or other parts of the feed's head,
so there are no entities to expand and no files to fetch. An entry that is not well-formed is repaired for the
usual mistakes of feeds and parsed again: HTML entities and `&` as in prose, stray `<`, HTML that was not
escaped.
"""

import html
import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from xml.parsers import expat

from copydesk.schemas.document import Format
from copydesk.tasks.read.feed_links import absolute
from copydesk.tasks.read.feed_splitter import CLOSERS
from copydesk.tasks.text import unescaped

Key = tuple[str, str]

_NAMES: Final = {
    "http://www.w3.org/2005/atom": "atom",
    "http://purl.org/atom/ns#": "atom",
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://www.w3.org/1999/xhtml": "xhtml",
    "http://purl.org/rss/1.0/": "",
    "http://my.netscape.com/rdf/simple/0.9/": "",
    "http://backend.userland.com/rss2": "",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner",
}
"""Namespace, in lower case -> the prefix used here; other namespaces keep their own prefix."""
_CONTENT: Final[tuple[Key, ...]] = (
    ("content", "encoded"),
    ("atom", "content"),
    ("xhtml", "body"),
    ("", "encoded"),
    ("", "content"),
    ("", "body"),
    ("", "description"),
    ("atom", "summary"),
    ("", "summary"),
    ("dc", "description"),
)
_PUBLISHED: Final[tuple[Key, ...]] = (
    ("", "pubDate"),
    ("atom", "published"),
    ("atom", "issued"),
    ("dc", "date"),
    ("dcterms", "created"),
    ("atom", "created"),
    ("", "published"),
    ("", "issued"),
    ("", "date"),
)
_MODIFIED: Final[tuple[Key, ...]] = (
    ("atom", "updated"),
    ("dcterms", "modified"),
    ("atom", "modified"),
    ("", "updated"),
)
_AUTHORS: Final[tuple[Key, ...]] = (("dc", "creator"), ("atom", "author"), ("", "author"))
_IDS: Final[tuple[Key, ...]] = (("", "guid"), ("atom", "id"), ("rdf", "about"), ("", "id"))
_XMLNS: Final = re.compile(r"""\bxmlns(?::([\w.-]{1,40}))?\s*=\s*["']([^"']{0,300})["']""")
_VOID: Final = (
    "area",
    "base",
    "br",
    "col",
    "embed",
    "hr",
    "img",
    "input",
    "link",
    "meta",
    "source",
    "track",
    "wbr",
)
_MARKUP: Final = re.compile(r"<[A-Za-z!/]|&(?:#\d|#x[\da-fA-F]|[A-Za-z]\w{1,30};)")
_TOLD: Final = ("text", "text/plain")
_CDATA: Final = re.compile(r"<!\[CDATA\[|\]\]>")
"""Marks of a CDATA section that was escaped and is therefore text."""
_TAG: Final = re.compile(r"</?[A-Za-z][^<>]{0,1000}>")
_NAME: Final = re.compile(r"<name>([^<]{0,1000})</name>")
_OPENERS: Final = re.compile("|".join(map(re.escape, CLOSERS)))
_REFERENCE: Final = re.compile(r"&(?:([A-Za-z]\w{0,30}|#\d{1,7}|#[xX][\da-fA-F]{1,6});)?")
_LONE: Final = re.compile(r"<(?![A-Za-z_/!?])")
_RAW: Final = ("description", "content:encoded", "content", "summary")
_LONGEST: Final = 4000
"""Maximum number of characters of a title or name that are read."""
_EMAIL: Final = re.compile(r"\s*[^\s()<>@]+@[^\s()<>]+\s*(?:\(([^()]*)\)\s*)?")


class Said(NamedTuple):
    """What an entry states about itself, as found."""

    id: str
    url: str
    title: str
    author: str
    published: str
    modified: str
    content: str
    format: Format


class _Value(NamedTuple):
    text: str
    is_markup: bool
    """True if it was written as elements, not as text."""
    attributes: Mapping[str, str]


def namespaces(head: str) -> dict[str, str]:
    """Return the prefixes of a feed, each with the prefix used here.

    >>> namespaces('<feed xmlns="http://www.w3.org/2005/Atom" xmlns:c="http://purl.org/rss/1.0/modules/content/">')
    {'': 'atom', 'c': 'content'}
    """
    found = {prefix: _known(uri, prefix) for prefix, uri in _XMLNS.findall(head)}
    return {"": ""} | found


def _known(uri: str, prefix: str) -> str:
    """Return the prefix used here for a namespace, even if its address is not spelled exactly."""
    uri = uri.strip().lower().replace("https://", "http://", 1)
    return _NAMES.get(uri) or _NAMES.get(uri.rstrip("/#")) or _NAMES.get(uri.rstrip("/#") + "/", prefix)


def parse_entry(source: str, known: Mapping[str, str], base: str = "") -> Said:
    """Read an entry; `base` resolves its relative links.

    Raises expat.ExpatError if no repair makes the entry well-formed.
    """
    values = _values(source, known)
    first = {key: found[0].text.strip() for key, found in values.items()}
    content, format = _content(values)
    return Said(
        id=_id(first),
        url=_url(values, first, base),
        title=_plain(
            first.get(("", "title")) or first.get(("atom", "title")) or first.get(("dc", "title")) or ""
        ),
        author=", ".join(_names(values)),
        published=_first(first, _PUBLISHED),
        modified=_first(first, _MODIFIED),
        content=content,
        format=format,
    )


def said_of_json(item: Mapping[str, Any], base: str = "") -> Said:
    """Read an item of a JSON Feed; `base` resolves its relative links. Any value may have any type."""
    names = [_text(author, "name") for author in _listed(item.get("authors") or item.get("author"))]
    markup = _text(item, "content_html")
    return Said(
        id=_text(item, "id"),
        url=absolute(address, [base])
        if (address := _text(item, "url") or _text(item, "external_url"))
        else "",
        title=_plain(_text(item, "title")),
        author=", ".join(_plain(name) for name in names if name),
        published=_text(item, "date_published"),
        modified=_text(item, "date_modified"),
        content=markup or _text(item, "content_text") or _text(item, "summary"),
        format="html" if markup else "text",
    )


def _text(item: object, name: str) -> str:
    value = item.get(name) if isinstance(item, dict) else None
    return value.strip() if isinstance(value, str) else str(value) if type(value) is int else ""


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _values(source: str, known: Mapping[str, str]) -> dict[Key, list[_Value]]:
    failure: expat.ExpatError | None = None
    for mend in (lambda text: text, _mended, _wrapped):
        try:
            return _Parser(known).parse(mend(source))
        except expat.ExpatError as error:
            failure = failure or error
    assert failure is not None
    raise failure


class _Parser:
    """Collect the children of an entry. A child's content becomes text, with its mark-up if it has any."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self._known = dict(known)
        self._values: dict[Key, list[_Value]] = {}
        self._depth = 0
        self._key: Key = ("", "")
        self._attributes: dict[str, str] = {}
        self._parts: list[tuple[bool, str]] = []

    def parse(self, source: str) -> dict[Key, list[_Value]]:
        parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.Parse(source.encode("utf-8", "replace"), True)
        return self._values

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > 2:
            shown = (f' {key}="{html.escape(value)}"' for key, value in attributes.items() if ":" not in key)
            self._parts.append((True, f"<{_local(name)}{''.join(shown)}>"))
            return
        self._learn(attributes)
        if self._depth == 1:
            self._put(("rdf", "about"), attributes.get("rdf:about", ""), False)
            self._put(("xml", "base"), attributes.get("xml:base", ""), False)
        else:
            self._key, self._attributes, self._parts = self._known_as(name), attributes, []

    def _end(self, name: str) -> None:
        self._depth -= 1
        if self._depth > 1 and _local(name) not in _VOID:
            self._parts.append((True, f"</{_local(name)}>"))
        elif self._depth == 1:
            markup = any(is_tag for is_tag, _ in self._parts)
            shown = (
                html.escape(part, quote=False) if markup and not is_tag else part
                for is_tag, part in self._parts
            )
            self._put(self._key, "".join(shown), markup)

    def _text(self, text: str) -> None:
        if self._depth > 1:
            self._parts.append((False, text))

    def _put(self, key: Key, text: str, is_markup: bool) -> None:
        self._values.setdefault(key, []).append(_Value(text, is_markup, self._attributes))

    def _learn(self, attributes: Mapping[str, str]) -> None:
        for key, uri in attributes.items():
            if key == "xmlns" or key.startswith("xmlns:"):
                prefix = key[6:]
                self._known[prefix] = _known(uri, prefix)

    def _known_as(self, name: str) -> Key:
        prefix, _, local = name.rpartition(":")
        return self._known.get(prefix, prefix), local


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _content(values: Mapping[Key, list[_Value]]) -> tuple[str, Format]:
    """Return the first text of an entry, full texts before summaries; "" if it has none."""
    for key in _CONTENT:
        for value in values.get(key, ()):
            kind = value.attributes.get("type", "").lower()
            text = _unpacked(value.text)
            if text.strip() and not value.attributes.get("src") and _is_text(kind):
                told = kind in _TOLD and key[0] == "atom"
                is_html = value.is_markup or "html" in kind or (not told and _MARKUP.search(text))
                return text, "html" if is_html else "text"
    return "", "text"


def _is_text(kind: str) -> bool:
    """Return whether a type is textual. A value that is not a media type (`CDATA`, `escaped`) is no evidence."""
    return "/" not in kind or kind.startswith("text/") or "html" in kind


def _unpacked(text: str) -> str:
    """Remove the marks of a CDATA section and one level of escaping too many.

    >>> _unpacked("<![CDATA[<p>One.</p>]]>"), _unpacked("&amp;lt;p&amp;gt;One.&amp;lt;/p&amp;gt;"), _unpacked("a &lt; b")
    ('<p>One.</p>', '<p>One.</p>', 'a &lt; b')
    """
    if "<![CDATA[" in text:
        text = _CDATA.sub("", text)
    return unescaped(text) or unescaped(html.unescape(text)) or text


def _id(first: Mapping[Key, str]) -> str:
    return next((first[key] for key in _IDS if first.get(key)), "")


def _url(values: Mapping[Key, list[_Value]], first: Mapping[Key, str], base: str) -> str:
    """Return the address of the page: not of a comment, a sound or the feed, and not of a click counter."""
    if direct := first.get(("feedburner", "origLink")):
        return direct
    bases = [base, first.get(("xml", "base"), "")]
    links: list[_Value] = [*values.get(("", "link"), ()), *values.get(("atom", "link"), ())]
    for link in links:
        address = link.attributes.get("href", "").strip() or link.text.strip()
        if address and link.attributes.get("rel", "alternate") == "alternate":
            return absolute(address, [*bases, link.attributes.get("xml:base", "")])
    guid = values.get(("", "guid"), [_Value("", False, {})])[0]
    permanent = guid.attributes.get("isPermaLink", "")
    given = guid.text.strip() if permanent != "false" else ""
    if given and permanent == "true":
        given = absolute(given, bases)
    about = first.get(("rdf", "about"), "")
    return next((url for url in (given, about) if url.startswith(("http://", "https://"))), "")


def _names(values: Mapping[Key, list[_Value]]) -> list[str]:
    """Return the authors' names. RSS gives `desk@example.org (Ann Poe)`; Atom has an element for the name."""
    for key in _AUTHORS:
        found = [_name(value) for value in values.get(key, ())]
        if any(found):
            return [name for name in dict.fromkeys(found) if name]
    return []


def _name(value: _Value) -> str:
    named = _NAME.search(value.text)
    text = _plain(named[1] if named else "" if value.is_markup else value.text)
    if mail := _EMAIL.fullmatch(text):
        return str(mail[1] or "").strip()
    return text


def _first(first: Mapping[Key, str], keys: tuple[Key, ...]) -> str:
    return next((first[key] for key in keys if first.get(key)), "")


def _plain(text: str) -> str:
    """Return a title or name in one line, without mark-up. Many feeds escape it twice.

    >>> _plain("Ham &amp;amp; <b>eggs</b>")
    'Ham & eggs'
    """
    return " ".join(html.unescape(html.unescape(_TAG.sub("", _CDATA.sub("", text[:_LONGEST])))).split())


def _mended(source: str) -> str:
    """Escape unescaped characters everywhere except in CDATA.

    >>> _mended("<title>Q&A&ouml;1 < 2 <![CDATA[ a & b ]]></title>")
    '<title>Q&amp;Aö1 &lt; 2 <![CDATA[ a & b ]]></title>'
    """
    parts = _apart(source)
    parts[::2] = [_LONE.sub("&lt;", _REFERENCE.sub(_resolved, part)) for part in parts[::2]]
    return "".join(parts)


def _apart(source: str) -> list[str]:
    """Split the source into parts that are parsed and parts that are not (CDATA, comments), alternately."""
    parts, at = [], 0
    while found := _OPENERS.search(source, at):
        end = source.find(CLOSERS[found[0]], found.end())
        if end < 0:
            break
        parts += [source[at : found.start()], source[found.start() : end + 3]]
        at = end + 3
    return [*parts, source[at:]]


def _resolved(reference: "re.Match[str]") -> str:
    name = reference[1]
    if not name:
        return "&amp;"
    if name in ("amp", "lt", "gt", "quot", "apos"):
        return reference[0]
    found = html.unescape(reference[0])
    if found == reference[0]:
        return f"&amp;{name};"
    return html.escape("".join(c for c in found if c.isprintable() or c.isspace()), quote=False)


def _wrapped(source: str) -> str:
    """Wrap the texts of an entry in CDATA: unescaped HTML is usually not well-formed."""
    for name in _RAW:
        opened = re.search(rf"<{name}(?:\s[^<>]{{0,1000}})?(?<!/)>", source)
        end = source.rfind(f"</{name}")
        if opened and end > opened.end():
            inner = source[opened.end() : end]
            if not inner.lstrip().startswith("<![CDATA["):
                inner = inner.replace("]]>", "]]]]><![CDATA[>")
                source = f"{source[: opened.end()]}<![CDATA[{inner}]]>{source[end:]}"
    return _mended(source)
