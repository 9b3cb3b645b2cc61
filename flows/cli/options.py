"""The options of the commands, each declared once with its name and help, and classes of shared options."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, fields, is_dataclass
from functools import update_wrapper
from typing import Annotated, Any, cast, get_args

import typer

from copydesk.schemas.errors import UsageError
from copydesk.schemas.inputs import Columns
from copydesk.schemas.request import IngestRequest, Runner
from copydesk.schemas.settings import named_settings

Inputs = Annotated[
    list[str],
    typer.Argument(help="Files, folders, quoted globs, or - for standard input.", metavar="INPUT..."),
]
Dataset = Annotated[str, typer.Argument(help="Folder that `ingest` wrote.", metavar="DIR")]
Out = Annotated[
    str, typer.Option("--out", "-o", help="Folder of the dataset; created if missing.", metavar="DIR")
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
    typer.Option(
        help="Column with the time of fetching. For any column, - as NAME means: read no such column.",
        metavar="NAME",
    ),
]
Record = Annotated[
    str, typer.Option(help="In a file with many records, the one with this id or line number.", metavar="ID")
]
FormatOption = Annotated[
    str,
    typer.Option(
        "--input-format", help="text or html; by default, name and content decide.", metavar="FORMAT"
    ),
]
PageFile = Annotated[
    str, typer.Option("--out", "-o", help="File to write the page to; - is standard output.", metavar="FILE")
]
Direct = Annotated[
    bool,
    typer.Option("--direct", help="Run without Prefect: starts at once, but no server records the run."),
]
Workers = Annotated[int, typer.Option(help="Worker processes; 0 means one per core.", min=0)]
Breaker = Annotated[
    float | None,
    typer.Option(
        help="Stop when more than 100 documents and more than this share are rejected (default 0.2); 1 means never.",
        min=0.0,
        max=1.0,
    ),
]
NearDuplicates = Annotated[
    bool | None,
    typer.Option(
        "--near-duplicates/--no-near-duplicates",
        help="Find articles that repeat others, and record it in duplicate_of and cluster.",
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
        "--forget-rules", help="Drop the rule packs of earlier runs, except those named with --rules."
    ),
]
RunnerOption = Annotated[
    str,
    typer.Option(
        "--runner", help="Where to clean: local, or on a dask or ray cluster.", metavar="local|dask|ray"
    ),
]
Address = Annotated[
    str,
    typer.Option(
        "--runner-address",
        help="Address of the cluster; without it, one is started on this machine.",
        metavar="URL",
    ),
]
FailOnAlarm = Annotated[
    bool,
    typer.Option("--fail-on-alarm", help="End with exit code 5 if the run differs from earlier ones."),
]
FailOnEmpty = Annotated[
    bool,
    typer.Option("--fail-on-empty", help="End with exit code 66 when an input holds no documents."),
]
CheckContent = Annotated[
    bool,
    typer.Option(
        "--check-content", help="Hash the content of known inputs instead of comparing size and times."
    ),
]
Limit = Annotated[
    int,
    typer.Option(
        help="Read at most this many documents; the next run continues. 0 is all.", min=0, metavar="N"
    ),
]
Sample = Annotated[
    float,
    typer.Option(
        help="Read only this share of the documents, the same ones each time.",
        min=0.0,
        max=1.0,
        metavar="SHARE",
    ),
]
DryRun = Annotated[
    bool,
    typer.Option(
        "--dry-run", help="Clean into a temporary folder, show the closing table, and keep nothing."
    ),
]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Show logs, and the traceback of an error.")]
Trace = Annotated[bool, typer.Option("--verbose", "-v", help="Show the traceback of an error.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@dataclass(frozen=True, slots=True)
class ColumnOptions:
    """The role of each column of a table."""

    id_column: IdColumn = ""
    text_column: TextColumn = ""
    html_column: HtmlColumn = ""
    url_column: UrlColumn = ""
    publisher_column: PublisherColumn = ""
    title_column: TitleColumn = ""
    authors_column: AuthorsColumn = ""
    published_column: PublishedColumn = ""
    modified_column: ModifiedColumn = ""
    section_column: SectionColumn = ""
    language_column: LanguageColumn = ""
    fetched_column: FetchedColumn = ""

    def columns(self) -> Columns:
        """Return the columns that are named."""
        return Columns(**{name.removesuffix("_column"): value for name, value in asdict(self).items()})


@dataclass(frozen=True, slots=True)
class DocumentOptions:
    """How to read one document."""

    fmt: FormatOption = ""
    record: Record = ""
    id_column: IdColumn = ""
    text_column: TextColumn = ""
    html_column: HtmlColumn = ""
    rules: Rules = None
    dataset: LikeDataset = ""


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How a run proceeds, and what makes it fail."""

    workers: Workers = 0
    breaker_share: Breaker = None
    keep_raw: KeepRaw = None
    near_duplicates: NearDuplicates = None
    runner: RunnerOption = "local"
    runner_address: Address = ""
    fail_on_alarm: FailOnAlarm = False
    fail_on_empty: FailOnEmpty = False
    check_content: CheckContent = False

    def request(
        self,
        inputs: list[str],
        out: str,
        columns: ColumnOptions,
        rules: list[str] | None,
        *,
        forget_rules: bool = False,
    ) -> IngestRequest:
        """Make the request of a run. Raise UsageError for an unknown runner."""
        settings, given = named_settings(
            workers=self.workers or None,
            breaker_share=self.breaker_share,
            keep_raw=self.keep_raw,
            near_duplicates=self.near_duplicates,
        )
        return IngestRequest(
            *(tuple(inputs), out, columns.columns(), tuple(rules or ()), settings),
            *(_runner(self.runner), self.runner_address),
            fail_on_alarm=self.fail_on_alarm,
            fail_on_empty=self.fail_on_empty,
            check_content=self.check_content,
            given=given,
            forget_rules=forget_rules,
        )


def with_groups(command: Callable[..., int]) -> Callable[..., int]:
    """Let a command take classes of options: typer sees the fields of each class instead of its parameter.

    The command's other parameters stay as they are. All are passed by name.
    """
    asked = inspect.signature(command).parameters.values()
    groups: dict[str, Any] = {each.name: each.annotation for each in asked if is_dataclass(each.annotation)}

    def run(**given: Any) -> int:
        made = {
            name: group(**{field.name: given.pop(field.name) for field in fields(group)})
            for name, group in groups.items()
        }
        return command(**given, **made)

    update_wrapper(run, command)
    flat = [one for each in asked for one in _flat(each)]
    run.__annotations__ = {one.name: one.annotation for one in flat} | {"return": int}
    run.__signature__ = inspect.Signature(flat, return_annotation=int)  # type: ignore[attr-defined]
    return run


def _flat(parameter: inspect.Parameter) -> Iterator[inspect.Parameter]:
    """Yield the parameter itself, or one per field of its class; all fields of a class have defaults."""
    if not is_dataclass(parameter.annotation):
        yield parameter
        return
    for field in fields(parameter.annotation):
        yield inspect.Parameter(field.name, parameter.kind, default=field.default, annotation=field.type)


def _runner(name: str) -> Runner:
    if name not in get_args(Runner):
        raise UsageError(f"--runner: found {name!r}, expected one of {', '.join(get_args(Runner))}")
    return cast("Runner", name)
