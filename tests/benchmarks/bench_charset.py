"""Compare charset detectors on files of known charset: which text comes out right.

    python tests/benchmarks/bench_charset.py [FOLDER]

FOLDER holds one folder for each charset, named after it (`windows-1251-russian`), with files in it.
A detector is right when its answer decodes the file to the same text as the true charset, by the
WHATWG meaning of labels for all of them alike. `copydesk` is `copydesk.tasks.decode` on plain text,
without any declaration. Files that are no text (NULs but for a few bytes) are left out.
"""

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import chardet

from copydesk.schemas.document import Origin, RawDocument
from copydesk.schemas.errors import DocumentError
from copydesk.schemas.settings import Settings
from copydesk.tasks.decode import decode
from copydesk.tasks.text.charsets import codec_of

SHARED = Path(__file__).resolve().parents[3] / "shared" / "eval" / "bad_inputs" / "charset"
LANGUAGES = (
    "croatian",
    "czech",
    "hungarian",
    "polish",
    "slovak",
    "bulgarian",
    "russian",
    "greek",
    "turkish",
    "hebrew",
    "arabic",
)


def _by_name(detect: Callable[[bytes], str | None]) -> Callable[[bytes], str]:
    def text(content: bytes) -> str:
        found = (detect(content) or "cp1252").lower()
        codec = found if found in ("utf-16", "utf-32") else codec_of(found) or "cp1252"
        return content.decode(codec, "copydesk.c1" if codec.startswith("cp125") else "replace")

    return text


def _normalizer(content: bytes) -> str | None:
    import charset_normalizer  # of the extra `bench`, which the tests go without

    best = charset_normalizer.from_bytes(content).best()
    return best.encoding if best else None


def _cchardet(content: bytes) -> str | None:
    import cchardet

    found: str | None = cchardet.detect(content)["encoding"]
    return found


def _copydesk(content: bytes) -> str:
    return decode(RawDocument(Origin("bench"), content, "text"), Settings()).text


DETECTORS: dict[str, Callable[[bytes], str]] = {
    "charset-normalizer": _by_name(_normalizer),
    "faust-cchardet": _by_name(_cchardet),
    "chardet": _by_name(lambda content: chardet.detect(content, max_bytes=len(content))["encoding"]),
    "copydesk": _copydesk,
}


def truth(folder: str) -> str:
    """Return the codec that a folder is named after.

    >>> truth("windows-1251-russian"), truth("iso-8859-1"), truth("SHIFT_JIS"), truth("MacCyrillic")
    ('cp1251', 'cp1252', 'cp932', 'mac-cyrillic')
    """
    name, _, language = folder.rpartition("-")
    label = name if language in LANGUAGES else folder
    return codec_of("mac_cyrillic" if label == "MacCyrillic" else label)


def cases(root: Path) -> list[tuple[str, bytes, str]]:
    """List (name, bytes, true text) of the files that are text."""
    found = []
    for path in sorted(root.glob("*/*")):
        content = path.read_bytes()
        if path.parent.name.startswith("UTF-16") or path.parent.name.startswith("UTF-32"):
            text = content.decode(
                path.parent.name if path.parent.name[-2:] in ("LE", "BE") else path.parent.name.lower()
            )
        else:
            text = content.decode(truth(path.parent.name))
        if content.count(0) < 0.8 * len(content):
            found.append((f"{path.parent.name}/{path.name}", content, text.removeprefix("\ufeff")))
    return found


def evaluate(
    root: Path, wrong: list[str] | None = None, names: Sequence[str] = tuple(DETECTORS)
) -> dict[str, tuple[int, int]]:
    """Return (right, seen) for each detector of `names`. `wrong` collects `detector: file`."""
    known = cases(root)
    table = {}
    for name in names:
        text_of, right = DETECTORS[name], 0
        for label, content, text in known:
            try:
                got = text_of(content).removeprefix("\ufeff")
            except DocumentError as refusal:
                got = str(refusal)
            right += got == text
            if got != text and wrong is not None:
                wrong.append(f"{name}: {label}")
        table[name] = (right, len(known))
    return table


def main(argv: list[str]) -> int:
    """Print the table, and what each detector got wrong."""
    root = Path(argv[0]) if argv else SHARED
    wrong: list[str] = []
    table = evaluate(root, wrong)
    contents = [content for _, content, _ in cases(root)]
    print(f"{'detector':20} {'right':>9} {'MB/s':>7}")
    for name, (right, seen) in table.items():
        start = time.process_time()
        for content in contents:
            try:
                DETECTORS[name](content)
            except DocumentError:
                continue
        print(
            f"{name:20} {right:>4}/{seen} {sum(map(len, contents)) / 1e6 / (time.process_time() - start):>7.0f}"
        )
    print(*wrong, sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
