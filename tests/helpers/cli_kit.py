"""The command line as a user types it, run in the process of the test."""

from collections.abc import Callable
from pathlib import Path

import pytest

from copydesk.flows.cli import main

Cli = Callable[..., tuple[int, str, str]]


def command_line(capfd: pytest.CaptureFixture[str]) -> Cli:
    """Return a function that runs a command line and returns exit code, standard output, standard error."""

    def call(*words: str | Path) -> tuple[int, str, str]:
        code = main([str(word) for word in words])
        captured = capfd.readouterr()
        return code, captured.out, captured.err

    return call
