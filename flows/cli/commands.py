"""The command line: parse, call, and turn every error into one clear line and an exit code.

Nothing heavy is imported before a command needs it: `copydesk --help` answers in a fraction of a
second, `clean` and `explain` never load Prefect. Exit codes: 0 done, 1 internal error, 3 finished with
rejects, 4 stopped by the circuit breaker, 5 finished with an alarm (--fail-on-alarm), 64 usage, 66 an empty input (--fail-on-empty), 69 Prefect's server not available, 71 a limit of the machine (memory, processes, open files), 73 can't
write, 74 I/O error, 75 output folder locked, 130, 141 and 143 interrupted, output closed, terminated.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from typer.main import get_command

from copydesk import __version__
from copydesk.flows.cli.config import register as register_config
from copydesk.flows.cli.dataset import register as register_dataset
from copydesk.flows.cli.discover import register as register_discover
from copydesk.flows.cli.paths import only_paths
from copydesk.flows.cli.reclean import register as register_reclean
from copydesk.flows.cli.rejects import register as register_rejects
from copydesk.flows.cli.server import register as register_server
from copydesk.flows.prefect_settings import configure_prefect
from copydesk.flows.terminal import escape_scraped, fail, print_trace, tolerate_narrow_charsets
from copydesk.schemas.inputs import Columns
from copydesk.schemas.request import IngestRequest
from copydesk.schemas.settings import named_settings

app = typer.Typer(
    name="copydesk",
    help="Turn raw scraped news into clean article records in Parquet, and say why each line is gone.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # half of the time of --help would go into drawing boxes
    context_settings={"help_option_names": ["-h", "--help"]},
)
rules_app = typer.Typer(help="List, show and test rule packs.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(rules_app, name="rules")

EXIT_MACHINE = 71
EXIT_INTERNAL, EXIT_USAGE, EXIT_IO, EXIT_INTERRUPTED, EXIT_PIPE = 1, 64, 74, 130, 141

Inputs = Annotated[
    list[str],
    typer.Argument(help="Files, folders, quoted globs, or - for standard input.", metavar="INPUT..."),
]
Document = Annotated[str, typer.Argument(help="A file, or - for standard input.", metavar="FILE")]
Out = Annotated[
    str, typer.Option("--out", "-o", help="Folder of the dataset; made if need be.", metavar="DIR")
]
Rules = Annotated[
    list[str] | None,
    typer.Option("--rules", help="Rule pack (TOML) to add; may be repeated.", metavar="FILE"),
]
IdColumn = Annotated[str, typer.Option(help="Column with the document's id.", metavar="NAME")]
TextColumn = Annotated[str, typer.Option(help="Column with plain text.", metavar="NAME")]
HtmlColumn = Annotated[str, typer.Option(help="Column with HTML.", metavar="NAME")]
UrlColumn = Annotated[str, typer.Option(help="Column with the URL.", metavar="NAME")]
PublisherColumn = Annotated[str, typer.Option(help="Column with the publisher.", metavar="NAME")]
TitleColumn = Annotated[str, typer.Option(help="Column with the headline.", metavar="NAME")]
AuthorsColumn = Annotated[str, typer.Option(help="Column with the authors.", metavar="NAME")]
PublishedColumn = Annotated[str, typer.Option(help="Column with the date of publication.", metavar="NAME")]
ModifiedColumn = Annotated[str, typer.Option(help="Column with the date of the last change.", metavar="NAME")]
SectionColumn = Annotated[str, typer.Option(help="Column with the section.", metavar="NAME")]
LanguageColumn = Annotated[str, typer.Option(help="Column with the language.", metavar="NAME")]
FetchedColumn = Annotated[
    str,
    typer.Option(help="Column with the time of fetching. A - as NAME: read no such column.", metavar="NAME"),
]
Record = Annotated[
    str, typer.Option(help="Of a file with many records, the one with this id or line number.", metavar="ID")
]
FormatOption = Annotated[
    str,
    typer.Option("--format", help="text or html; by default, what name and content say.", metavar="FORMAT"),
]
Direct = Annotated[
    bool,
    typer.Option("--direct", help="Run without Prefect: starts at once, no record of the run on a server."),
]
Workers = Annotated[int, typer.Option(help="Worker processes; 0 is one for each core.", min=0)]
Breaker = Annotated[
    float | None,
    typer.Option(
        help="Stop when more than this share of over 100 documents is rejected (0.2 by default); 1 is never.",
        min=0.0,
        max=1.0,
    ),
]
NearDuplicates = Annotated[
    bool | None,
    typer.Option(
        "--near-duplicates/--no-near-duplicates",
        help="Find articles that repeat others, and say so in duplicate_of and cluster.",
    ),
]
KeepRaw = Annotated[
    bool | None,
    typer.Option(
        "--keep-raw/--no-keep-raw",
        help="Keep each document as it came, compressed, so that `reclean` can clean it again.",
    ),
]
LikeDataset = Annotated[
    str,
    typer.Option(
        "--dataset", help="Use the rule packs and columns that this dataset remembers.", metavar="DIR"
    ),
]
ForgetRules = Annotated[
    bool,
    typer.Option(
        "--forget-rules", help="Drop the rule packs of earlier runs, but for those named with --rules."
    ),
]
RunnerOption = Annotated[
    str,
    typer.Option("--runner", help="Who cleans: local, or a dask or ray cluster.", metavar="local|dask|ray"),
]
Address = Annotated[
    str,
    typer.Option(
        "--runner-address", help="Where the cluster is; without it, one on this machine.", metavar="URL"
    ),
]
FailOnAlarm = Annotated[
    bool,
    typer.Option("--fail-on-alarm", help="End with exit code 5 when the run is unlike earlier ones."),
]
FailOnEmpty = Annotated[
    bool,
    typer.Option("--fail-on-empty", help="End with exit code 66 when an input holds no documents."),
]
CheckContent = Annotated[
    bool,
    typer.Option(
        "--check-content", help="Hash the inputs that are known, rather than go by their size and times."
    ),
]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Show logs, and the traceback of an error.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code; `argv` is without the program's name."""
    words = list(sys.argv[1:] if argv is None else argv)
    tolerate_narrow_charsets()
    configure_prefect()
    try:
        code = only_paths(get_command(app))(words, prog_name="copydesk", standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader (`head`) went away. Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_PIPE
    except Exception as error:
        return _report(error, verbose=bool({"-v", "--verbose"} & set(words)))
    if code == EXIT_INTERRUPTED:  # typer's answer to Ctrl-C
        fail("interrupted")
    return code if isinstance(code, int) else 0


def _report(error: Exception, *, verbose: bool) -> int:
    """Say what went wrong, on one line, and choose the exit code."""
    from copydesk.schemas.errors import CopydeskError

    if isinstance(error, typer.TyperException):
        return _report_usage(error)
    if verbose:
        print_trace(error)
    if isinstance(error, CopydeskError):
        fail(str(error))
        return error.exit_code
    if isinstance(error, MemoryError):
        fail(
            "no memory left for this process (ulimit -v, the limit of its container); nothing is wrong with a document"
        )
        return EXIT_MACHINE
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        fail(f"{where}{error.strerror or error}")
        return EXIT_IO
    fail(f"internal error: {type(error).__name__}: {error} (add -v for the traceback; please report it)")
    return EXIT_INTERNAL


def _report_usage(error: typer.TyperException) -> int:
    """A wrong command line. Without any argument the message is the help itself."""
    message = getattr(error, "format_message", error.__str__)()
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":
        print(escape_scraped(message))
    else:
        command = context.command_path if context is not None else "copydesk"
        fail(f"{message.rstrip('.')}. See {command} --help.")
    return EXIT_USAGE


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
    """Options in front of the command."""


@app.command()
def ingest(
    inputs: Inputs,
    out: Out,
    id_column: IdColumn = "",
    text_column: TextColumn = "",
    html_column: HtmlColumn = "",
    url_column: UrlColumn = "",
    publisher_column: PublisherColumn = "",
    title_column: TitleColumn = "",
    authors_column: AuthorsColumn = "",
    published_column: PublishedColumn = "",
    modified_column: ModifiedColumn = "",
    section_column: SectionColumn = "",
    language_column: LanguageColumn = "",
    fetched_column: FetchedColumn = "",
    rules: Rules = None,
    forget_rules: ForgetRules = False,
    direct: Direct = False,
    workers: Workers = 0,
    breaker_share: Breaker = None,
    keep_raw: KeepRaw = None,
    near_duplicates: NearDuplicates = None,
    runner: RunnerOption = "local",
    runner_address: Address = "",
    fail_on_alarm: FailOnAlarm = False,
    fail_on_empty: FailOnEmpty = False,
    check_content: CheckContent = False,
    verbose: Verbose = False,
) -> int:
    """Clean documents into a dataset.

    Started again, it takes in only what is new or changed. The dataset remembers columns, rule packs and
    settings: what is left out is as before; see `config`. Reads .txt, .html, .jsonl, .json, .csv, .parquet, .warc, feeds, .zip and .tar, each also as .gz or .zst. Ends with exit code 3
    when documents were rejected; each of them stands in DIR/rejects with its reason.
    What is unlike earlier runs over the same inputs (volumes, removed shares, rejects, charsets) is an alarm in
    the run's report.
    """
    from copydesk.flows.cli.ingest import run, runner_of

    columns = Columns(
        *(id_column, text_column, html_column, url_column, publisher_column, title_column, fetched_column),
        *(authors_column, published_column, modified_column, section_column, language_column),
    )
    settings, given = named_settings(
        workers=workers or None,
        breaker_share=breaker_share,
        keep_raw=keep_raw,
        near_duplicates=near_duplicates,
    )
    cluster = runner_of(runner), runner_address
    request = IngestRequest(
        *(tuple(inputs), out, columns, tuple(rules or ()), settings, *cluster),
        fail_on_alarm=fail_on_alarm,
        fail_on_empty=fail_on_empty,
        check_content=check_content,
        given=given,
        forget_rules=forget_rules,
    )
    return run(request, direct=direct, verbose=verbose)


@app.command()
def clean(
    file: Document,
    as_json: Json = False,
    fmt: FormatOption = "",
    record: Record = "",
    id_column: IdColumn = "",
    text_column: TextColumn = "",
    html_column: HtmlColumn = "",
    rules: Rules = None,
    dataset: LikeDataset = "",
    verbose: Verbose = False,
) -> int:
    """Print the clean text of one document.

    With --json the whole record, all fields.
    """
    from copydesk.flows.cli.document import Question, as_in, print_clean

    columns = Columns(id=id_column, text=text_column, html=html_column)
    with as_in(dataset, Question(file, fmt, record, columns, _paths(rules))) as question:
        return print_clean(question, as_json=as_json)


@app.command()
def explain(
    file: Document,
    as_json: Json = False,
    fmt: FormatOption = "",
    record: Record = "",
    id_column: IdColumn = "",
    text_column: TextColumn = "",
    html_column: HtmlColumn = "",
    rules: Rules = None,
    dataset: LikeDataset = "",
    verbose: Verbose = False,
) -> int:
    """Show what was removed from a document, and why.

    On a terminal the removed text is struck out, and each stretch has its label and the rule that
    decided beside it. In a pipe or file: one line a stretch, «- » removed, «= » became a field,
    two spaces kept. With --json the ledger, one object a line.
    """
    from copydesk.flows.cli.document import Question, as_in, print_explanation

    columns = Columns(id=id_column, text=text_column, html=html_column)
    with as_in(dataset, Question(file, fmt, record, columns, _paths(rules))) as question:
        return print_explanation(question, as_json=as_json)


@app.command()
def serve(
    inputs: Inputs,
    out: Out,
    every: Annotated[str, typer.Option(help="Interval: 90s, 15m, 2h, 1d.", metavar="TIME")] = "",
    cron: Annotated[str, typer.Option(help="Cron line of five fields, in UTC.", metavar="LINE")] = "",
    name: Annotated[
        str,
        typer.Option(
            help="Name of the deployment; by default one made of the output folder.", metavar="NAME"
        ),
    ] = "",
    id_column: IdColumn = "",
    text_column: TextColumn = "",
    html_column: HtmlColumn = "",
    url_column: UrlColumn = "",
    publisher_column: PublisherColumn = "",
    title_column: TitleColumn = "",
    authors_column: AuthorsColumn = "",
    published_column: PublishedColumn = "",
    modified_column: ModifiedColumn = "",
    section_column: SectionColumn = "",
    language_column: LanguageColumn = "",
    fetched_column: FetchedColumn = "",
    rules: Rules = None,
    workers: Workers = 0,
    breaker_share: Breaker = None,
    keep_raw: KeepRaw = None,
    near_duplicates: NearDuplicates = None,
    runner: RunnerOption = "local",
    runner_address: Address = "",
    fail_on_alarm: FailOnAlarm = False,
    fail_on_empty: FailOnEmpty = False,
    check_content: CheckContent = False,
    verbose: Verbose = False,
) -> int:
    """Ingest again and again, on a schedule.

    Serves a Prefect deployment until it is stopped; each run takes in only what is new or changed, and is told in
    a line. Ctrl-C pauses the schedule. Several datasets can be served side by side.
    """
    from copydesk.flows.cli.ingest import runner_of, serve_forever

    columns = Columns(
        *(id_column, text_column, html_column, url_column, publisher_column, title_column, fetched_column),
        *(authors_column, published_column, modified_column, section_column, language_column),
    )
    settings, given = named_settings(
        workers=workers or None,
        breaker_share=breaker_share,
        keep_raw=keep_raw,
        near_duplicates=near_duplicates,
    )
    cluster = runner_of(runner), runner_address
    request = IngestRequest(
        *(tuple(inputs), out, columns, tuple(rules or ()), settings, *cluster),
        fail_on_alarm=fail_on_alarm,
        fail_on_empty=fail_on_empty,
        check_content=check_content,
        given=given,
    )
    return serve_forever(request, every=every, cron=cron, name=name, verbose=verbose)


@app.command()
def schema(
    dataset: Annotated[
        str, typer.Argument(help="articles, ledger, rejects or runs; by default all.", metavar="[DATASET]")
    ] = "",
) -> int:
    """Print what the columns of the output mean."""
    from copydesk.flows.cli.schema import DATASETS, contract
    from copydesk.flows.cli.schema import dataset as one
    from copydesk.schemas.errors import UsageError

    if dataset and dataset not in DATASETS:
        raise UsageError(f"no dataset {dataset!r}; expected one of {', '.join(DATASETS)}")
    print(one(dataset) if dataset else contract())
    return 0


@app.command()
def path(
    dataset: Annotated[str, typer.Argument(help="Folder that `ingest` wrote.", metavar="DIR")],
) -> int:
    """Print the folder of the current snapshot.

    What lies there stays the same for a day, whatever is ingested meanwhile.
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
    """Show the help of a command; without one, this."""
    from copydesk.schemas.errors import UsageError

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


@rules_app.command("list")
def list_rules(
    packs: Annotated[
        list[str] | None, typer.Argument(help="Packs whose rules to list.", metavar="[PACK...]")
    ] = None,
    rules: Rules = None,
) -> int:
    """List the packs, or with PACK the rules in it."""
    from copydesk.flows.cli.rules import print_list

    return print_list(packs or [], _paths(rules))


@rules_app.command("show")
def show_rule(
    rule: Annotated[str, typer.Argument(help="Id of a rule.", metavar="ID")], rules: Rules = None
) -> int:
    """Show one rule with its reason and examples."""
    from copydesk.flows.cli.rules import print_rule

    return print_rule(rule, _paths(rules))


@rules_app.command("test")
def check_rules(
    packs: Annotated[
        list[str] | None,
        typer.Argument(help="Packs or rule ids to test; by default all.", metavar="[PACK...]"),
    ] = None,
    rules: Rules = None,
) -> int:
    """Run rules against their own examples and everyone's must-keep examples; exit code 1 if one fails."""
    from copydesk.flows.cli.rules import print_test

    return print_test(packs or [], _paths(rules))


def _paths(names: Sequence[str] | None) -> tuple[Path, ...]:
    return tuple(Path(name) for name in names or ())
