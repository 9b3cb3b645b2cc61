"""Implement `verify`, `repair`, `history` and `compact`: maintain a dataset, without Prefect."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from copydesk.flows.cli.options import Dataset, Json, Trace
from copydesk.flows.terminal import escape_scraped, fail
from copydesk.schemas.escapes import escape_json
from copydesk.schemas.exit_codes import ExitCode

if TYPE_CHECKING:
    from copydesk.tasks.store import Version

_SHOWN = 50


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command()(verify)
    app.command()(repair)
    app.command()(history)
    app.command()(compact)


def verify(dataset: Dataset, as_json: Json = False, verbose: Trace = False) -> int:
    """Verify every byte and every count of a dataset.

    Compares each file with the hash recorded when it was written, each row with the state, and the counts of
    each run with the rows of runs/ and rejects/. Changes nothing; others may read and write meanwhile. Ends
    with exit code 74 if something is wrong, and names it.
    """
    from copydesk.tasks.store import examine

    found = examine(Path(dataset))
    if as_json:
        told = {
            "snapshot": str(found.snapshot),
            "sound": not found.problems,
            "files": found.files,
            "bytes": found.size,
        }
        print(
            _json(
                told | {"articles": found.articles, "runs": found.runs, "problems": found.problems}, indent=2
            )
        )
    else:
        for problem in found.problems[:_SHOWN]:
            print(escape_scraped(problem, one_line=True))
        print(
            f"{found.files:,} files, {found.size:,} bytes, {found.articles:,} articles, {found.runs:,} runs: "
            + (_count(found.problems) if found.problems else "all sound")
        )
    if found.problems:
        fail(f"{dataset}: damaged; `copydesk repair` rebuilds the state; restore damaged files from a backup")
    return ExitCode.STORAGE if found.problems else ExitCode.DONE


def repair(dataset: Dataset, as_json: Json = False, verbose: Trace = False) -> int:
    """Rebuild the state of a dataset from its Parquet files.

    For a state that is lost, damaged, older than the files, or from another dataset. Published files stay
    unchanged and nothing is deleted: the former state is moved aside. An intact dataset is left alone. Ends
    with exit code 74 if a problem remains that no state can fix, and names it.
    """
    from copydesk.tasks.store import repair as rebuild

    done = rebuild(Path(dataset))
    if as_json:
        told: dict[str, Any] = {"why": done.why, "aside": done.aside, "problems": done.problems}
        print(_json(told | {"rebuilt": asdict(done.rebuilt) if done.rebuilt else None}, indent=2))
    elif done.rebuilt is None:
        print("The state is sound: nothing was changed.")
    else:
        new = done.rebuilt
        print(escape_scraped(f"was wrong   {done.why}", one_line=True))
        print(
            f"rebuilt     {new.articles:,} articles ({new.documents:,} with their raw document), {new.versions:,} replaced "
            f"versions, {new.rejected:,} rejects, {new.runs:,} runs"
        )
        print(escape_scraped(f"moved aside {done.aside}", one_line=True))
        print(
            "not known   which inputs were read: the next run reads them again, and finds what is here unchanged"
        )
        print("            figures of earlier runs for alarms; versions whose snapshot has expired")
        if new.raws:
            print(
                f"            what {new.raws:,} raw rejects were: `rejects replay` takes them once they are read again"
            )
    for problem in done.problems[:_SHOWN]:
        print(escape_scraped(problem, one_line=True), file=sys.stderr)
    if done.problems:
        fail(
            f"{dataset}: {_count(done.problems)} that no state can fix; restore the named files from a backup"
        )
    return ExitCode.STORAGE if done.problems else ExitCode.DONE


def history(
    dataset: Dataset,
    article: Annotated[str, typer.Argument(help="Id of an article, or its beginning.", metavar="ID")],
    as_json: Json = False,
    verbose: Trace = False,
) -> int:
    """List the versions of an article, oldest first.

    Shows for each when it was added, by which run, under which rules, and what changed. The file of a
    replaced version is readable until its snapshot expires; this list stays.
    """
    from copydesk.tasks.store import find_article
    from copydesk.tasks.store import history as versions_of

    id_ = find_article(Path(dataset), article)
    versions = versions_of(Path(dataset), id_)
    if as_json:
        for version in versions:
            about = version.about._asdict() if version.about else None
            print(_json({"id": id_, **version._asdict(), "about": about}))
        return ExitCode.DONE
    print(f"article {escape_scraped(id_, one_line=True)}")
    before = None
    for number, version in enumerate(versions, 1):
        for line in _describe(number, version, before):
            print(escape_scraped(line, one_line=True))
        before = version
    return ExitCode.DONE


def compact(
    dataset: Dataset,
    full: Annotated[
        bool, typer.Option("--full", help="Rewrite all files, in order of the ids, not only small ones.")
    ] = False,
    as_json: Json = False,
    verbose: Trace = False,
) -> int:
    """Combine small files, and drop raw documents of replaced versions.

    Articles stay unchanged, and so do snapshots that readers may use: the space of the old files is freed
    when these expire, after a day. Does nothing if there is nothing to gain.
    """
    from copydesk.schemas.settings import Settings
    from copydesk.tasks.store import Store, resolve

    resolve(Path(dataset))
    with Store.open(Path(dataset), Settings(), "") as store:
        done = store.compact(full=full)
    if as_json:
        print(_json(done._asdict()))
        return ExitCode.DONE
    if not done.changed:
        print(f"Nothing to do: {done.files:,} files, {done.bytes:,} bytes.")
        return ExitCode.DONE
    print(f"files  {done.files_before:,} -> {done.files:,}")
    print(f"bytes  {done.bytes_before:,} -> {done.bytes:,}")
    if done.documents:
        print(f"raw documents of replaced versions dropped: {done.documents:,}")
    return ExitCode.DONE


def _describe(number: int, version: "Version", before: "Version | None") -> list[str]:
    """Describe a version in a few lines, with what is new in it."""
    kept = "kept" if version.raw else "not kept: `reclean` leaves the article as it is"
    raw = [f"   raw document {kept}"] if version.live else []
    lines = [
        f"{number}. {version.written_at:%Y-%m-%d %H:%M:%S} UTC  run {version.run_id}{'  live' if version.live else ''}",
        f"   content {version.version}",
    ]
    about, old = version.about, before.about if before else None
    if about is None:
        return [*lines, "   its file has expired, and nothing was noted of it", *raw]
    lines[1] += f"  rules {about.rules_version}  copydesk {about.cleaner_version}"
    if old is None or old.title != about.title:
        lines.append(f"   title: {about.title or '(none)'}")
    words = f"   words: {about.words:,}" + (f" ({about.words - old.words:+,})" if old else "")
    share = f"  removed: {about.removed_share:.1%}" + (f" (was {old.removed_share:.1%})" if old else "")
    lines.append(words + share)
    if before is not None:
        why = [] if before.version == version.version else ["source"]
        why += [] if old is None or old.rules_version == about.rules_version else ["rules"]
        why += [] if old is None or old.cleaner_version == about.cleaner_version else ["copydesk"]
        lines.append(f"   changed: {', '.join(why) or 'cleaned otherwise'}")
    return [*lines, f"   {version.path or 'its file has expired'}", *raw]


def _count(problems: list[str]) -> str:
    hidden = f", the first {_SHOWN} above (--json has all)" if len(problems) > _SHOWN else ""
    return f"{len(problems):,} problem{'s' if len(problems) > 1 else ''}{hidden}"


def _json(record: dict[str, Any], indent: int | None = None) -> str:
    return escape_json(json.dumps(record, ensure_ascii=False, indent=indent, default=_plain))


def _plain(value: Any) -> Any:
    """Return times and paths as text for JSON."""
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
