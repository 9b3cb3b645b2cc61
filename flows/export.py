"""Export the articles of a dataset to one file or stream, or to a folder with a file for each."""

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from copydesk.flows.output_files import empty_folder, replacing, write_file
from copydesk.schemas.article import ARTICLES, Article
from copydesk.schemas.errors import UsageError
from copydesk.tasks.export import FORMATS, Names, Selection, card, csv_head, csv_row, json_line
from copydesk.tasks.store import Scan

STREAMS: Final = ("jsonl", "csv")
"""Formats of one file, or standard output."""
FOLDERS: Final = ("txt", "md", "hf")
"""Formats of a folder."""
_HUB_BYTES: Final = 200 << 20
"""Most bytes in memory for a Parquet file for the hub: about 80 MB on disk."""
_BATCH: Final = 2_000


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What to export, the format and the target."""

    dataset: str
    format: str
    out: str
    """A file or folder; empty or `-` for standard output."""
    selection: Selection
    columns: tuple[str, ...] = ()
    """For jsonl, csv and hf; empty for all."""
    limit: int = 0
    """Most articles; 0 is all."""


class Exported(NamedTuple):
    """The result of an export."""

    articles: int
    files: int


def run_export(request: ExportRequest) -> Exported:
    """Export the current snapshot of a dataset, in the order of its files. Takes no lock.

    Raises UsageError for an unknown format or column, a missing dataset, or a folder that is not empty.
    Raises CannotWriteError.
    """
    if request.format not in (*STREAMS, *FOLDERS):
        known = ", ".join((*STREAMS, *FOLDERS))
        raise UsageError(f"--format: found {request.format!r}, expected one of {known}")
    names = list(Article.__dataclass_fields__)
    if unknown := [name for name in request.columns if name not in names]:
        raise UsageError(f"--columns: no column {unknown[0]!r}; expected some of {', '.join(names)}")
    scan = Scan(Path(request.dataset))
    if request.format in STREAMS:
        return _to_stream(scan, request)
    if request.out in ("", "-"):
        raise UsageError(f"--format {request.format} writes a folder; name it with -o")
    folder = empty_folder(request.out)
    return _to_hub(scan, request, folder) if request.format == "hf" else _to_files(scan, request, folder)


def _chosen(scan: Scan, request: ExportRequest) -> Iterator[pa.Table]:
    """Yield the selected articles, some at a time."""
    left = request.limit
    for rows in scan.batches("articles", list(Article.__dataclass_fields__), size=_BATCH):
        rows = request.selection.of(rows)
        if request.limit:
            rows = rows.slice(0, left)
            left -= rows.num_rows
        if rows.num_rows:
            yield rows
        if request.limit and not left:
            return


def _to_stream(scan: Scan, request: ExportRequest) -> Exported:
    columns = request.columns or tuple(Article.__dataclass_fields__)
    count = 0
    with _stream(request.out) as stream:
        if request.format == "csv":
            stream.write(csv_head(columns))
        for rows in _chosen(scan, request):
            for row in rows.select(list(columns)).to_pylist():
                stream.write(csv_row(row, columns) if request.format == "csv" else json_line(row))
            count += rows.num_rows
    return Exported(count, 1)


@contextmanager
def _stream(out: str) -> Iterator[IO[bytes]]:
    if out in ("", "-"):
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    else:
        with replacing(Path(out)) as stream:
            yield stream


def _to_files(scan: Scan, request: ExportRequest, folder: Path) -> Exported:
    """Write a file for each article, in a folder for each year of publication."""
    suffix, write = FORMATS["text" if request.format == "txt" else request.format]
    names = Names()
    count = 0
    for rows in _chosen(scan, request):
        for row in rows.to_pylist():
            year = f"{row['published_at']:%Y}" if row["published_at"] else "undated"
            path = folder / names.free((year, row["title"]), suffix, row["id"][:8])
            path.parent.mkdir(exist_ok=True)
            write_file(path, write(row))
            count += 1
    return Exported(count, count)


def _to_hub(scan: Scan, request: ExportRequest, folder: Path) -> Exported:
    """Write Parquet files and a card.

    Names contain the number of files, so the files are named after all are written.
    """
    columns = list(request.columns or Article.__dataclass_fields__)
    schema = pa.schema([ARTICLES.field(name) for name in columns])
    data = folder / "data"
    data.mkdir()
    written: list[Path] = []
    languages: Counter[str] = Counter()
    waiting: list[pa.Table] = []
    count = 0
    for rows in _chosen(scan, request):
        languages.update(rows["language"].to_pylist())
        waiting.append(rows.select(columns))
        count += rows.num_rows
        if sum(table.nbytes for table in waiting) >= _HUB_BYTES:
            written.append(_write_part(data, len(written), waiting, schema))
            waiting = []
    if waiting or not written:
        written.append(_write_part(data, len(written), waiting, schema))
    for number, path in enumerate(written):
        path.rename(data / f"train-{number:05d}-of-{len(written):05d}.parquet")
    common = [code for code, _ in languages.most_common(20)]
    write_file(folder / "README.md", card(schema, count, common, _about(request)))
    return Exported(count, len(written) + 1)


def _write_part(data: Path, number: int, tables: list[pa.Table], schema: pa.Schema) -> Path:
    path = data / f"part-{number:05d}.parquet"
    with replacing(path) as stream:
        pq.write_table(pa.concat_tables([schema.empty_table(), *tables]), stream, compression="zstd")
    return path


def _about(request: ExportRequest) -> dict[str, str]:
    """Describe the selection in words for the card."""
    chosen = request.selection
    return {
        "Publishers": ", ".join(chosen.publishers),
        "Languages": ", ".join(chosen.languages),
        "Published since": chosen.since.isoformat() if chosen.since else "",
        "Published before": chosen.until.isoformat() if chosen.until else "",
        "At least": ", ".join(f"{signal} {least:g}" for signal, least in chosen.bounds),
        "Without": ", ".join(("near duplicates",) * chosen.originals + tuple(chosen.without_flags)),
    }
