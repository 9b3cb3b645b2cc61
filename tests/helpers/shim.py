"""Build `syscalls.c`, the library between a program and its disk, for the tests that load it."""

import ctypes
import os
import shutil
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).with_name("syscalls.c")


def why_not() -> str:
    """Return why the library can't be built here, or ""."""
    if not sys.platform.startswith("linux"):
        return "stands between a program and Linux"
    return "" if shutil.which("cc") else "needs a C compiler"


def build(folder: Path) -> Path:
    """Compile the library."""
    library = folder / "syscalls.so"
    subprocess.run(
        ["cc", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", library, SOURCE, "-ldl"],
        check=True,
    )
    return library


def environment(library: Path, *, sync: bool = True) -> dict[str, str]:
    """Return the environment for a program that loads it; without `sync`, syncing does nothing."""
    tests = Path(__file__).parents[1]
    made = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(tests.parent), str(tests / "helpers")]),
        "OMP_NUM_THREADS": "1",
    }
    made |= {"LD_PRELOAD": str(library)}
    return made if sync else made | {"SYSCALLS_NO_SYNC": "1"}


def arm(name: str, nth: int, error: int, below: Path, report: int, *, stays: bool = False) -> None:
    """Make the nth call of this name fail, or all from there on, in a program that loaded the library."""
    library = ctypes.CDLL(None)
    library.syscalls_arm.argtypes = [
        ctypes.c_char_p, ctypes.c_long, ctypes.c_int, ctypes.c_int, ctypes.c_char_p, ctypes.c_int
    ]  # fmt: skip
    library.syscalls_arm(name.encode(), nth, error, int(stays), f"{below}/".encode(), report)


def count() -> int:
    """Return the number of calls with the armed name so far."""
    return int(ctypes.CDLL(None).syscalls_count())
