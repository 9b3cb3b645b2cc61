"""Messages between the pool and its workers: framed Arrow tables; nothing is pickled.

A worker runs parsers on hostile pages. If one is taken over, its answer is still read as tables of a known
schema, and can't name code to run.
"""

import json
import socket
import struct
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

import pyarrow as pa

from copydesk.schemas.article import ARTICLES, Article
from copydesk.schemas.document import NOTHING, Declared, Origin, RawDocument, as_bytes, as_text
from copydesk.schemas.ledger import LEDGER, LedgerRow
from copydesk.schemas.raw_document_row import DOCUMENTS
from copydesk.schemas.report import Outcome, Reject
from copydesk.schemas.settings import Settings
from copydesk.schemas.shard import STAGED, Cleaned
from copydesk.tasks.article import characters
from copydesk.tasks.dedup import sign
from copydesk.tasks.store import declared_from, documents_table

_ORIGIN = tuple(f.name for f in fields(Origin))
_TEXTS = ("stage", "reason", "detail", "content_hash", "form")
_LENGTH = struct.Struct("!Q")
Part = bytes | bytearray | memoryview


def pack_documents(documents: Sequence[RawDocument]) -> list[Part]:
    """Turn documents into the parts of a message.

    Texts travel as bytes in which lone surrogates pass through: a file name or a JSON string can hold them,
    and the decode step handles them.
    """
    columns = _pack_origins([document.origin for document in documents])
    columns["format"] = pa.array([document.format for document in documents], pa.string())
    columns["is_text"] = pa.array([isinstance(document.content, str) for document in documents])
    columns["content"] = pa.array([document.as_bytes() for document in documents], pa.large_binary())
    return [_pack_table(pa.table(columns))]


def unpack_documents(parts: Sequence[Part]) -> list[RawDocument]:
    """Read the documents back: equal to those that were packed."""
    table = _unpack_table(parts[0])
    contents = table["content"].to_pylist()
    return [
        RawDocument(origin, as_text(content) if is_text else content, kind)
        for origin, content, is_text, kind in zip(
            _unpack_origins(table),
            contents,
            table["is_text"].to_pylist(),
            table["format"].to_pylist(),
            strict=True,
        )
    ]


def pack_outcomes(
    outcomes: Sequence[Outcome], settings: Settings, kept: Sequence[RawDocument] = ()
) -> list[Part]:
    """Turn outcomes into the parts of a message, and compute the articles' signatures.

    `kept` are the documents, one for each outcome, if they are to be stored beside the articles.
    """
    pairs = [
        (raw, o.result) for raw, o in zip(kept, outcomes, strict=bool(kept)) if isinstance(o.result, Article)
    ]
    articles = [outcome.result for outcome in outcomes if isinstance(outcome.result, Article)]
    rejects = [outcome.result for outcome in outcomes if isinstance(outcome.result, Reject)]
    ledger = [row for outcome in outcomes for row in outcome.ledger]
    return [
        _pack_table(_signed(articles, settings)),
        _pack_table(rows_to_table(ledger, LEDGER)),
        pack_rejects(rejects),
        _pack_table(documents_table(pairs)),
        json.dumps({"seen": len(outcomes), **_count(outcomes)}).encode(),
    ]


def unpack_outcomes(parts: Sequence[Part]) -> Cleaned:
    """Read the outcomes of documents. The tables share the message's memory."""
    articles, ledger, rejects, documents, counts = parts
    return Cleaned(
        articles=_unpack_table(articles),
        ledger=_unpack_table(ledger),
        rejects=tuple(unpack_rejects(rejects)),
        documents=_unpack_table(documents),
        **json.loads(bytes(counts)),
    )


def rows_to_table(rows: Sequence[Article] | Sequence[LedgerRow], schema: pa.Schema) -> pa.Table:
    """Build a table column by column; row-wise dicts (`Table.from_pylist`) cost twice as much."""
    arrays = [pa.array([getattr(row, field.name) for row in rows], field.type) for field in schema]
    return pa.Table.from_arrays(arrays, schema=schema)


def joined(parts: Sequence[Cleaned]) -> Cleaned:
    """Return the result of all batches of a shard, in their order."""
    removed: Counter[str] = Counter()
    for part in parts:
        removed.update(part.removed_by_label)
    return Cleaned(
        articles=pa.concat_tables([STAGED.empty_table(), *(part.articles for part in parts)]),
        ledger=pa.concat_tables([LEDGER.empty_table(), *(part.ledger for part in parts)]),
        rejects=tuple(reject for part in parts for reject in part.rejects),
        seen=sum(part.seen for part in parts),
        kept_chars=sum(part.kept_chars for part in parts),
        removed_chars=sum(part.removed_chars for part in parts),
        removed_by_label=dict(sorted(removed.items())),
        documents=pa.concat_tables([DOCUMENTS.empty_table(), *(part.documents for part in parts)]),
    )


