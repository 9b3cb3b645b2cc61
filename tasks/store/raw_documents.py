"""Raw documents in store: what the pipeline was given, so that it can be given the same again.

The raw content is kept rather than the decoded text, because it is what everything else follows
from: a newer decoder mends charsets as well, the hash in `version` can be checked, and the very
path of an ingest runs again. It can't be had from the ledger, which holds text after repair, and
of a page what was rendered.

Each document is compressed by itself, by the worker that cleaned it: the process that commits only
copies, a merge of files compresses nothing anew, and reading holds one document at a time.
Measured: news text of 3.8 KB takes 1,810 bytes and 26 µs, a news page of 376 KB 65,600 bytes and
1.2 ms, which is 1 to 4 % of the time that cleaning takes. Pages compressed together in columns
would take 18 % less for text and 2 % less for HTML. Level 1 saves a third of the time and takes 8 %
more; level 6 takes 8 % less for 2.6 times the time. An ingest of 4,000 news texts of 3 KB wrote 1,528
bytes of them a document, 40 % on top of articles and ledger, in 15.2 s of CPU (3.2 s of it in the
process that commits) in place of 15.1 to 15.7 (3.2 to 3.4).
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final, NamedTuple

import pyarrow as pa
import zstandard

from copydesk.schemas.article import Article
from copydesk.schemas.document import NOTHING, Declared, Format, Origin, RawDocument, as_text
from copydesk.schemas.errors import StorageError
from copydesk.schemas.raw_document_row import DOCUMENTS

_LEVEL: Final = 3


def documents_table(pairs: Sequence[tuple[RawDocument, Article]]) -> pa.Table:
    """The rows that keep documents, each with the article that it became."""
    contents = [raw.as_bytes() for raw, _ in pairs]
    compress = zstandard.ZstdCompressor(level=_LEVEL).compress
    columns = {
        "id": [article.id for _, article in pairs],
        "version": [article.version for _, article in pairs],
        "format": [raw.format for raw, _ in pairs],
        "is_text": [isinstance(raw.content, str) for raw, _ in pairs],
        "origin": [origin_to_json(raw.origin) for raw, _ in pairs],
        "size": [len(content) for content in contents],
        "content": [compress(content) for content in contents],
    }
    return pa.Table.from_pydict(columns, DOCUMENTS)


class Stored(NamedTuple):
    """A raw document, and the article that it became."""

    id: str
    version: str
    raw: RawDocument


def raw_documents(rows: pa.Table) -> Iterator[Stored]:
    """The documents of rows, one at a time. StorageError for one that is damaged."""
    decompress = zstandard.ZstdDecompressor().decompress
    for batch in rows.to_batches(max_chunksize=1):
        (row,) = batch.to_pylist()
        try:
            # A frame says how much it holds; more than was put in is none of ours, and may be a bomb.
            if zstandard.frame_content_size(row["content"]) != row["size"]:
                raise zstandard.ZstdError("its length is not the one it had")
            content = decompress(row["content"])
        except zstandard.ZstdError as error:
            raise StorageError(f"the raw document of {row['id']} is damaged: {error}") from error
        raw = raw_document(row["origin"], row["format"], content, is_text=row["is_text"])
        yield Stored(row["id"], row["version"], raw)


def raw_document(origin: str, form: Format, content: bytes, *, is_text: bool) -> RawDocument:
    """A document as it was read, from what was kept of it."""
    return RawDocument(origin_from_json(origin), as_text(content) if is_text else content, form)


def origin_to_json(origin: Origin) -> str:
    """Write an origin as ASCII: a file name may hold lone surrogates, which no Parquet writer takes."""
    said = {name: value for name, value in asdict(origin).items() if value and name != "declared"}
    if origin.fetched_at is not None:
        said["fetched_at"] = origin.fetched_at.isoformat()
    if not origin.url_identifies:
        said["url_identifies"] = False
    if origin.declared != NOTHING:
        said["declared"] = {name: value for name, value in asdict(origin.declared).items() if value}
    return json.dumps(said)


def origin_from_json(text: str) -> Origin:
    """Read an origin that was written, also one of before version 0.2, which held what is declared among the rest."""
    said = json.loads(text)
    if "fetched_at" in said:
        said["fetched_at"] = datetime.fromisoformat(said["fetched_at"])
    declared = said.pop("declared", {})
    for name in ("title", "publisher", "published", "modified"):
        if name in said:
            declared[name] = said.pop(name)
    if "author" in said:
        declared["authors"] = [said.pop("author")]
    return Origin(**said, declared=declared_from(declared))


def declared_from(values: dict[str, Any]) -> Declared:
    """Make what was declared of its JSON."""
    values = dict(values)
    values["authors"] = tuple(values.get("authors", ()))
    values["columns"] = tuple((field, column) for field, column in values.get("columns", ()))
    return Declared(**values)
