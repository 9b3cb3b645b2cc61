"""Arrow types under pyarrow's names, built only when needed.

`from schemas import kinds as pa` lets a record declare its columns as it would with pyarrow. Importing
pyarrow takes 0.1 s and 26 MB, and cleaning one document needs the record but never the Arrow schema.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow


@dataclass(frozen=True, slots=True)
class Kind:
    """An Arrow type that is not built yet: the name of a pyarrow function and its arguments."""

    name: str
    arguments: tuple[Any, ...] = ()
    options: tuple[tuple[str, Any], ...] = ()

    def arrow(self) -> "pyarrow.DataType":
        """Build the Arrow type."""
        import pyarrow

        make: Callable[..., Any] = getattr(pyarrow, self.name)
        return make(*map(_made, self.arguments), **dict(self.options))


def _made(argument: Any) -> Any:
    """Build the Arrow types inside an argument, too."""
    if isinstance(argument, Kind):
        return argument.arrow()
    if isinstance(argument, list):
        return [(name, _made(kind)) for name, kind in argument]
    return argument


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a column, or a field inside one, means to a reader."""

    doc: str
    """A sentence without its full stop."""
    format: str = ""
    """The format of the value, unless type and sentence already give it."""
    example: Any = None
    """A value as it may come; None where null is the usual one."""


class ColumnMetadata(Mapping[str, Any]):
    """Metadata of a dataclass field: the Arrow type as `arrow`, built on access, and the meaning as `meaning`."""

    def __init__(self, kind: Kind, meaning: Meaning) -> None:
        self._kind, self._meaning = kind, meaning

    def __getitem__(self, key: str) -> Any:
        """Return the Arrow type or the meaning."""
        if key == "arrow":
            return self._kind.arrow()
        if key == "meaning":
            return self._meaning
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        """Iterate over the two keys."""
        return iter(("arrow", "meaning"))

    def __len__(self) -> int:
        """Return 2, the number of keys."""
        return 2


def string() -> Kind:
    """Declare text."""
    return Kind("string")


def bool_() -> Kind:
    """Declare a truth value."""
    return Kind("bool_")


def int32() -> Kind:
    """Declare an integer of 32 bits."""
    return Kind("int32")


def int64() -> Kind:
    """Declare an integer of 64 bits."""
    return Kind("int64")


def float32() -> Kind:
    """Declare a float of 32 bits (7 significant digits)."""
    return Kind("float32")


def float64() -> Kind:
    """Declare a float of 64 bits (16 significant digits)."""
    return Kind("float64")


def binary() -> Kind:
    """Declare bytes."""
    return Kind("binary")


def large_binary() -> Kind:
    """Declare bytes with 64-bit offsets."""
    return Kind("large_binary")


def timestamp(unit: str, tz: str) -> Kind:
    """Declare an instant."""
    return Kind("timestamp", (unit,), (("tz", tz),))


def date32() -> Kind:
    """Declare a day of the calendar."""
    return Kind("date32")


def list_(of: Kind) -> Kind:
    """Declare a list."""
    return Kind("list_", (of,))


def map_(key: Kind, value: Kind) -> Kind:
    """Declare a map."""
    return Kind("map_", (key, value))


def struct(fields: Sequence[tuple[str, Kind]]) -> Kind:
    """Declare a record with named fields."""
    return Kind("struct", (list(fields),))