def rejected(outcome: Reject) -> Cleaned:
    """Return the result of a batch whose only document was rejected before a worker could answer."""
    none = {"articles": STAGED.empty_table(), "ledger": rows_to_table([], LEDGER)}
    return Cleaned(**none, rejects=(outcome,), seen=1, kept_chars=0, removed_chars=0, removed_by_label={})


def send(sock: socket.socket, parts: Sequence[Part]) -> None:
    """Send one message: the number of its parts, their lengths, the parts."""
    header = b"".join(_LENGTH.pack(number) for number in (len(parts), *map(len, parts)))
    sock.sendall(header)
    for part in parts:
        sock.sendall(part)


def receive(read: "Reader") -> list[bytearray]:
    """Receive one message through `read`. Raise EOFError if the other end is gone."""
    (count,) = _LENGTH.unpack(read(_LENGTH.size))
    lengths = [_LENGTH.unpack(read(_LENGTH.size))[0] for _ in range(count)]
    return [read(length) for length in lengths]


class Reader:
    """Read an exact number of bytes from a blocking socket."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock

    def __call__(self, length: int) -> bytearray:
        """Wait for `length` bytes. Raise EOFError if the other end closes before they arrive."""
        data = bytearray(length)
        view = memoryview(data)
        while view:
            self.wait()
            received = self._socket.recv_into(view)
            if not received:
                raise EOFError("the other end closed the connection")
            view = view[received:]
        return data

    def wait(self) -> None:
        """Wait until there is something to read. The base class leaves that to the socket."""


def _signed(articles: Sequence[Article], settings: Settings) -> pa.Table:
    """Return the articles with their signatures, or with nulls if near duplicates are turned off.

    Nulls if near duplicates are turned off.
    """
    texts = [(article.title, article.text) for article in articles]
    signatures = sign(texts, settings) if settings.near_duplicates else [None] * len(texts)
    field = STAGED.field("signature")
    return rows_to_table(articles, ARTICLES).append_column(field, pa.array(signatures, field.type))


def _count(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    counted = characters(
        row for outcome in outcomes if isinstance(outcome.result, Article) for row in outcome.ledger
    )
    return {
        "kept_chars": counted.kept,
        "removed_chars": counted.gone,
        "removed_by_label": counted.removed,
    }


def pack_rejects(rejects: Sequence[Reject]) -> Part:
    """Turn rejects into a part of a message."""
    columns = _pack_origins([reject.origin for reject in rejects])
    for name in _TEXTS:
        columns[name] = pa.array([as_bytes(getattr(reject, name)) for reject in rejects], pa.binary())
    columns["content"] = pa.array([reject.content for reject in rejects], pa.large_binary())
    columns["size"] = pa.array([reject.size for reject in rejects], pa.int64())
    columns["is_text"] = pa.array([reject.is_text for reject in rejects], pa.bool_())
    return _pack_table(pa.table(columns))


def unpack_rejects(part: Part) -> Iterable[Reject]:
    """Read rejects back: equal to those that were packed."""
    table = _unpack_table(part)
    texts = {name: [as_text(value) for value in table[name].to_pylist()] for name in _TEXTS}
    columns = {name: table[name].to_pylist() for name in ("content", "size", "is_text")} | texts
    for number, origin in enumerate(_unpack_origins(table)):
        yield Reject(origin, **{name: column[number] for name, column in columns.items()})


def _pack_origins(origins: Sequence[Origin]) -> dict[str, pa.Array]:
    return {name: pa.array([_pack_value(getattr(o, name)) for o in origins], pa.binary()) for name in _ORIGIN}


def _unpack_origins(table: pa.Table) -> list[Origin]:
    columns: list[list[Any]] = []
    for name in _ORIGIN:
        values = [None if value is None else as_text(value) for value in table[name].to_pylist()]
        if name == "fetched_at":
            columns.append([None if value is None else datetime.fromisoformat(value) for value in values])
        elif name == "url_identifies":
            columns.append([value is None for value in values])
        elif name == "declared":
            columns.append([declared_from(json.loads(value)) if value else NOTHING for value in values])
        else:
            columns.append(values)
    return [Origin(*values) for values in zip(*columns, strict=True)]


def _pack_value(value: str | bool | datetime | Declared | None) -> bytes | None:
    """Return the bytes that represent a value in a message; None for the usual value."""
    if value is None or value is True or value is NOTHING:
        return None
    if value is False:
        return b""
    if isinstance(value, Declared):
        return json.dumps(asdict(value)).encode()
    return value.isoformat().encode() if isinstance(value, datetime) else as_bytes(value)


def _pack_table(table: pa.Table) -> memoryview:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return memoryview(sink.getvalue())


def _unpack_table(data: Part) -> pa.Table:
    with pa.ipc.open_stream(data) as reader:
        return reader.read_all()
