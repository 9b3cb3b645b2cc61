"""Progress without a terminal: a line early, then one a minute, with what is left."""

import threading
import time
from pathlib import Path

import pytest
from cli_kit import command_line

from copydesk.flows.progress_lines import ProgressLines, progress_line, time_left
from copydesk.schemas.request import Advance

SAMPLES = Path(__file__).parents[2] / "data" / "samples"


@pytest.mark.parametrize(
    ("now", "seconds", "line"),
    [
        (Advance(0, 0, 0, 1 << 20), 10, "0 documents, 0/s, 0% of 1.0 MB"),
        (Advance(500, 0, 1 << 19, 1 << 20), 50, "500 documents, 10/s, 50% of 1.0 MB, about 50 seconds left"),
        (Advance(500, 7, 0, 0), 50, "500 documents, 7 rejected, 10/s"),
        (Advance(90, 0, 1, 1_000), 60, "90 documents, 2/s, 0% of 1,000 bytes, about 16.6 hours left"),
        (Advance(9, 0, 1, 1_000), 60, "9 documents, 0/s, 0% of 1,000 bytes"),
        (Advance(9, 0, 10, 10), 1, "9 documents, 9/s, 100% of 10 bytes"),
    ],
)
def test_a_line_says_how_far_and_how_long(now: Advance, seconds: float, line: str) -> None:
    """No time is promised where the size of the input is not known, or nothing is done yet."""
    assert progress_line(now, seconds) == line


def test_left_never_divides_by_nothing() -> None:
    """Before the first document and at the end there is nothing to say."""
    assert time_left(Advance(0, 0, 0, 100), 0) == time_left(Advance(5, 0, 100, 100), 9) == ""


def test_lines_go_on_while_nothing_moves() -> None:
    """A run that waits for its input prints lines too.

    There is none before the first report, and none after the end.
    """
    lines: list[str] = []
    several = threading.Event()

    def write(line: str) -> None:
        lines.append(line)
        if len(lines) == 3:
            several.set()

    with ProgressLines(write, first=0.01, every=0.01) as progress:
        time.sleep(0.1)
        assert lines == []
        progress.advance(Advance(7, 0, 0, 0))
        assert several.wait(60)
    count = len(lines)
    assert all(line.startswith("7 documents, ") for line in lines)
    time.sleep(0.1)
    assert len(lines) == count


def test_a_run_without_a_terminal_writes_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """In a log file there is more than the first word, and no bar."""
    monkeypatch.setattr(ProgressLines.__init__, "__defaults__", (0.01, 0.01))
    code, _, err = command_line(capfd)(
        "ingest", SAMPLES, "--out", tmp_path / "out", "--direct", "--workers", "1"
    )
    assert code == 3
    assert "cleaning\n" in err
    assert " documents, " in err
    assert "\x1b" not in err
