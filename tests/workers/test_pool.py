"""The pool: results, rejects, and leftovers (none)."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import pytest
from cleaners import article, document

from copydesk.schemas.document import RawDocument
from copydesk.schemas.settings import MIB, Settings
from copydesk.schemas.shard import Cleaned
from copydesk.tasks.workers.pool import PoolClosedError, WorkerPool, WorkersError, batches

SETTINGS = Settings(workers=2, document_seconds=1.0, worker_bytes=1024 * MIB)
ENDS = 60
"""Seconds by the clock for what is over at once on a quiet machine, and far from what would be waited for in vain."""


@pytest.fixture(scope="module")
def pool() -> Iterator[WorkerPool]:
    with WorkerPool(SETTINGS, cleaner="cleaners:obedient") as made:
        yield made


def numbered(*contents: str) -> list[RawDocument]:
    return [document(content, f"r{number}") for number, content in enumerate(contents)]


def run(pool: WorkerPool, documents: list[RawDocument]) -> list[Cleaned]:
    return [part for batch in pool.clean(documents) for part in batch]


def ids(parts: list[Cleaned]) -> list[str]:
    return sorted(value for part in parts for value in part.articles["id"].to_pylist())


def reasons(parts: list[Cleaned]) -> dict[str, str]:
    return {reject.origin.record: reject.reason for part in parts for reject in part.rejects}


def test_documents_come_back_as_tables_with_counts(pool: WorkerPool) -> None:
    """A batch comes back as rows in order, with its rejects, and its characters counted."""
    (part,) = run(pool, numbered("one two", "reject:empty", "three"))
    assert part.articles["text"].to_pylist() == ["one two", "three"]
    assert part.ledger["label"].to_pylist() == ["paragraph", "share"] * 2
    assert [(r.stage, r.reason, r.content) for r in part.rejects] == [("clean", "empty", b"reject:empty")]
    assert (part.seen, part.kept_chars, part.removed_chars) == (3, 11, 18)
    assert part.removed_by_label == {"share": 18}


def test_many_documents_are_cut_into_batches_and_keep_their_order(pool: WorkerPool) -> None:
    """Order is that of the documents, whichever worker was faster."""
    parts = run(pool, numbered(*(f"text {n}" for n in range(300))))
    assert len(parts) == 5
    assert [text for part in parts for text in part.articles["text"].to_pylist()] == [
        f"text {n}" for n in range(300)
    ]


def test_batches_are_bounded_in_documents_and_bytes() -> None:
    """A large document closes its batch, so that little is lost when it kills its worker."""
    documents = numbered(*["x" * 400_000] * 4, *["y"] * 130)
    assert [len(batch) for batch in batches(documents)] == [3, 64, 64, 3]
    assert not list(batches([]))


def test_raw_bytes_and_lone_surrogates_reach_the_worker_unchanged(pool: WorkerPool) -> None:
    """The pipe refuses nothing: that is for the decode step to judge."""
    strange = document("lone \ud800 surrogate", "r0")
    parts = run(pool, [replace(strange, content=b"caf\xc3\xa9"), document("reject:x\udcff", "r1")])
    assert parts[0].articles["text"].to_pylist() == ["café"]
    assert parts[0].rejects[0].reason == "x\udcff"


@pytest.mark.parametrize(
    ("marker", "reason", "detail"),
    [
        ("spin", "timeout", "took more than 1 s of CPU or 6 s, twice"),
        ("exit", "worker-died", "ended two worker processes (exit status 7)"),
        ("crash", "worker-died", "ended two worker processes (SIGSEGV)"),
        ("allocate", "out-of-memory", "needs more than the 1024 MiB a worker may have"),
    ],
)
def test_a_document_that_kills_its_worker_is_rejected_and_its_neighbours_come_through(
    pool: WorkerPool, marker: str, reason: str, detail: str
) -> None:
    """One bad document costs no other document anything, at any place in the batch."""
    for place in (0, 3, 6):
        contents = ["fine"] * 7
        contents[place] = marker
        parts = run(pool, numbered(*contents))
        assert ids(parts) == [f"r{n}" for n in range(7) if n != place]
        (reject,) = [reject for part in parts for reject in part.rejects]
        assert (reject.stage, reject.reason, reject.detail) == ("worker", reason, detail)
        assert (reject.origin.record, reject.content) == (f"r{place}", marker.encode())
        assert sum(part.seen for part in parts) == 7


def test_a_document_that_waits_for_ever_is_rejected_by_the_clock(pool: WorkerPool) -> None:
    """A worker that uses no CPU is stuck as well; it is given six times as long."""
    assert reasons(run(pool, numbered("fine", "hang"))) == {"r1": "timeout"}


def test_several_killers_in_one_batch_are_told_apart(pool: WorkerPool) -> None:
    """Each killer is rejected for its own reason."""
    parts = run(pool, numbered("exit", "fine", "spin", "crash", "fine", "allocate"))
    assert ids(parts) == ["r1", "r4"]
    assert reasons(parts) == {
        "r0": "worker-died",
        "r2": "timeout",
        "r3": "worker-died",
        "r5": "out-of-memory",
    }


def test_a_worker_that_ends_while_it_is_on_several_documents_costs_only_the_guilty_one() -> None:
    """The guilty document is unknown, so halves are tried separately until it is alone."""
    batch = [document(f"text {n}") for n in range(9)]
    batch.insert(3, document("exit-together"))
    with WorkerPool(replace(SETTINGS, workers=1), cleaner="cleaners:together") as pool:
        parts = [part for parts in pool.clean(batch) for part in parts]
    assert sorted(text for part in parts for text in part.articles["text"].to_pylist()) == [
        f"text {n}" for n in range(9)
    ]
    assert [(r.reason, bytes(r.content)) for part in parts for r in part.rejects] == [
        ("worker-died", b"exit-together")
    ]


def test_a_document_that_kills_one_worker_only_is_cleaned(pool: WorkerPool, tmp_path: Path) -> None:
    """The first death may have been a neighbour's fault, so there is a second try."""
    parts = run(pool, numbered("fine", f"exit-once:{tmp_path / 'flag'}", "fine"))
    assert ids(parts) == ["r0", "r1", "r2"]
    assert not reasons(parts)


