"""Patterns that are compiled at their first use, for those that take milliseconds and that few texts need."""

import re
from collections.abc import Callable
from typing import Any, cast


class LazyPattern:
    """A pattern that stands in for its `re.Pattern` until it is used. Made by `lazy_pattern`."""

    def __init__(self, source: str | Callable[[], str], flags: int) -> None:
        self._source = source
        self._flags = flags

    def compiled(self) -> re.Pattern[str]:
        """Compile the pattern; `re` remembers the result only for a while."""
        return re.compile(self._source if isinstance(self._source, str) else self._source(), self._flags)

    def __getattr__(self, name: str) -> Any:
        """Compile at the first use, and keep the methods, so that later calls cost what those of a pattern do."""
        if name.startswith("__"):
            raise AttributeError(name)
        compiled = self.compiled()
        vars(self).update({each: getattr(compiled, each) for each in dir(compiled) if each[0] != "_"})
        return getattr(compiled, name)


def lazy_pattern(source: str | Callable[[], str], flags: int = 0) -> re.Pattern[str]:
    r"""Return a pattern that is compiled at its first use, for a global of a module.

    `source` may be a function, if the text of the pattern takes time, too. The result has the methods and
    attributes of a pattern; only `isinstance` and the functions of `re` tell it from one. A pattern that
    nearly every document needs, or that compiles in less than a millisecond, gains nothing.

    >>> lazy_pattern(r"\d+").findall("12 of 30")
    ['12', '30']
    """
    return cast("re.Pattern[str]", LazyPattern(source, flags))
