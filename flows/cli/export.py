"""Implement `export`: write articles in other formats."""

from typing import Annotated

import typer

from copydesk.flows.cli.options import Dataset, Trace
from copydesk.flows.terminal import escape_scraped

Many = list[str] | None


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(export)


def export(
    dataset: Dataset,
    fmt: Annotated[
        str, typer.Option("--format", help="jsonl, csv, txt, md or hf.", metavar="FORMAT")
    ] = "jsonl",
    out: Annotated[
        str,
        typer.Option("--out", "-o", help="File (jsonl, csv), or new folder (txt, md, hf).", metavar="FILE"),
    ] = "",
    publisher: Annotated[
        Many, typer.Option(help="Only articles of this publisher; may be repeated.", metavar="NAME")
    ] = None,
    language: Annotated[
        Many, typer.Option(help="Only articles in this language (en); may be repeated.", metavar="CODE")
    ] = None,
    since: Annotated[
        str, typer.Option(help="Only articles published on this day or later.", metavar="DATE")
    ] = "",
    until: Annotated[
        str, typer.Option(help="Only articles published on this day or before.", metavar="DATE")
    ] = "",
    min_quality: Annotated[
        Many,
        typer.Option(
            help="Only articles with at least this value, such as word_count=100 or alpha_word_share=0.8; may be repeated.",
            metavar="SIGNAL=N",
        ),
    ] = None,
    without_flag: Annotated[
        Many,
        typer.Option(
            help="Leave out articles with this flag, such as doubtful; may be repeated.", metavar="FLAG"
        ),
    ] = None,
    originals: Annotated[
        bool, typer.Option("--originals", help="Leave out articles that repeat another one.")
    ] = False,
    columns: Annotated[
        str,
        typer.Option(
            help="For jsonl, csv and hf: columns, separated by commas; default: all.", metavar="NAMES"
        ),
    ] = "",
    limit: Annotated[int, typer.Option(help="Most articles; 0 is all.", min=0, metavar="N")] = 0,
    verbose: Trace = False,
) -> int:
    """Write articles as JSON Lines, CSV, text, Markdown or for Hugging Face.

    jsonl and csv go to a file, or to standard output without -o. txt and md make a folder with a file for
    each article. hf makes a folder that `datasets.load_dataset` reads. The command reads a snapshot, takes no
    lock and does not change the dataset.
    """
    from copydesk.flows.export import ExportRequest, run_export
    from copydesk.tasks.export import Selection, bound, day

    selection = Selection(
        publishers=tuple(publisher or ()),
        languages=tuple(language or ()),
        since=day(since, "--since"),
        until=day(until, "--until", end=True),
        bounds=tuple(bound(given) for given in min_quality or ()),
        without_flags=tuple(without_flag or ()),
        originals=originals,
    )
    names = tuple(name.strip() for name in columns.split(",") if name.strip())
    done = run_export(ExportRequest(dataset, fmt, out, selection, names, limit))
    if out not in ("", "-"):
        files = "" if done.files == 1 else f" in {done.files:,} files"
        print(escape_scraped(f"{done.articles:,} articles{files}: {out}", one_line=True))
    return 0
