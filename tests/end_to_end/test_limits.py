"""A limit of the machine ends the run: no document is rejected for it, and no input counts as read."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from cleaners import document
from cli_kit import command_line

from copydesk.flows.run import run_ingest
from copydesk.schemas.errors import MachineError
from copydesk.schemas.request import IngestRequest
from copydesk.schemas.settings import Settings
from copydesk.tasks.workers.pool import WorkerPool, WorkersError

SCRIPT = Path(sys.executable).with_name("copydesk")
STORY = "The harbour reopened on Tuesday, and the council said that the cranes would work again by Friday.\n"


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    """Two documents."""
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(2):
        (folder / f"{number}.txt").write_text(f"Story {number}\n" + STORY * 3)
    return folder


@pytest.mark.parametrize("limit", ["-v 3000000", "-v 1000000", "-n 8"])
def test_a_limit_that_is_too_low_ends_the_run(limit: str, inputs: Path, tmp_path: Path) -> None:
    """One clear line, an exit code of its own; without the limit the same command takes everything in."""
    words = ["ingest", str(inputs), "--out", str(tmp_path / "out"), "--direct", "--workers", "1"]
    done = subprocess.run(
        ["sh", "-c", f'ulimit {limit}; exec "$0" "$@"', str(SCRIPT), *words], capture_output=True, text=True
    )
    assert done.returncode in (71, 73, 74), (done.returncode, done.stderr)
    assert "internal error" not in done.stderr
    assert done.stderr.strip().splitlines()[-1].startswith("copydesk: ")
    again = subprocess.run([str(SCRIPT), *words], capture_output=True, text=True)
    assert again.returncode == 0, again.stderr
    assert pq.read_table(tmp_path / "out" / "articles").num_rows == 2


def test_limits_that_are_lower_than_a_worker_asks_for_are_kept(inputs: Path, tmp_path: Path) -> None:
    """A worker needs few files: fewer than it would allow itself are enough."""
    words = ["ingest", str(inputs), "--out", str(tmp_path / "out"), "--direct", "--workers", "1"]
    done = subprocess.run(
        ["sh", "-c", 'ulimit -n 40; exec "$0" "$@"', str(SCRIPT), *words], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_workers_that_end_at_any_document_are_the_machines_fault(inputs: Path, tmp_path: Path) -> None:
    """Before a document is blamed, a harmless one is tried; when that ends its worker too, the run ends."""
    settings = Settings(workers=1)
    with (
        WorkerPool(settings, cleaner="cleaners:doomed") as pool,
        pytest.raises(WorkersError, match="no document is the cause"),
    ):
        list(pool.clean([document("one", "r1"), document("two", "r2")]))
    request = IngestRequest(
        (str(inputs),), str(tmp_path / "out"), settings=replace(settings, min_free_bytes=0)
    )
    with pytest.raises(WorkersError):
        run_ingest(request, cleaner="cleaners:doomed")
    report = run_ingest(request)
    assert (report.seen, report.written, report.rejected) == (2, 2, 0)


@pytest.mark.parametrize(
    "error", [OSError(24, "Too many open files"), OSError(28, "No space left"), MemoryError()]
)
def test_reading_that_fails_for_the_machine_is_no_reject(
    error: BaseException, inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real read that fails as the kernel would have it fail; the input is read by the next run."""
    request = IngestRequest(
        (str(inputs),), str(tmp_path / "out"), settings=Settings(workers=1, min_free_bytes=0)
    )

    def fails(*_: object) -> object:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr("copydesk.tasks.read.formats.open_input", fails)
        with pytest.raises(MachineError, match="can't be read on this machine"):
            run_ingest(request)
    assert run_ingest(request).written == 2


def test_no_memory_is_said_in_words(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The driver itself may be what has no memory."""

    def none(*_: object, **__: object) -> int:
        raise MemoryError

    monkeypatch.setattr("copydesk.flows.cli.document.print_clean", none)
    code, _, said = command_line(capfd)("clean", "a.txt")
    assert code == 71
    assert "no memory left" in said
