"""Arrow types by pyarrow's names, made when somebody asks for one.

`from schemas import kinds as pa` lets a record declare its columns as it would with pyarrow, whose import takes
a tenth of a second and 26 MB: cleaning one document needs the record but never the Arrow schema.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow


@dataclass(frozen=True, slots=True)
class Kind:
    """An Arrow type that is not made yet: a function of pyarrow and its arguments."""

    name: str
    arguments: tuple[Any, ...] = ()
    options: tuple[tuple[str, Any], ...] = ()

    def arrow(self) -> "pyarrow.DataType":
        """Make the Arrow type."""
        import pyarrow

        make: Callable[..., Any] = getattr(pyarrow, self.name)
        return make(*map(_made, self.arguments), **dict(self.options))


def _made(argument: Any) -> Any:
    """Make the kinds inside an argument, too."""
    if isinstance(argument, Kind):
        return argument.arrow()
    if isinstance(argument, list):
        return [(name, _made(kind)) for name, kind in argument]
    return argument


class ColumnMetadata(Mapping[str, Any]):
    """A dataclass field's metadata: `arrow`, the type, made when asked for, and `doc`, the column's meaning."""

    def __init__(self, kind: Kind, doc: str) -> None:
        self._kind, self._doc = kind, doc

    def __getitem__(self, key: str) -> Any:
        """Return the Arrow type or the meaning."""
        if key == "arrow":
            return self._kind.arrow()
        if key == "doc":
            return self._doc
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        """Name both."""
        return iter(("arrow", "doc"))

    def __len__(self) -> int:
        """Two."""
        return 2


def string() -> Kind:
    """Text."""
    return Kind("string")


def bool_() -> Kind:
    """True or false."""
    return Kind("bool_")


def int32() -> Kind:
    """A whole number below 2 thousand millions."""
    return Kind("int32")


def int64() -> Kind:
    """A whole number."""
    return Kind("int64")


def float32() -> Kind:
    """A number of seven digits."""
    return Kind("float32")


def float64() -> Kind:
    """A number of sixteen digits."""
    return Kind("float64")


def binary() -> Kind:
    """Bytes."""
    return Kind("binary")


def large_binary() -> Kind:
    """Bytes, with offsets of 64 bits."""
    return Kind("large_binary")


def timestamp(unit: str, tz: str) -> Kind:
    """An instant."""
    return Kind("timestamp", (unit,), (("tz", tz),))


def list_(of: Kind) -> Kind:
    """A list."""
    return Kind("list_", (of,))


def map_(key: Kind, value: Kind) -> Kind:
    """A map."""
    return Kind("map_", (key, value))


def struct(fields: Sequence[tuple[str, Kind]]) -> Kind:
    """A record."""
    return Kind("struct", (list(fields),))
