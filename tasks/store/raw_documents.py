"""Store raw documents, so that the pipeline can be given the same input again.

The raw content is kept rather than the decoded text, because everything else follows from it: a newer decoder
may choose a better charset, the hash in `version` can be checked, and the whole path of an ingest runs again.
The ledger can't replace it: it holds text after repair, and only the rendered text of a page.

The worker that cleaned a document compresses it on its own. So the committing process only copies, a merge of
files compresses nothing again, and a reader holds one document at a time. Measured: news text of 3.8 KB takes
1,810 bytes and 26 µs; a news page of 376 KB takes 65,600 bytes and 1.2 ms. That is 1 to 4 % of the cleaning
time. Compressing documents together in columns would save 18 % for text and 2 % for HTML. Level 1 saves a
third of the time and needs 8 % more space; level 6 needs 8 % less space and 2.6 times the time. An ingest of
4,000 news texts of 3 KB wrote 1,528 bytes of raw document per text, 40 % on top of articles and ledger. It
took 15.2 s of CPU (3.2 s in the committing process); without raw documents it took 15.1 to 15.7 s (3.2 to 3.4
s).
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
    """Return the rows that store documents, each with the id of its article."""
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
    """A raw document, and the id of the article made from it."""

    id: str
    version: str
    raw: RawDocument


def raw_documents(rows: pa.Table) -> Iterator[Stored]:
    """Yield the documents of rows, one at a time. Raise StorageError for a damaged one."""
    decompress = zstandard.ZstdDecompressor().decompress
    for batch in rows.to_batches(max_chunksize=1):
        (row,) = batch.to_pylist()
        try:
            # A frame states its size. Another size than we stored is not ours, and may be a decompression
            # bomb.
            if zstandard.frame_content_size(row["content"]) != row["size"]:
                raise zstandard.ZstdError("its length differs from the stored one")
            content = decompress(row["content"])
        except zstandard.ZstdError as error:
            raise StorageError(
                f"the raw document of {row['id']} is damaged: {error}; restore the dataset from a backup, or read the input again"
            ) from error
        raw = raw_document(row["origin"], row["format"], content, is_text=row["is_text"])
        yield Stored(row["id"], row["version"], raw)


def raw_document(origin: str, form: Format, content: bytes, *, is_text: bool) -> RawDocument:
    """Rebuild a document as it was read, from its stored parts."""
    return RawDocument(origin_from_json(origin), as_text(content) if is_text else content, form)


def origin_to_json(origin: Origin) -> str:
    """Write an origin as ASCII: a file name may hold lone surrogates, which no Parquet writer accepts."""
    said = {name: value for name, value in asdict(origin).items() if value and name != "declared"}
    if origin.fetched_at is not None:
        said["fetched_at"] = origin.fetched_at.isoformat()
    if not origin.url_identifies:
        said["url_identifies"] = False
    if origin.declared != NOTHING:
        said["declared"] = {name: value for name, value in asdict(origin.declared).items() if value}
    return json.dumps(said)


def origin_from_json(text: str) -> Origin:
    """Read a stored origin. Before version 0.2 the declared fields were mixed with the others."""
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
    """Build the declared fields from their JSON."""
    values = dict(values)
    values["authors"] = tuple(values.get("authors", ()))
    values["columns"] = tuple((field, column) for field, column in values.get("columns", ()))
    return Declared(**values)
