"""Shared behaviour of records: conversion to a dict of plain values, and drawing in a notebook."""

from dataclasses import fields
from typing import Any, cast


class Record:
    """A dataclass whose fields are the columns of a table."""

    __slots__ = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the fields by name, as in a row of the dataset. Lists and dicts are copies."""
        return {f.name: plain(getattr(self, f.name)) for f in fields(cast("Any", self))}

    def _repr_html_(self) -> str:
        """Draw the record for a notebook. Scraped text is escaped, so that it can't become mark-up."""
        from copydesk.schemas.notebook import draw

        return draw(self)


def plain(value: Any) -> Any:
    """Copy lists, tuples, dicts, records and their parts into lists and dicts; return any other value unchanged."""
    if isinstance(value, Record):
        return value.to_dict()
    if hasattr(value, "_asdict"):
        return value._asdict()
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    return value
