"""A pool of worker processes in which documents are cleaned, each under a deadline.

A page can hang a parser, crash it, or use all memory, and C code can't be interrupted. So documents are
cleaned in processes that can be killed. This is cheap (0.15 ms per document, 24 ms for a kill and a new
worker, measured in a prototype), and the run continues. A document that kills two workers is rejected; the
other documents of its batch are cleaned.
"""

import mmap
import os
import select
import signal
import socket
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import Final, Literal, NamedTuple, Self

from copydesk.schemas.document import Origin, RawDocument
from copydesk.schemas.report import Reject
from copydesk.schemas.settings import Settings
from copydesk.schemas.shard import Cleaned
from copydesk.tasks.workers.process import CLOCK, OUT_OF_MEMORY, TOO_LITTLE
from copydesk.tasks.workers.protocol import (
    Reader,
    pack_documents,
    receive,
    rejected,
    send,
    unpack_outcomes,
)
from copydesk.tasks.workers.template import STOPPED, PoolClosedError, Template, WorkersError, shared_memory

__all__ = ("DEFAULT_CLEANER", "Death", "PoolClosedError", "WorkerPool", "WorkersError", "batches")

DEFAULT_CLEANER: Final = "copydesk.tasks.workers.process:open_cleaner"
"""The cleaner of every real run, as an import path: see `copydesk.tasks.workers.process`."""

_BATCH_DOCUMENTS: Final = 64
_BATCH_BYTES: Final = 1 << 20
"""A batch is lost and repeated when a worker dies. With 64 texts the cost of the pipe is negligible; with 64
pages of 10 ms each, the end of a shard is still spread over all workers."""
_RECYCLE: Final = 20_000
"""Number of documents after which a worker is replaced, because parsers leak memory. A new worker starts in
milliseconds, but compiles the rules' patterns again as lines need them, 1.1 CPU seconds in total: 1 ms per
document when replaced after a thousand, 0.05 ms after 20,000."""
_PATIENCE: Final = 6
"""The deadline is in CPU seconds, so that a rejection does not depend on the load of the machine: with eight
busy processes on two cores, one second of wall time rejected harmless documents. Multiplied by this factor
it is also a deadline in wall time, for a worker that waits for ever."""
_READY_SECONDS: Final = 120.0
_TICK: Final = 0.01
_ATTEMPTS: Final = 3
_HARMLESS: Final = RawDocument(Origin("copydesk:probe"), "The harbour reopened on Tuesday.", "text")
_SIGNALS: Final = {number.value: number.name for number in signal.Signals}


class Death(NamedTuple):
    """How a worker ended, and the number of the current document (-1: before the first, or on several)."""

    position: int
    reason: Literal["worker-died", "timeout", "out-of-memory"]
    detail: str


