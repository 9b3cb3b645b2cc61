"""Check in one place that every path on the command line is a path and not an address."""

from collections.abc import Iterator
from typing import Any, Final

from copydesk.flows.addresses import refuse_address

PATHS: Final = frozenset({"DIR", "FILE", "INPUT", "PACK"})
"""Metavars of arguments and options that take paths."""


def only_paths(command: Any) -> Any:
    """Make a command and all its sub-commands refuse addresses in place of paths; return the command.

    The metavar shows which parameters take a path, so that no new command can forget the check.
    """
    for each in _all(command):
        for parameter in each.params:
            if takes_path(parameter):
                parameter.callback = _check
    return command


def takes_path(parameter: Any) -> bool:
    """Return whether an argument or option takes paths.

    A shipped rule pack is given by name, not by path. Its metavar is PACK, too, and names pass the check.
    """
    return (parameter.metavar or "").strip("[].") in PATHS


def _all(command: Any) -> Iterator[Any]:
    yield command
    for child in getattr(command, "commands", {}).values():
        yield from _all(child)


def _check(_context: Any, parameter: Any, value: Any) -> Any:
    for given in [value] if isinstance(value, str) else value or ():
        refuse_address(given, parameter.opts[0] if parameter.opts[0].startswith("-") else "")
    return value
