"""The commands: parse and call.

Heavy modules are imported only when a command needs them: `copydesk --help` answers in a fraction of a
second, and `clean` and `explain` never load Prefect.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from copydesk import __version__
from copydesk.flows.cli.config import register as register_config
from copydesk.flows.cli.dataset import register as register_dataset
from copydesk.flows.cli.dataset_report import register as register_report
from copydesk.flows.cli.discover import register as register_discover
from copydesk.flows.cli.export import register as register_export
from copydesk.flows.cli.options import (
    ColumnOptions,
    Dataset,
    Direct,
    DocumentOptions,
    DryRun,
    ForgetRules,
    Inputs,
    Json,
    Limit,
    Out,
    PageFile,
    Rules,
    RunOptions,
    Sample,
    Verbose,
    with_groups,
)
from copydesk.flows.cli.reclean import register as register_reclean
from copydesk.flows.cli.rejects import register as register_rejects
from copydesk.flows.cli.review import register as register_review
from copydesk.flows.cli.server import register as register_server
from copydesk.flows.terminal import escape_scraped
from copydesk.schemas.errors import UsageError
from copydesk.schemas.inputs import Columns

if TYPE_CHECKING:
    from copydesk.flows.cli.document import Question

app = typer.Typer(
    name="copydesk",
    help="Turn raw scraped news into clean article records in Parquet, and explain why each line was removed.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # drawing boxes would take half of the time of --help
    context_settings={"help_option_names": ["-h", "--help"]},
)
rules_app = typer.Typer(help="List, show and test rule packs.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(rules_app, name="rules")


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"copydesk {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    show_version: Annotated[
        bool,
        typer.Option("--version", "-V", help="Print the version.", callback=_print_version, is_eager=True),
    ] = False,
) -> None:
    """Declare the options before the command."""


@app.command()
@with_groups
def ingest(
    *,
    inputs: Inputs,
    out: Out,
    columns: ColumnOptions,
    rules: Rules = None,
    forget_rules: ForgetRules = False,
    direct: Direct = False,
    limit: Limit = 0,
    sample: Sample = 1.0,
    dry_run: DryRun = False,
    run: RunOptions,
    verbose: Verbose = False,
) -> int:
    """Clean documents into a dataset.

    A second run reads only what is new or changed. The dataset remembers columns, rule packs and settings: an
    option that is left out keeps its last value; see `config`. Reads .txt, .html, .jsonl, .json, .csv,
    .parquet, .warc, feeds, .zip and .tar, each also as .gz or .zst. Ends with exit code 3 if documents were
    rejected; DIR/rejects lists each with its reason.

    An alarm in the run's report shows what is unusual compared with earlier runs over the same inputs:
    volumes, removed shares, rejects, charsets.
    """
    from copydesk.flows.cli.ingest import run_once, try_out

    if sample <= 0:
        raise UsageError("--sample: expected a share above 0, such as 0.01")
    request = run.request(inputs, out, columns, rules, forget_rules=forget_rules)
    request = replace(request, limit=limit, sample=sample)
    if dry_run:
        return try_out(request)
    return run_once(request, direct=direct, verbose=verbose)


@app.command()
@with_groups
def clean(
    *,
    files: Annotated[
        list[str],
        typer.Argument(help="Files, folders, quoted globs, or - for standard input.", metavar="FILE..."),
    ],
    output: Annotated[
        str,
        typer.Option("--format", help="text, md, json or jsonl; by default text.", metavar="FORMAT"),
    ] = "",
    out: Annotated[
        str,
        typer.Option("--out", "-o", help="Folder for the clean documents, a file for each.", metavar="DIR"),
    ] = "",
    as_json: Json = False,
    about: DocumentOptions,
    verbose: Verbose = False,
) -> int:
    """Print the clean text of a document, or clean many.

    With --json, print the whole record with all fields. With -o, each document of the files and folders becomes a file
    below DIR, as text, Markdown or JSON, under the name of its input; with --format jsonl each is a line, in
    DIR/articles.jsonl or on standard output.
    """
    from copydesk.flows.cli.document import clean_into, print_clean

    form = _output_format(output, as_json)
    with _asked(files[0], about) as question:
        if out or form == "jsonl":
            if question.format:
                raise UsageError("--input-format is for a single document: expected it without -o and jsonl")
            return clean_into(question, files, fmt=form, out=out)
        if len(files) > 1:
            raise UsageError("found several files; name a folder with -o, or take --format jsonl")
        return print_clean(question, fmt=form)


def _output_format(fmt: str, as_json: bool) -> str:
    if as_json and fmt not in ("", "json"):
        raise UsageError(f"--json and --format {fmt} exclude each other: expected one of them")
    if fmt not in ("", "text", "md", "json", "jsonl"):
        raise UsageError(
            f"--format: found {fmt!r}, expected text, md, json or jsonl; --input-format says how to read a document"
        )
    return fmt or ("json" if as_json else "text")


@app.command()
@with_groups
def explain(
    *,
    file: Annotated[
        str, typer.Argument(help="A file, - for standard input, or the folder of a dataset.", metavar="FILE")
    ],
    article: Annotated[
        str,
        typer.Argument(help="With a dataset: id of an article or reject, or its beginning.", metavar="[ID]"),
    ] = "",
    as_json: Json = False,
    html: Annotated[bool, typer.Option("--html", help="Write a page for a browser.")] = False,
    out: PageFile = "",
    about: DocumentOptions,
    verbose: Verbose = False,
) -> int:
    """Show what was removed from a document, and why.

    On a terminal, removed text is struck out, and each stretch has its label and the deciding rule beside it.
    In a pipe or file, each stretch is one line: '- ' removed, '= ' became a field, two spaces kept. With
    --json, print the ledger, one object per line. With --html, write one page: the document with removed text
    struck out, the reason of each decision, and the clean text beside it. With a dataset and an ID, show the
    article as it was written.
    """
    from copydesk.flows.cli.document import explain_file, print_explanation

    if html and as_json:
        raise UsageError("--html and --json exclude each other: expected one of them")
    if out and not html:
        raise UsageError("-o names the page of --html: expected both or neither")
    page = out if html else None
    if article:
        from copydesk.flows.cli.stored import explain_stored

        return print_explanation(explain_stored(file, article), as_json=as_json, page=page)
    if (Path(file) / ".copydesk").is_dir():
        raise UsageError(f"{file}: found a dataset, expected also the id of one of its articles")
    with _asked(file, about) as question:
        return print_explanation(explain_file(question), as_json=as_json, page=page)


def _asked(file: str, about: DocumentOptions) -> AbstractContextManager["Question"]:
    from copydesk.flows.cli.document import Question, as_in

    columns = Columns(id=about.id_column, text=about.text_column, html=about.html_column)
    return as_in(about.dataset, Question(file, about.fmt, about.record, columns, _paths(about.rules)))


@app.command()
@with_groups
def serve(
    *,
    inputs: Inputs,
    out: Out,
    every: Annotated[str, typer.Option(help="Interval: 90s, 15m, 2h, 1d.", metavar="TIME")] = "",
    cron: Annotated[str, typer.Option(help="Cron line of five fields, in UTC.", metavar="LINE")] = "",
    name: Annotated[
        str,
        typer.Option(
            help="Name of the deployment; by default derived from the output folder.", metavar="NAME"
        ),
    ] = "",
    columns: ColumnOptions,
    rules: Rules = None,
    run: RunOptions,
    verbose: Verbose = False,
) -> int:
    """Ingest again and again, on a schedule.

    Serves a Prefect deployment until it is stopped. Each run reads only what is new or changed, and is
    reported in one line. Ctrl-C pauses the schedule. Several datasets can be served side by side.
    """
    from copydesk.flows.cli.ingest import serve_forever

    request = run.request(inputs, out, columns, rules)
    return serve_forever(request, every=every, cron=cron, name=name, verbose=verbose)


@app.command()
def schema(
    dataset: Annotated[
        str, typer.Argument(help="articles, ledger, rejects or runs; by default all.", metavar="[DATASET]")
    ] = "",
) -> int:
    """Print the meaning of the output's columns."""
    from copydesk.flows.cli.schema import DATASETS, contract
    from copydesk.flows.cli.schema import dataset as one

    if dataset and dataset not in DATASETS:
        raise UsageError(f"no dataset {dataset!r}; expected one of {', '.join(DATASETS)}")
    print(one(dataset) if dataset else contract())
    return 0