class WorkerPool:
    """Clean documents in worker processes. Use as a context manager; safe to use from many threads.

    `cleaner` is the import path of a function of (rule files, settings) that returns the function to call for
    each batch. The workers import it, so no code is pickled. No process remains when the pool is closed, or
    when this process is killed: the template sees that its connection ended, and the kernel ends the workers
    with the template.
    """

    def __init__(
        self, settings: Settings, rules: Sequence[Path] = (), cleaner: str = DEFAULT_CLEANER
    ) -> None:
        self.workers = settings.workers or _cores()
        self._settings = settings
        self._clocks = shared_memory(self.workers * CLOCK.size)
        self._template = Template(settings, rules, cleaner, self._clocks[0])
        self._slots: SimpleQueue[_Slot] = SimpleQueue()
        for number in range(self.workers):
            self._slots.put(_Slot(self._template, self._clocks[1], number, settings))
        self._threads = ThreadPoolExecutor(self.workers, thread_name_prefix="worker")
        self._closed = False

    def __enter__(self) -> Self:
        """Return the open pool."""
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        """Close the pool, even after an error."""
        self.close()

    def submit(self, documents: Sequence[RawDocument]) -> Future[list[Cleaned]]:
        """Submit one batch; the next free worker cleans it."""
        try:
            return self._threads.submit(self._clean_batch, documents)
        except RuntimeError as error:
            if self._closed:
                raise PoolClosedError(STOPPED) from None
            raise WorkersError(
                f"cannot start a thread to watch a worker: {error}; close other programs or raise the limit (ulimit -u)"
            ) from error

    def clean(self, documents: Sequence[RawDocument]) -> Iterator[list[Cleaned]]:
        """Clean documents on all workers; yield the results of each batch, in the order of the documents.

        Within a batch, only documents that killed a worker, and neighbours that were repeated, are out of
        order. Raises PoolClosedError if the pool is closed meanwhile, WorkersError if no worker can be
        started.
        """
        waiting = deque(self.submit(batch) for batch in batches(documents))
        del documents  # each batch is released when it is cleaned
        try:
            while waiting:
                yield waiting.popleft().result()
        except CancelledError:
            raise PoolClosedError(STOPPED) from None
        finally:
            for future in waiting:
                future.cancel()

    def close(self) -> None:
        """Kill the workers at once, and wait until they have ended. May be called again."""
        if self._closed:
            return
        self._closed = True
        self._template.close()
        self._threads.shutdown(wait=True, cancel_futures=True)
        while not self._slots.empty():
            self._slots.get().forget()
        self._clocks[1].close()
        os.close(self._clocks[0])

    def _clean_batch(self, documents: Sequence[RawDocument]) -> list[Cleaned]:
        slot = self._slots.get()
        try:
            return list(_until_done(slot, documents))
        finally:
            self._slots.put(slot)


def batches(documents: Sequence[RawDocument]) -> Iterator[Sequence[RawDocument]]:
    """Cut documents into batches of at most 64 documents; a batch over 1 MiB is closed early."""
    start = size = 0
    for number, document in enumerate(documents):
        size += len(document.content)
        if number + 1 - start == _BATCH_DOCUMENTS or size >= _BATCH_BYTES:
            yield documents[start : number + 1]
            start, size = number + 1, 0
    if start < len(documents):
        yield documents[start:]


def _until_done(slot: "_Slot", documents: Sequence[RawDocument]) -> Iterator[Cleaned]:
    """Clean a batch, with as many workers as it takes.

    A document that killed its worker is tried once more, alone, in a new one: the cause may have been a
    neighbour's leak or a stray kill. If the document is unknown (the worker died while it read or answered),
    both halves are tried separately.
    """
    todo = [(documents, 0)]
    while todo:
        batch, deaths = todo.pop()
        answer = slot.ask(batch)
        if isinstance(answer, Cleaned):
            yield answer
        elif len(batch) == 1 and deaths == 1:
            slot.prove_sound(answer)
            yield rejected(Reject.of(batch[0], "worker", answer.reason, answer.detail))
        elif len(batch) == 1:
            todo.append((batch, 1))
        elif 0 <= answer.position < len(batch):
            at = answer.position
            todo.append(([*batch[:at], *batch[at + 1 :]], 0))
            todo.append((batch[at : at + 1], 1))
        else:
            half = len(batch) // 2
            todo += [(batch[half:], 0), (batch[:half], 0)]


