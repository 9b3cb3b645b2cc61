"""Every path on the command line, of whatever command, is a path and not an address: checked in one place."""

from collections.abc import Iterator
from typing import Any, Final

from copydesk.flows.addresses import refuse_address

PATHS: Final = frozenset({"DIR", "FILE", "INPUT", "PACK"})
"""Metavars of arguments and options that take paths."""


def only_paths(command: Any) -> Any:
    """Have a command and all its sub-commands refuse addresses in place of paths; returns the command.

    What takes a path is known by its metavar, so that no new command can forget to check.
    """
    for each in _all(command):
        for parameter in each.params:
            if takes_path(parameter):
                parameter.callback = _check
    return command


def takes_path(parameter: Any) -> bool:
    """Whether an argument or option takes paths.

    A rule pack that ships is named, not given as a path; its metavar is PACK, too, and a name passes.
    """
    return (parameter.metavar or "").strip("[].") in PATHS


def _all(command: Any) -> Iterator[Any]:
    yield command
    for child in getattr(command, "commands", {}).values():
        yield from _all(child)


def _check(context: Any, parameter: Any, value: Any) -> Any:
    for given in [value] if isinstance(value, str) else value or ():
        refuse_address(given, parameter.opts[0] if parameter.opts[0].startswith("-") else "")
    return value
