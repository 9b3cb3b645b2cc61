"""The Prefect flow: `ingest` around the plain body in `copydesk.flows.run`, with one task run per shard.

Prefect records what happened: parameters, states, one log line per shard, a summary as an artifact. It
decides nothing. The dataset's own state knows what was read, so a run that Prefect lost, or believes to be
still running, can be repeated without harm.
"""

from dataclasses import replace
from typing import Annotated, Any, Final, Literal

from copydesk.flows.prefect_settings import configure_prefect

configure_prefect()  # Prefect reads its settings at import, and a Prefect worker imports only this file

# ruff: noqa: E402
from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Failed
from prefect.task_runners import ThreadPoolTaskRunner
from pydantic import Field

from copydesk.flows.executors import IN_FLIGHT
from copydesk.flows.prefect_tasks import run_and_record
from copydesk.schemas.inputs import Columns
from copydesk.schemas.request import IngestRequest
from copydesk.schemas.settings import Settings

_DEFAULT = Settings()
_NAMED: Final = ("workers", "breaker_share", "document_seconds")
"""Settings that are parameters of their own."""
_SAME: Final = (
    "out",
    "runner",
    "runner_address",
    "fail_on_alarm",
    "fail_on_empty",
    "check_content",
    "forget_rules",
    "limit",
    "sample",
)
"""Parameters with the same name as in the request."""
_THREADS: Any = ThreadPoolTaskRunner(max_workers=IN_FLIGHT)
"""A task run costs 4 to 8 ms in a thread, and 130 ms in a process of Prefect's; the cleaning has its own
processes."""


@flow(
    name="ingest",
    flow_run_name="{out}",
    description="Cleans scraped news into the dataset at `out`; a repeated run reads only what is new or changed.",
    task_runner=_THREADS,
    persist_result=False,  # Prefect would trust a stored result; the dataset's own state is checked instead
    retries=0,
)
def ingest(
    inputs: Annotated[list[str], Field(min_length=1)],
    out: Annotated[str, Field(min_length=1)],
    id_column: str = "", text_column: str = "", html_column: str = "", url_column: str = "",
    publisher_column: str = "", title_column: str = "", fetched_column: str = "", authors_column: str = "",
    published_column: str = "", modified_column: str = "", section_column: str = "", language_column: str = "",
    rules: list[str] | None = None,
    workers: Annotated[int, Field(ge=0)] | None = None,
    breaker_share: Annotated[float, Field(ge=0, le=1)] | None = None,
    document_seconds: Annotated[float, Field(gt=0)] | None = None,
    settings: dict[str, Any] | None = None,
    forget_rules: bool = False,
    runner: Literal["local", "dask", "ray"] = "local",
    runner_address: str = "",
    fail_on_alarm: bool = False,
    fail_on_empty: bool = False,
    check_content: bool = False,
    limit: Annotated[int, Field(ge=0)] = 0,
    sample: Annotated[float, Field(gt=0, le=1)] = 1.0,
) -> State[dict[str, Any]]:  # fmt: skip
    """Clean documents into the dataset at `out`, on the machine on which the flow runs; read only what is new.

    What is left out comes from the dataset's memory. If another run holds the folder, end as Cancelled.

    Args:
        inputs: Files, folders or globs to read.
        out: Folder of the dataset; created if missing.
        id_column: Column with the document's id.
        text_column: Column with plain text.
        html_column: Column with HTML.
        url_column: Column with the URL.
        publisher_column: Column with the publisher.
        title_column: Column with the headline.
        fetched_column: Column with the time at which the page was fetched.
        authors_column: Column with the authors.
        published_column: Column with the date of publication.
        modified_column: Column with the date of the last change.
        section_column: Column with the section.
        language_column: Column with the language.
        rules: Rule packs (TOML files) to use in addition to those that ship with copydesk.
        workers: Worker processes; 0 means one per core.
        breaker_share: Stop when more than 100 documents and more than this share are rejected; 1 means never.
        document_seconds: Seconds after which a document is given up.
        settings: Further limits by name; see the documentation.
        forget_rules: Drop the rule packs that the dataset remembers, except those in `rules`.
        runner: Where to clean the shards: in worker processes of this machine (local), or on a dask or ray cluster.
        runner_address: Address of the cluster, such as tcp://host:8786 or ray://host:10001.
        fail_on_alarm: End as Failed if something was unusual; committed data stays.
        fail_on_empty: End as Failed if an input holds no file, or all inputs together hold no document.
        check_content: Hash the content of known inputs instead of comparing size and times.
        limit: Read at most this many documents; the next run continues after them. 0 means all.
        sample: Read only this share of the documents, the same ones each time.
    """
    return _run(locals())


def _run(given: dict[str, Any]) -> State[dict[str, Any]]:
    """Run with the flow's parameters. An unknown setting ends as Failed, and names itself."""
    try:
        request = _request(given)
    except TypeError as error:
        return Failed(message=f"settings: {error}")
    return run_and_record(request)


def _request(given: dict[str, Any]) -> IngestRequest:
    """Return the request for the flow's parameters. Raise TypeError for an unknown setting."""
    named = {name: given[name] for name in _NAMED if given[name] is not None}
    wanted = {**(given["settings"] or {}), **named}
    return IngestRequest(
        inputs=tuple(given["inputs"]),
        columns=Columns(**{name: given[f"{name}_column"] for name in Columns.__dataclass_fields__}),
        rules=tuple(given["rules"] or ()),
        settings=replace(_DEFAULT, **wanted),
        given=frozenset(wanted),
        **{name: given[name] for name in _SAME},
    )


def parameters_of(request: IngestRequest) -> dict[str, Any]:
    """Return the flow's parameters for `request`, without those at their defaults."""
    columns = {f"{name}_column": getattr(request.columns, name) for name in Columns.__dataclass_fields__}
    changed = {name: getattr(request.settings, name) for name in sorted(request.named_settings())}
    parameters = columns | {name: changed.pop(name, None) for name in _NAMED}
    parameters |= {"rules": list(request.rules), "settings": changed}
    parameters |= {
        "runner": request.runner if request.runner != "local" else "",
        "runner_address": request.runner_address,
        "fail_on_alarm": request.fail_on_alarm or None,
        "forget_rules": request.forget_rules or None,
        "fail_on_empty": request.fail_on_empty or None,
        "check_content": request.check_content or None,
        "limit": request.limit or None,
        "sample": request.sample if request.sample < 1 else None,
    }
    given = {name: value for name, value in parameters.items() if value not in (None, "", [], {})}
    return {"inputs": list(request.inputs), "out": request.out} | given
