"""What a command returns to the shell. From 64 on the numbers are those of BSD's sysexits.h, 128 and a signal those of the shell."""

from enum import IntEnum


class ExitCode(IntEnum):
    """Every exit code of `copydesk`; README lists the same."""

    DONE = 0
    INTERNAL = 1
    """An error in copydesk itself; for `rules test`, an example that failed."""
    REJECTS = 3
    """Finished, and documents were rejected."""
    BREAKER = 4
    """Stopped because too many documents were rejected."""
    ALARM = 5
    """Finished with an alarm (`--fail-on-alarm`)."""
    USAGE = 64
    """The command line, an option or an input makes no sense."""
    EMPTY = 66
    """An input holds no documents (`--fail-on-empty`)."""
    UNAVAILABLE = 69
    """Prefect's server or a cluster can't be reached."""
    MACHINE = 71
    """A limit of the machine: memory, processes, open files, temporary files."""
    CANNOT_WRITE = 73
    """The output folder can't be written."""
    STORAGE = 74
    """An I/O error, a full disk, or a damaged dataset."""
    LOCKED = 75
    """Another run holds the output folder."""
    INTERRUPTED = 130
    """Ctrl-C: 128 and the number of SIGINT."""
    PIPE = 141
    """The reader of the output went away: 128 and the number of SIGPIPE."""
    TERMINATED = 143
    """128 and the number of SIGTERM."""
