"""Run the template process, which forks workers, and the workers themselves.

`copydesk.tasks.workers.pool` starts the template with the path of a *cleaner*: a function of (rule files,
settings) that returns the function to call for each batch of documents. The template imports and opens
everything once, so a new or replaced worker is ready within a few milliseconds.
"""

import ctypes
import gc
import importlib
import json
import mmap
import os
import resource
import signal
import socket
import struct
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import pyarrow as pa

from copydesk.schemas.document import RawDocument
from copydesk.schemas.report import Outcome
from copydesk.schemas.settings import Settings
from copydesk.tasks.dedup import prepare
from copydesk.tasks.workers.protocol import Reader, pack_outcomes, receive, send, unpack_documents

Clean = Callable[[Sequence[RawDocument], Callable[[int], None]], Sequence[Outcome]]
"""Clean a batch, and report the number of the current document, or -1 while several are processed together.
"""
Cleaner = Callable[[Sequence[Path], Settings], Clean]

ORDER = struct.Struct("!cq")
"""Request from the pool to the template: F(ork) a worker for a slot, or K(ill) and reap a process id."""
REPLY = struct.Struct("!q")
CLOCK = struct.Struct("=qdd")
"""A worker's clock, in shared memory: number of the current document (-1 for several at once), and the wall
time and the CPU time of its process when it began (both in seconds)."""
OUT_OF_MEMORY = 99
"""Exit status of a worker in which a document ran out of memory."""
TOO_LITTLE = 98
"""Exit status of a worker that may not have the memory that each document is promised."""
_NO_PROCESS = -1
_OPEN_FILES = 64
_PR_SET_PDEATHSIG = 1


def open_cleaner(rule_files: Sequence[Path], settings: Settings) -> Clean:
    """Return the cleaner of every run: one `CleaningContext`, opened once and shared by all its workers."""
    from copydesk.tasks.pipeline import CleaningContext, clean_many, warm_up

    context = CleaningContext.open(rule_files, settings)
    warm_up(context)
    return lambda batch, begin: clean_many(batch, context, begin)


def main(control_fd: int, clocks_fd: int) -> None:
    """Run the template: open the cleaner, then fork and kill workers as the pool requests.

    Returns when the pool is gone for any reason: the kernel then closes its end of the connection. Signals
    that a terminal or a supervisor sends to the whole group are left to the pool's process, which decides
    about unfinished work.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with socket.socket(fileno=control_fd) as control, mmap.mmap(clocks_fd, 0) as clocks:
        order = json.loads(receive(Reader(control))[0])
        settings = Settings(**order["settings"])
        try:
            clean = _resolve(order["cleaner"])([Path(path) for path in order["rules"]], settings)
        except Exception as error:  # noqa: BLE001 - sent to the pool, which raises it where the run can see it
            send(control, [f"{type(error).__name__}: {error}".encode("utf-8", "replace")])
            return
        with Path(os.devnull).open("wb") as nowhere:  # parsers' complaints about pages are not for the user
            os.dup2(nowhere.fileno(), sys.stderr.fileno())
        pa.array([""])  # imports pandas if installed: 0.25 s of CPU, here once instead of in every worker
        prepare()
        gc.set_threshold(_COLLECT)  # pages are thousands of small objects without cycles
        gc.freeze()  # keeps the collector from touching, and so copying, the memory pages that workers share
        send(control, [b""])
        _fork_and_reap(control, lambda sock, slot: _work(sock, clocks, slot, clean, settings))


_COLLECT: Final = 50_000
"""Number of new objects before the collector looks for cycles: with Python's 700 it takes 9 % of a page's
time."""


def _resolve(path: str) -> Cleaner:
    module, _, name = path.partition(":")
    found: Cleaner = getattr(importlib.import_module(module), name)
    return found


def _fork_and_reap(control: socket.socket, work: Callable[[socket.socket, int], None]) -> None:
    alive: set[int] = set()
    while True:
        data, fds, _, _ = socket.recv_fds(control, ORDER.size, 1)
        if not data:
            for pid in alive:
                _kill(pid)
            return
        kind, value = ORDER.unpack(data)
        if kind == b"F":
            answer = _fork(control, socket.socket(fileno=fds[0]), value, work)
            alive |= {answer} - {_NO_PROCESS}
        else:
            answer = _kill(value)
            alive.discard(value)
        control.sendall(REPLY.pack(answer))


def _kill(pid: int) -> int:
    os.kill(pid, signal.SIGKILL)  # safe: until it is reaped below, no other process can get its number
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _fork(
    control: socket.socket, sock: socket.socket, slot: int, work: Callable[[socket.socket, int], None]
) -> int:
    template = os.getpid()
    try:
        pid = os.fork()
    except OSError:
        pid = _NO_PROCESS
    if pid != 0:
        sock.close()
        return pid
    status = 1
    try:
        control.close()
        _die_with(template)
        work(sock, slot)
        status = 0
    except MemoryError:
        status = OUT_OF_MEMORY
    finally:
        os._exit(status)


def _die_with(parent: int) -> None:
    """Make the kernel kill this process when its parent ends. Without Linux it ends at the next read."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # the parent ended before the call above
            os._exit(1)


def _address_space() -> int:
    """Return the address space of this process in bytes; 0 if the system does not provide it.

    Libraries reserve far more than they use (pyarrow's allocator 1 GiB at a time), and the amount differs
    between releases. None of that is caused by a document.
    """
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except OSError:
        return 0


def _limit(settings: Settings) -> None:
    """Limit a document's resources: memory, files, no core dumps. A lower existing limit stays.

    Ends the process if less memory is available than the settings promise, because documents would be
    rejected for that.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    most = _address_space() + settings.worker_bytes
    for kind, wanted in ((resource.RLIMIT_NOFILE, _OPEN_FILES), (resource.RLIMIT_AS, most)):
        _, hard = resource.getrlimit(kind)
        if hard != resource.RLIM_INFINITY and hard < wanted:
            if kind == resource.RLIMIT_AS:
                os._exit(TOO_LITTLE)
            wanted = hard
        resource.setrlimit(kind, (wanted, wanted))


def _work(sock: socket.socket, clocks: mmap.mmap, slot: int, clean: Clean, settings: Settings) -> None:
    _limit(settings)
    read, place = Reader(sock), slot * CLOCK.size

    def begin(number: int) -> None:
        CLOCK.pack_into(clocks, place, number, time.monotonic(), time.process_time())

    send(sock, [b""])  # ready: if this process ends from here on, a document is the likely cause
    while True:
        try:
            parts = receive(read)
        except EOFError:
            return
        documents = unpack_documents(parts)
        outcomes = clean(documents, begin)
        begin(len(documents))
        send(sock, pack_outcomes(outcomes, settings, documents if settings.keep_raw else ()))