def test_the_deadline_is_for_one_document_not_for_its_batch(pool: WorkerPool) -> None:
    """Six documents of 0.3 CPU seconds use more together than the deadline of 0.5, and none is rejected."""
    parts = run(pool, numbered(*["burn:0.3"] * 6))
    assert len(ids(parts)) == 6


def test_a_busy_machine_is_no_reason_to_reject(pool: WorkerPool) -> None:
    """A document may take longer by the clock than its CPU seconds: other processes want the cores, too."""
    assert ids(run(pool, numbered("sleep:1.5"))) == ["r0"]


def test_a_worker_is_replaced_after_its_share_of_documents() -> None:
    """Parsers leak; a worker that has served its share makes room for a new one."""
    with (
        patch("copydesk.tasks.workers.pool._RECYCLE", 100),
        WorkerPool(replace(SETTINGS, workers=1), cleaner="cleaners:obedient") as pool,
    ):
        before = run(pool, numbered("pid:"))[0].articles["text"].to_pylist()
        run(pool, numbered(*["x"] * 100))
        assert run(pool, numbered("pid:"))[0].articles["text"].to_pylist() != before


def test_a_cleaner_that_cannot_be_opened_says_why() -> None:
    """The user sees the reason, not a dead pipe."""
    with (
        WorkerPool(SETTINGS, [Path("mine.toml")], "cleaners:stubborn") as pool,
        pytest.raises(WorkersError, match=r"no such rules: \['mine.toml'\]"),
    ):
        run(pool, numbered("x"))


