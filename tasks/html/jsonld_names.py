"""Read the names of persons and organisations in JSON-LD, at any depth of nesting."""

from collections.abc import Mapping
from typing import Final

from copydesk.tasks.html.embedded_json import Node, strings

_DEEP: Final = 6
"""Most levels of lists and objects followed within a name."""
_MOST: Final = 50
"""Most names read from one list."""
_ORGANISATIONS: Final = frozenset({"Organization", "NewsMediaOrganization"})


def names_of(value: object, by_id: Mapping[str, Node]) -> list[str]:
    """Return the names of persons, or of organisations if no person is named.

    A name may be a string, a list, an object whose `name` is again any of these, a given and a family name,
    or only the `@id` of another object of the page. A value without a name gives none. No shape is an error.

    >>> names_of({"@type": "Person", "name": {"name": ["Ann Poe", "Jo Roe"]}}, {})
    ['Ann Poe', 'Jo Roe']
    >>> names_of([{"@type": "Organization", "name": "Harbour"}, {"givenName": "Ann", "familyName": "Poe"}], {})
    ['Ann Poe']
    >>> names_of([None, True, {"url": "https://h.example/a"}], {})
    []
    """
    people: list[str] = []
    others: list[str] = []
    _collect(value, by_id, people, others, _DEEP)
    return list(dict.fromkeys(people or others))


def _collect(
    value: object, by_id: Mapping[str, Node], people: list[str], others: list[str], deep: int
) -> None:
    if isinstance(value, list):
        for item in value[:_MOST] if deep else ():
            _collect(item, by_id, people, others, deep - 1)
    elif isinstance(value, dict):
        node = value if value.get("name") else by_id.get(str(value.get("@id")), value)
        if node is not value:
            by_id = {}  # only one step from object to object, because objects may point at each other
        into = others if types_of(node) & _ORGANISATIONS else people
        if (name := node.get("name")) and deep:
            _collect(name, by_id, into, into, deep - 1)
        elif full := " ".join([*strings(node.get("givenName"))[:1], *strings(node.get("familyName"))[:1]]):
            into.append(full)
        else:
            into += strings(node)
    else:
        people += strings(value)


def types_of(node: Node) -> set[str]:
    """Return the types of an object, without the address of their vocabulary."""
    return {t.rpartition("/")[2].removeprefix("schema:") for t in strings(node.get("@type"))}
