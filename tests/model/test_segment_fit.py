"""The training command of the segment model, from a small invented corpus to weights. It needs the extra `train`."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from copydesk.schemas.labels import BODY
from copydesk.tasks.model.segment_table import FlatText
from copydesk.tasks.model.sequence import SegmentModel

PLACES = ("harbour", "valley", "castle", "library", "orchard", "station", "chapel", "mill", "ferry", "market")
SENTENCES = (
    "The council of the {0} met on Tuesday and put off the plan that the mayor had shown in spring.",
    "Two men who live beside the {0} said that the noise of the works had kept them awake for weeks.",
    "A vote about the money is due before the summer, the clerk of the {0} told this paper.",
    "Nobody was hurt when the roof of the {0} fell in last year, but the repairs cost a fortune.",
    "The owner of the {0} wants to sell it, and the neighbours fear that it will be torn down.",
)
FURNITURE = (
    ("related", "Read more: Storm over the {0}"),
    ("share", "Share this on Facebook"),
    ("newsletter", "Sign up for our newsletter"),
    ("ad", "Advertisement"),
)


def story(number: int) -> list[tuple[str, str]]:
    """Return the lines of a text with their labels."""
    place = PLACES[number % len(PLACES)]
    lines = [("paragraph", sentence.format(place)) for sentence in SENTENCES]
    for at, (label, text) in enumerate(FURNITURE):
        lines.insert(1 + (number + 2 * at) % len(lines), (label, text.format(place)))
    return lines


def labelled(number: int, group: str, **more: Any) -> str:
    lines = story(number)
    row = {
        "id": f"t{number}",
        "source_repo": f"someone/{group}",
        "language": "en",
        "text": "\n".join(text for _, text in lines),
        "lines": [{"i": n, "label": label} for n, (label, _) in enumerate(lines)],
    }
    return json.dumps(row | more)


def page(number: int) -> dict[str, Any]:
    lines = story(number)
    body = "".join(
        f"<p>{text}</p>" if label == "paragraph" else f"<div>{text}</div>" for label, text in lines
    )
    return {
        "id": f"p{number}",
        "publisher": f"paper{number}.example",
        "html": f'<?xml version="1.0" encoding="ascii"?><html><body><nav>Home World</nav><article><h1>News of {number}</h1>{body}</article></body></html>',
        "text": "\n".join(text for label, text in lines if label == "paragraph"),
        "title": f"News of {number}",
        "authors": [],
    }


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    """Write what the command reads, as the evaluation folder has it."""
    folder = tmp_path / "shared"
    for name in ("text", "html"):
        (folder / "eval" / name).mkdir(parents=True)
    texts = folder / "eval/text"
    (texts / "docs.jsonl").write_text("\n".join(labelled(n, f"a{n % 5}") for n in range(10)))
    spent = labelled(99, "a1", split="check", text="never read", lines=[{"i": 0, "label": "no such label"}])
    (texts / "more.jsonl").write_text("\n".join([*(labelled(n, f"b{n % 7}") for n in range(10, 40)), spent]))
    pool = [
        {"id": f"r{n}", "collection": "c", "publisher": "d", "language": "en", "text": "\n".join(t for _, t in story(n))}
        for n in range(12)
    ]  # fmt: skip
    for name in ("pool", "pool_more"):
        pq.write_table(pa.Table.from_pylist(pool), texts / f"{name}.parquet")
    for name in ("news_pages", "pages_more", "web_articles"):
        rows = [page(n) for n in range(6)]
        pq.write_table(pa.Table.from_pylist(rows), folder / "eval/html" / f"{name}.parquet")
    (folder / "boilerplate_catalogue.tsv").write_text(
        "family\tkey\tlanguage\ttext\nshare\tx\ten\tShare by mail\n"
    )
    return folder


def train(shared: Path, out: Path, *more: str) -> str:
    command = [sys.executable, "-m", "copydesk.tasks.model.training.segments.fit", "--shared", str(shared)]
    done = subprocess.run(
        [*command, "--out", str(out), "--work", str(shared.parent / "work"), *more],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_the_command_makes_weights_that_tell_body_from_furniture(shared: Path, tmp_path: Path) -> None:
    """Everything is real: rendering, alignment, composition, network, whole numbers, numpy."""
    pytest.importorskip("torch", reason="torch is not installed: extra `train`")
    pytest.importorskip("lxml", reason="lxml is not installed: extra `train`")
    assert "wrote" in train(shared, tmp_path / "w.npz", "--passes", "25")
    lines = story(3)
    found = SegmentModel.load(tmp_path / "w.npz").classify(
        [FlatText([text for _, text in lines], [()] * len(lines))]
    )[0]
    body = [segment.body for segment in found if lines[segment.line][0] in BODY]
    rest = [segment.body for segment in found if lines[segment.line][0] not in BODY]
    assert sum(body) / len(body) > sum(rest) / len(rest) + 0.3


def test_a_fold_that_is_held_out_has_a_file_of_its_own(shared: Path, tmp_path: Path) -> None:
    """The weights that ship are not touched. The same again gives the same bytes."""
    pytest.importorskip("torch", reason="torch is not installed: extra `train`")
    pytest.importorskip("lxml", reason="lxml is not installed: extra `train`")
    train(shared, tmp_path / "w.npz", "--hold", "1", "--hold", "3", "--passes", "1")
    assert sorted(path.name for path in tmp_path.glob("*.npz")) == ["w.1.npz", "w.3.npz"]
    train(shared, tmp_path / "again.npz", "--hold", "1", "--passes", "1")
    assert (tmp_path / "again.1.npz").read_bytes() == (tmp_path / "w.1.npz").read_bytes()


def test_a_network_learns_from_others(shared: Path, tmp_path: Path) -> None:
    """Two networks with other seeds differ. A third learns from both, for the fold that none of them has seen."""
    pytest.importorskip("torch", reason="torch is not installed: extra `train`")
    pytest.importorskip("lxml", reason="lxml is not installed: extra `train`")
    fold = ("--hold", "1", "--passes", "1")
    train(shared, tmp_path / "a.npz", *fold)
    train(shared, tmp_path / "b.npz", *fold, "--seed", "1")
    assert (tmp_path / "a.1.npz").read_bytes() != (tmp_path / "b.1.npz").read_bytes()
    teachers = ("--teacher", str(tmp_path / "a.npz"), "--teacher", str(tmp_path / "b.npz"))
    assert "wrote" in train(shared, tmp_path / "c.npz", *fold, *teachers)
    assert (tmp_path / "c.1.npz").read_bytes() != (tmp_path / "a.1.npz").read_bytes()