class _Slot:
    """A slot for one worker at a time, used by one thread at a time."""

    def __init__(self, template: "Template", clocks: mmap.mmap, number: int, settings: Settings) -> None:
        self._template = template
        self._clocks = clocks
        self._place = number * CLOCK.size
        self._number = number
        self._settings = settings
        self._worker: tuple[int, socket.socket] | None = None
        self._served = 0

    def prove_sound(self, death: Death) -> None:
        """Clean a harmless document in a new worker before a document is blamed for the end of two workers.

        Raises WorkersError if that worker ends as well: then the machine is the cause, not a document.
        """
        if death.reason == "timeout":
            return  # the worker was alive, and busy with the document
        answer = self.ask([_HARMLESS])
        if isinstance(answer, Death) and answer.reason != "timeout":
            raise WorkersError(
                f"each new worker ends at its first document, whatever that is: {answer.detail}; "
                "found too little memory or too low a limit (see ulimit -a); no document is the cause"
            )

    def ask(self, documents: Sequence[RawDocument]) -> Cleaned | Death:
        """Send documents to the worker and wait for its answer, or for its end."""
        if self._served >= _RECYCLE:
            self._end()
        if (
            self._worker is None
        ):  # the first must wait until the cleaner is open; no document is charged for that
            self._worker, self._served = self._start(), 0
        pid, sock = self._worker
        CLOCK.pack_into(self._clocks, self._place, -1, time.monotonic(), _cpu_seconds(pid))
        self._served += len(documents)
        try:
            sock.settimeout(self._settings.document_seconds * _PATIENCE)
            send(sock, pack_documents(documents))
            return unpack_outcomes(receive(_Patient(sock, self._seconds_left)))
        except (TimeoutError, OSError, EOFError) as error:
            return self._death(timed_out=isinstance(error, TimeoutError))

    def _start(self) -> tuple[int, socket.socket]:
        """Fork a worker, and wait until it is ready. Raise WorkersError after three failures in a row."""
        status = 0
        for _ in range(_ATTEMPTS):
            pid, sock = self._template.fork(self._number)
            sock.settimeout(_READY_SECONDS)
            try:
                receive(Reader(sock))
            except (OSError, EOFError):
                sock.close()
                status = self._template.kill(pid)
            else:
                return pid, sock
            if status == TOO_LITTLE:
                break
        needed = self._settings.worker_bytes >> 20
        raise WorkersError(
            f"a worker needs {needed:,} MiB of memory for a document, but the limit of this process (ulimit -v) leaves less; raise it"
            if status == TOO_LITTLE
            else f"a worker process ends before it is ready ({_SIGNALS.get(-status, f'exit status {status}')})"
        )

    def forget(self) -> None:
        """Close the connection; the worker ends with the template."""
        if self._worker is not None:
            self._worker[1].close()

    def _seconds_left(self) -> float:
        """Return the minimum time to the deadline: CPU time never runs faster than the clock."""
        assert self._worker is not None
        limit = self._settings.document_seconds
        _, began, used = CLOCK.unpack_from(self._clocks, self._place)
        by_clock = began + limit * _PATIENCE - time.monotonic()
        return float(min(by_clock, used + limit - _cpu_seconds(self._worker[0])))

    def _death(self, *, timed_out: bool) -> Death:
        status = self._end()
        position, _, _ = CLOCK.unpack_from(self._clocks, self._place)
        if timed_out:
            limit = self._settings.document_seconds
            return Death(
                position, "timeout", f"took more than {limit:g} s of CPU or {limit * _PATIENCE:g} s, twice"
            )
        if status == OUT_OF_MEMORY:
            most = self._settings.worker_bytes >> 20
            return Death(position, "out-of-memory", f"needs more than the {most} MiB a worker may have")
        how = _SIGNALS.get(-status, f"exit status {status}")
        return Death(position, "worker-died", f"ended two worker processes ({how})")

    def _end(self) -> int:
        assert self._worker is not None
        (pid, sock), self._worker = self._worker, None
        sock.close()
        return self._template.kill(pid)


class _Patient(Reader):
    """Read from a worker for as long as its deadline allows."""

    def __init__(self, sock: socket.socket, seconds_left: Callable[[], float]) -> None:
        super().__init__(sock)
        self._poll = select.poll()
        self._poll.register(sock, select.POLLIN)
        self._seconds_left = seconds_left

    def wait(self) -> None:
        """Wait until there is something to read. Raise TimeoutError at the document's deadline."""
        while not self._poll.poll(max(_TICK, self._seconds_left()) * 1000):
            if self._seconds_left() <= 0:
                raise TimeoutError


def _cores() -> int:
    """Return the number of cores that this process may use; in a container, fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def _cpu_seconds(pid: int) -> float:
    """Return the CPU time of a process so far, in steps of 0.01 s; 0 if the system does not provide it."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:  # no /proc: the deadline is then in wall time only
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