@app.command()
def path(
    dataset: Dataset,
) -> int:
    """Print the folder of the current snapshot.

    Its files stay the same for a day, even if more is ingested.
    """
    from copydesk.flows.cli.ingest import snapshot

    print(escape_scraped(str(snapshot(dataset)), one_line=True))
    return 0


@app.command(name="help")
def show_help(
    context: typer.Context,
    command: Annotated[
        list[str] | None,
        typer.Argument(help="A command, such as ingest or rejects list.", metavar="[COMMAND]"),
    ] = None,
) -> int:
    """Show the help of a command, or this help without one."""
    here = context.parent
    assert here is not None
    for name in command or ():
        known = getattr(here.command, "commands", {})
        if name not in known:
            raise UsageError(
                f"no command {name!r}; expected one of {', '.join(sorted(known)) or 'no more words'}"
            )
        here = type(here)(known[name], info_name=name, parent=here)
    print(here.command.get_help(here))
    return 0


register_config(app)
register_dataset(app)
register_server(app)
register_reclean(app)
register_rejects(app)
register_discover(app)
register_review(app)
register_report(app)
register_export(app)


@rules_app.command("list")
def list_rules(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Families, languages or rule ids to list.", metavar="[NAME...]"),
    ] = None,
    rules: Rules = None,
) -> int:
    """List the families of rules, or with NAME the rules of a family or language."""
    from copydesk.flows.cli.rules import print_list

    return print_list(names or [], _paths(rules))


@rules_app.command("show")
def show_rule(
    rule: Annotated[str, typer.Argument(help="Id of a rule.", metavar="ID")], rules: Rules = None
) -> int:
    """Show one rule with its reason and examples."""
    from copydesk.flows.cli.rules import print_rule

    return print_rule(rule, _paths(rules))


@rules_app.command("matrix")
def show_matrix(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, one cell a line.")] = False,
    rules: Rules = None,
) -> int:
    """Show how many phrases and rules there are for each family of furniture in each language, and the gaps."""
    from copydesk.flows.cli.rule_matrix import print_matrix

    return print_matrix(_paths(rules), as_json=as_json)


@rules_app.command("renamed")
def list_renamed() -> int:
    """List the ids that rules had before, each with today's id: for ledgers of older versions."""
    from copydesk.flows.cli.rules import print_renamed

    return print_renamed()


@rules_app.command("test")
def check_rules(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Families, languages or rule ids to test; by default all.", metavar="[NAME...]"),
    ] = None,
    rules: Rules = None,
) -> int:
    """Test rules against their own examples and the must-keep examples of all rules; exit code 1 on failure."""
    from copydesk.flows.cli.rules import print_test

    return print_test(names or [], _paths(rules))


def _paths(names: Sequence[str] | None) -> tuple[Path, ...]:
    return tuple(Path(name) for name in names or ())
