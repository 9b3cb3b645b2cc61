"""Run a command line, and turn every error into one clear line and an exit code.

The exit codes are in `copydesk.schemas.exit_codes`.
"""

import gc
import os
import sys
from collections.abc import Sequence
from typing import Any

from copydesk.flows.addresses import refuse_address
from copydesk.flows.prefect_settings import configure_prefect
from copydesk.flows.terminal import escape_scraped, fail, print_trace, tolerate_narrow_charsets
from copydesk.schemas.errors import CopydeskError
from copydesk.schemas.exit_codes import ExitCode


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code; `argv` excludes the program's name."""
    words = list(sys.argv[1:] if argv is None else argv)
    # By default Python walks all objects, most of them tables that stay, after every 700 new ones: a tenth of
    # the time of `clean`.
    gc.set_threshold(50_000)
    tolerate_narrow_charsets()
    configure_prefect()
    try:
        code = _clean_one(words[1]) if _is_plain_clean(words) else _parsed(words)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader (`head`) is gone. Python would report another error when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.PIPE
    except KeyboardInterrupt:
        code = ExitCode.INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the edge of the program: an error becomes one line and an exit code
        return _report(error, verbose=bool({"-v", "--verbose"} & set(words)))
    if code == ExitCode.INTERRUPTED:  # typer's answer to Ctrl-C, too
        fail("interrupted")
    return code if isinstance(code, int) else 0


def _is_plain_clean(words: Sequence[str]) -> bool:
    """Return whether a command line is `clean FILE` and nothing more."""
    return len(words) == 2 and words[0] == "clean" and (words[1] == "-" or not words[1].startswith("-"))


def _clean_one(file: str) -> int:
    """Run `clean FILE` without the parser of the command line, which takes 0.15 s with its libraries."""
    from copydesk.flows.cli.document import Question, print_clean
    from copydesk.schemas.inputs import Columns

    refuse_address(file)
    return print_clean(Question(file, "", "", Columns(), ()), fmt="text")


def _parsed(words: Sequence[str]) -> Any:
    """Run the command of any command line."""
    from typer.main import get_command

    from copydesk.flows.cli.commands import app
    from copydesk.flows.cli.paths import only_paths

    return only_paths(get_command(app))(words, prog_name="copydesk", standalone_mode=False)


def _report(error: Exception, *, verbose: bool) -> int:
    """Print what went wrong on one line, and return the exit code."""
    if (parser := sys.modules.get("typer")) and isinstance(error, parser.TyperException):
        return _report_usage(error)
    if verbose:
        print_trace(error)
    if isinstance(error, CopydeskError):
        fail(str(error))
        return error.exit_code
    if isinstance(error, MemoryError):
        fail(
            "no memory left for this process (see ulimit -v, or the limit of its container); no document is the cause"
        )
        return ExitCode.MACHINE
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        fail(f"{where}{error.strerror or error}")
        return ExitCode.STORAGE
    fail(f"internal error: {type(error).__name__}: {error} (add -v for the traceback; please report it)")
    return ExitCode.INTERNAL


def _report_usage(error: Exception) -> int:
    """Report a wrong command line. Without any argument the message is the help itself."""
    message = getattr(error, "format_message", error.__str__)()
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":
        print(escape_scraped(message))
    else:
        command = context.command_path if context is not None else "copydesk"
        fail(f"{message.rstrip('.')}. See {command} --help.")
    return ExitCode.USAGE
