"""Make system calls fail under a store, one per run; started by test_faults with `syscalls.c` loaded.

    fault_driver.py FAULTS_EACH [CALL ...]

For each kind of call and error it takes the second run of the history in store_crash_driver, counts the calls
below the dataset, and repeats the run with this number of them failing in turn, evenly spread. A run ends
with an error that names the dataset, or absorbs the fault. Then readers check the dataset, the store is
started, and the rest of the run is done and compared with an undisturbed run. Prints JSON.
"""

import errno
import json
import os
import re
import shutil
import signal
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import shim
from store_crash_driver import RUNS, checked, copy_of, in_child, inspect, live_through, look, work
from store_kit import MEMORY

from copydesk.schemas.errors import CopydeskError
from copydesk.tasks.store import files

RUN = 1


class Fault(NamedTuple):
    """A call that fails, its error (a negative one is a signal that kills), and whether later calls fail too."""

    call: str
    error: int
    stays: bool = False

    def __str__(self) -> str:
        what = errno.errorcode[self.error] if self.error > 0 else signal.Signals(-self.error).name
        return f"{self.call} {what}{' and on' if self.stays else ''}"


FAULTS = (
    Fault("fsync", errno.EIO),
    Fault("fsync", errno.EIO, stays=True),
    Fault("fdatasync", errno.EIO),
    Fault("write", errno.ENOSPC),
    Fault("write", errno.ENOSPC, stays=True),
    Fault("write", errno.EIO),
    Fault("pwrite", errno.ENOSPC),
    Fault("pwrite", errno.ENOSPC, stays=True),
    Fault("pwrite", errno.EIO),
    Fault("read", errno.EIO),
    Fault("pread", errno.EIO),
    Fault("open", errno.EMFILE),
    Fault("open", errno.EACCES, stays=True),
    Fault("close", errno.EIO),
    Fault("rename", errno.EACCES),
    Fault("rename", errno.EIO),
    Fault("link", errno.EMLINK),
    Fault("link", errno.ENOSPC),
    Fault("symlink", errno.ENOSPC),
    Fault("unlink", errno.EACCES),
    Fault("unlink", errno.EIO, stays=True),
    Fault("mkdir", errno.ENOSPC),
    Fault("ftruncate", errno.ENOSPC),
    *(
        Fault(call, -signal.SIGKILL)
        for call in ("fsync", "fdatasync", "write", "pwrite", "rename", "link", "unlink")
    ),
)


def main() -> None:
    """Try all faults."""
    files.GROUP_ROWS["articles"] = 3
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    each = int(sys.argv[1])
    injected, loud, absorbed = 0, Counter[str](), Counter[str]()
    problems: list[str] = []
    with tempfile.TemporaryDirectory(dir=MEMORY if os.access(MEMORY, os.W_OK) else None) as folder:
        base = Path(folder)
        for number in range(len(RUNS)):
            live_through(base, number)
        for fault in FAULTS:
            if sys.argv[2:] and fault.call not in sys.argv[2:]:
                continue
            calls = trial(base, fault._replace(stays=False), -1).calls
            for nth in sorted({1 + calls * n // each for n in range(each)} if calls else ()):
                found = trial(base, fault, nth)
                injected += len(found.injected)
                if found.injected and (found.message or fault.error < 0):
                    loud[str(fault)] += 1
                elif found.injected:
                    what = re.sub(r"[0-9a-f]{16}|\d{8}", "*", found.injected[0].split(f"{nth}-out/")[-1])
                    absorbed[f"{fault}: {what}"] += 1
                problems += [f"{fault} at {nth} of {calls}: {problem}" for problem in found.problems]
    answer = {
        "runs": loud.total() + absorbed.total(),
        "injected": injected,
        "loud": loud,
        "absorbed": absorbed,
    }
    print(json.dumps(answer | {"problems": problems}))


class Trial(NamedTuple):
    """Result of a run with a failed call."""

    calls: int
    injected: list[str]
    message: str
    """The run's last message; empty if it absorbed the fault."""
    problems: list[str]


def trial(base: Path, fault: Fault, nth: int) -> Trial:
    """Do the run with one fault, and then everything that follows."""
    out = copy_of(base, RUN, f"{fault.call}-{nth}-out")
    report, said = base / "report", base / "said"
    report.write_text("")
    said.write_text("")

    def run() -> None:
        try:
            with report.open("a") as lines:
                shim.arm(fault.call, nth, fault.error, out, lines.fileno(), stays=fault.stays)
                try:
                    work(out, RUN, lambda _: None)
                finally:
                    calls = shim.count()
                    shim.arm("", 0, 0, out, -1)
                lines.write(f"{calls}\n")
        except CopydeskError as error:
            said.write_text(str(error))
            os._exit(error.exit_code)

    status = in_child(run)
    lines, message = report.read_text().splitlines(), said.read_text()
    injected = [line for line in lines if line.startswith("INJECTED")]
    problems = []
    if fault.error < 0:
        problems += [] if status == fault.error or not injected else [f"ended with {status}"]
    elif status not in (0, 73, 74) or (status and not injected):
        problems.append(f"ended with {status} {message}")
    if status > 0 and (str(out) not in message or "\n" in message):
        problems.append(f"a message that does not say where: {message!r}")
    problems += checked(lambda: look(out))
    problems += checked(lambda: inspect(out, RUN, base / f"before-{RUN + 1}"))
    shutil.rmtree(out, ignore_errors=True)
    out.with_suffix(".notes").unlink(missing_ok=True)
    return Trial(int(lines[-1]) if lines and not injected else 0, injected, message, problems)


if __name__ == "__main__":
    main()
