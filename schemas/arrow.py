"""Declare a column once: its name, Arrow type and meaning live on the dataclass field."""

from dataclasses import field, fields
from functools import cache
from typing import TYPE_CHECKING, Any

from copydesk.schemas.kinds import ColumnMetadata, Kind, Meaning

if TYPE_CHECKING:
    import pyarrow as pa

SCHEMA_VERSION = "5"
"""Increase it when a column is added, removed, or changes its type or meaning."""


def column(kind: Kind, doc: str, example: Any = None, *, format: str = "", **default: Any) -> Any:
    """Declare a dataclass field as a dataset column of type `kind`, with what it means: see `Meaning`.

    `default` is passed to `dataclasses.field`.
    """
    return field(metadata=ColumnMetadata(kind, Meaning(doc, format, example)), **default)


@cache
def arrow_schema(record: type, name: str) -> "pa.Schema":
    """Build the Arrow schema of dataset `name` from the fields of `record`.

    The metadata of each Arrow field holds the column's meaning. The schema metadata holds `schema_version`
    and `dataset`; Parquet stores it in the file's footer.
    """
    import pyarrow as pa

    columns = [
        pa.field(f.name, f.metadata["arrow"], metadata={"description": f.metadata["meaning"].doc})
        for f in fields(record)
    ]
    return pa.schema(columns, metadata={"dataset": name, "schema_version": SCHEMA_VERSION})
