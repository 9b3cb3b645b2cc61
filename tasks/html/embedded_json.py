"""Read JSON that pages carry in scripts: leniently, without recursion, within bounds."""

import json
import re
from collections.abc import Iterator

import orjson

Node = dict[str, object]
_WRAPPERS = re.compile(
    r"^\s*(?:<!--|//\s*<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/|<!\[CDATA\[)|(?:-->|//\s*\]\]>|/\*\s*\]\]>\s*\*/|\]\]>)\s*$"
)
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")
_MOST_NODES = 200_000
_DECODER = json.JSONDecoder(strict=False)


def load(text: str) -> object:
    """Read JSON as pages write it. Returns None if there is no JSON even under lenient reading.

    It accepts besides the standard: raw line ends in strings, comment and CDATA wrappers, a trailing
    semicolon, trailing commas, and anything after the end of the value (such as one closing brace too many).
    Values are never guessed.

    >>> load('<!-- {"a": [1, 2,],};  -->')
    {'a': [1, 2]}
    """
    try:
        value: object = orjson.loads(text)
        return value
    except orjson.JSONDecodeError:
        pass
    text = _WRAPPERS.sub("", text.strip()).strip().rstrip(";")
    for attempt in (text, _TRAILING_COMMA.sub(r"\1", text)):
        try:
            loaded: object = _DECODER.raw_decode(attempt)[0]
        except (ValueError, RecursionError):
            continue
        return loaded
    return None


def objects(value: object) -> Iterator[Node]:
    """Yield all objects of a JSON value in document order, with a stack and not by recursion."""
    stack = [value]
    for _ in range(_MOST_NODES):
        if not stack:
            return
        here = stack.pop()
        if isinstance(here, dict):
            yield here
            stack.extend(v for v in reversed(list(here.values())) if isinstance(v, dict | list))
        elif isinstance(here, list):
            stack.extend(v for v in reversed(here) if isinstance(v, dict | list))


def strings(value: object) -> list[str]:
    """Return the non-empty strings of a JSON value: `"a"`, `["a", "b"]`, `{"@value": "a"}`."""
    if isinstance(value, str):
        return [value] if value.strip() else []
    if isinstance(value, dict):
        return strings(value["@value"]) if isinstance(value.get("@value"), str) else []
    if isinstance(value, list):
        return [s for item in value[:50] if not isinstance(item, list) for s in strings(item)]
    return [str(value)] if isinstance(value, int | float) and not isinstance(value, bool) else []