def test_a_template_that_vanishes_ends_the_work_with_its_last_words() -> None:
    """Nothing waits for a process that is not there."""
    with (
        WorkerPool(SETTINGS, cleaner="cleaners:vanishing") as pool,
        pytest.raises(WorkersError, match="gone for good"),
    ):
        run(pool, numbered("x"))


def test_closing_the_pool_ends_work_under_way_at_once() -> None:
    """A run that is stopped does not wait for a page that hangs."""
    pool = WorkerPool(replace(SETTINGS, document_seconds=60), cleaner="cleaners:obedient")
    errors: list[BaseException] = []

    def work() -> None:
        try:
            run(pool, numbered("hang", "fine"))
        except PoolClosedError as error:
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    time.sleep(1.0)
    pool.close()
    thread.join(ENDS)
    assert not thread.is_alive(), "it waits for the page that hangs"
    assert len(errors) == 1


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM])
def test_no_process_outlives_the_one_that_owns_the_pool(tmp_path: Path, ending: signal.Signals) -> None:
    """A killed run leaves nothing running, even when a worker hangs."""
    script = tmp_path / "run.py"
    script.write_text(
        textwrap.dedent(f"""
        import sys, threading
        sys.path[:0] = {[str(Path(__file__).parents[1] / "helpers"), str(Path(__file__).parents[2])]!r}
        from cleaners import document
        from copydesk.schemas.settings import Settings
        from copydesk.tasks.workers.pool import WorkerPool
        pool = WorkerPool(Settings(workers=2), cleaner="cleaners:obedient")
        print(next(pool.clean([document("pid:", "r")]))[0].articles["text"][0], flush=True)
        list(pool.clean([document("hang", str(n)) for n in range(200)]))
    """)
    )
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        worker = int(owner.stdout.readline())
        template = parent_of(worker)
        time.sleep(0.3)
        owner.send_signal(ending)
        owner.wait(ENDS)
    deadline = time.monotonic() + ENDS
    while alive(worker) or alive(template):
        assert time.monotonic() < deadline, "a worker or its template is still running"
        time.sleep(0.05)


def test_a_lock_held_by_the_run_is_not_held_by_its_workers(tmp_path: Path) -> None:
    """A run that is killed gives its lock back at once: no worker has inherited the descriptor."""
    with (tmp_path / "lock").open("w") as lock, WorkerPool(SETTINGS, cleaner="cleaners:obedient") as pool:
        worker = int(run(pool, numbered("pid:"))[0].articles["text"][0].as_py())
        for pid in (worker, parent_of(worker)):
            assert lock.name not in [os.readlink(entry) for entry in Path(f"/proc/{pid}/fd").iterdir()]


def test_what_answering_needs_is_imported_before_workers_are_forked() -> None:
    """To pack its first answer Arrow looks for pandas; each worker would pay a quarter of a second for that."""
    with WorkerPool(replace(SETTINGS, workers=1), cleaner="cleaners:obedient") as fresh:
        (part,) = run(fresh, numbered("modules"))
    assert "pandas" in part.articles["text"].to_pylist()[0].split()


def test_a_worker_writes_no_core_file_and_has_the_memory_it_was_given(pool: WorkerPool) -> None:
    """Limits are set where the document is cleaned, not in the run's own process."""
    worker = int(run(pool, numbered("pid:"))[0].articles["text"][0].as_py())
    limits = Path(f"/proc/{worker}/limits").read_text()
    assert [line.split()[4] for line in limits.splitlines() if "core file" in line] == ["0"]
    (most,) = (int(line.split()[3]) for line in limits.splitlines() if "address space" in line)
    assert 1024 * MIB < most < 5 * 1024 * MIB  # what the libraries reserve comes on top


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])


def alive(pid: int) -> bool:
    """Return whether the process runs. A zombie that was not reaped in this container does not count."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_article_made_by_the_test_cleaner_has_every_column() -> None:
    """Guards the tests themselves: a new column must not make all documents fail alike."""
    assert article(document("x", "r")).text == "x"
