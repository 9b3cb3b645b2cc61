"""Bring the examples of README.md up to date by running them; `test_docs.py` says when they are not.

Run as a script (`make docs`) it rewrites README.md. Commands run in a folder of their own that holds
`data/samples`, so that paths come out as a reader would see them.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from copydesk.flows.cli.schema import update

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
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
    """Return the README with every example as it comes out now; `folder` is where commands run."""
    document = _replace(document, "text", lambda _: (ROOT / EXAMPLE).read_text(encoding="utf-8"))
    document = _replace(document, "console", lambda body: _session(body, folder))
    document = _replace(document, "json", lambda _: _record(folder))
    return update(document)


def copydesk(*words: str, folder: Path) -> str:
    """Run a command; it may end with rejects, since some samples are broken on purpose."""
    done = subprocess.run(
        [*COPYDESK, *words], cwd=folder, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode in (0, 3), done.stderr
    return done.stdout


def sandbox(folder: Path) -> Path:
    """Make `folder` look like a checkout to somebody who types the README's commands."""
    shutil.copytree(ROOT / "data" / "samples", folder / "data" / "samples")
    return folder


def without_times(document: str) -> str:
    """Seconds differ from run to run; everything else must not."""
    return re.sub(r"^(seconds) +[\d.,]+$", r"\1 N", document, flags=re.MULTILINE)


def _session(body: str, folder: Path) -> str:
    command = body.split("\n", 1)[0]
    assert command.startswith("$ copydesk "), command
    output = copydesk(*command.split()[2:], folder=folder)
    return "\n".join([command, *(line.rstrip() for line in output.splitlines())]) + "\n"


def _record(folder: Path) -> str:
    record = json.loads(copydesk("clean", EXAMPLE, "--json", folder=folder))
    return json.dumps({name: record[name] for name in SHOWN}, ensure_ascii=False, indent=2) + "\n"


def _replace(document: str, language: str, content: Callable[[str], str]) -> str:
    return re.sub(
        rf"^```{language}\n(.*?)^```$",
        lambda hit: f"```{language}\n{content(hit[1])}```",
        document,
        flags=re.MULTILINE | re.DOTALL,
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        README.write_text(refresh(README.read_text(encoding="utf-8"), sandbox(Path(name))), encoding="utf-8")
