"""Update the examples of README.md and docs/ by running them; `test_docs.py` fails if they are outdated.

Run as a script (`make docs`) it rewrites the documents. Commands run in one separate folder that contains
`data/samples`, so that paths appear as a reader would see them. The documents run in the order of DOCUMENTS.

These parts are updated: the output after `$ copydesk ...` in a `console` block, a `text` block whose title is
a path, a `json` block with the title `record`, and the column reference between the `contract` comments.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from notebook import NOTEBOOK, executed

from copydesk.flows.cli.schema import update

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
DOCUMENTS = [README, *sorted((ROOT / "docs").rglob("*.md"))]
"""Documents with examples."""
INGEST = ("ingest", "data/samples", "--out", "data/clean", "--direct")
"""The steps of `make run`; documents read the dataset that it makes."""
EXAMPLE = "data/samples/crane-readme.txt"
SHOWN = (
    "title",
    "section",
    "byline",
    "authors",
    "published_at",
    "date_basis",
    "language",
    "text",
    "captions",
    "word_count",
    "removed_share",
)
"""Columns of the record that the README shows."""
COPYDESK = [
    sys.executable,
    "-c",
    "import sys; from copydesk.flows.cli import main; sys.exit(main())",
]


def refresh(document: str, folder: Path) -> str:
    """Return a document with the current output of every example; `folder` is where commands run."""
    document = _replace(
        document, 'text title="([^"]+)"', lambda hit: (ROOT / hit[2]).read_text(encoding="utf-8")
    )
    document = _replace(document, "console", lambda hit: _session(hit["body"], folder))
    document = _replace(document, 'json title="record"', lambda _: _record(folder))
    return update(document)


def copydesk(*words: str, folder: Path) -> str:
    """Run a command; it may end with rejects, since some samples are broken on purpose."""
    done = subprocess.run(
        [*COPYDESK, *words], cwd=folder, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode in (0, 3), done.stderr
    return done.stdout


def sandbox(folder: Path) -> Path:
    """Make `folder` look like a checkout after `make run`, for the documents' commands."""
    shutil.copytree(ROOT / "data" / "samples", folder / "data" / "samples")
    copydesk(*INGEST, folder=folder)
    return folder


def without_times(document: str) -> str:
    """Remove seconds, and sizes of files that contain times, because they differ between runs.

    Everything else must not.
    """
    document = re.sub(r"^(seconds) +[\d.,]+$", r"\1 N", document, flags=re.MULTILINE)
    return re.sub(r"\b[\d,]+ bytes", "N bytes", document)


def _session(body: str, folder: Path) -> str:
    command = body.split("\n", 1)[0]
    assert command.startswith("$ copydesk "), command
    output = copydesk(*command.split()[2:], folder=folder)
    return "\n".join([command, *(line.rstrip() for line in output.splitlines())]) + "\n"


def _record(folder: Path) -> str:
    record = json.loads(copydesk("clean", EXAMPLE, "--json", folder=folder))
    return json.dumps({name: record[name] for name in SHOWN}, ensure_ascii=False, indent=2) + "\n"


def _replace(document: str, info: str, content: Callable[[re.Match[str]], str]) -> str:
    """Put new content into each code block whose info string matches the pattern `info` as a whole."""
    return re.sub(
        rf"^```(?P<info>{info})\n(?P<body>.*?)^```$",
        lambda hit: f"```{hit['info']}\n{content(hit)}```",
        document,
        flags=re.MULTILINE | re.DOTALL,
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        place = sandbox(Path(name))
        for path in DOCUMENTS:
            path.write_text(refresh(path.read_text(encoding="utf-8"), place), encoding="utf-8")
        NOTEBOOK.write_text(executed(NOTEBOOK.read_text(encoding="utf-8"), place), encoding="utf-8")
