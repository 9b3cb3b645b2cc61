"""The command line: parse, call, and turn every error into one clear line and an exit code.

`commands` declares the commands, `options` their options; each group of commands has a module; `program` runs
a command line. Commands import what they need when they run: `copydesk --help` answers in a tenth of a
second, `clean` and `explain` never load Prefect, and `clean FILE` without options does not even load typer.

Commands do no work themselves. They build a request and call `flows` or `tasks`.

Begin with `program.main`.
"""

from copydesk.flows.cli.program import main

__all__ = ["main"]
