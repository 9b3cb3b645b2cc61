"""The Prefect flow: `ingest` around the plain body in `copydesk.flows.run`, one task run for each shard.

Prefect records what happened: parameters, states, a line of log for each shard, a summary as an
artifact. It decides nothing. What was taken in stands in the dataset's own state, so a run that
Prefect lost sight of, or believes to be running still, is repeated without harm.
"""

from dataclasses import replace
from typing import Annotated, Any, Final, Literal

from copydesk.flows.prefect_settings import configure_prefect

configure_prefect()  # Prefect reads its settings when it is imported, and a worker of Prefect imports this file alone

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
)
"""Parameters that are called as in the request."""
_THREADS: Any = ThreadPoolTaskRunner(max_workers=IN_FLIGHT)
"""A task run in a thread costs 4 to 8 ms, in a process of Prefect's 130; the cleaning has processes of its own."""


@flow(
    name="ingest",
    flow_run_name="{out}",
    description="Cleans scraped news into the dataset at `out`; again, and only what is new or changed is taken in.",
    task_runner=_THREADS,
    persist_result=False,  # a stored result would be trusted blindly; the dataset's own state is asked instead
    retries=0,
)
def ingest(
    inputs: Annotated[list[str], Field(min_length=1)],
    out: Annotated[str, Field(min_length=1)],
    id_column: str = "",
    text_column: str = "",
    html_column: str = "",
    url_column: str = "",
    publisher_column: str = "",
    title_column: str = "",
    fetched_column: str = "",
    authors_column: str = "",
    published_column: str = "",
    modified_column: str = "",
    section_column: str = "",
    language_column: str = "",
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
) -> State[dict[str, Any]]:
    """Clean documents into the dataset at `out`; again, and only what is new or changed is taken in.

    Paths are those of the machine the flow runs on. Columns, rules and settings that are left out are as the
    dataset remembers them. A run that finds the folder held by another
    run ends as Cancelled, and does nothing.

    Args:
        inputs: Files, folders or globs to read.
        out: Folder of the dataset; made if need be.
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
        rules: Rule packs (TOML files) to use beside those that ship with copydesk.
        workers: Worker processes; 0 is one for each core.
        breaker_share: Stop when more than this share of over 100 documents is rejected; 1 is never.
        document_seconds: Seconds after which a document is given up.
        settings: Further limits by name; see the README.
        forget_rules: Drop the rule packs that the dataset remembers, but for those in `rules`.
        runner: Who cleans the shards: worker processes of this machine (local), or a dask or ray cluster.
        runner_address: Where the cluster is, such as tcp://host:8786 or ray://host:10001.
        fail_on_alarm: End as Failed when something was unusual; what was taken in stays.
        fail_on_empty: End as Failed when an input holds no file, or all of them no document.
        check_content: Hash the inputs that are known, rather than go by their size and times.
    """
    try:
        request = _request(locals())
    except TypeError as error:
        return Failed(message=f"settings: {error}")
    return run_and_record(request)


def _request(given: dict[str, Any]) -> IngestRequest:
    """The request that the flow's parameters mean; TypeError for a setting that there is not."""
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
    """The flow's parameters that mean `request`; those left at their defaults are left out."""
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
    }
    given = {name: value for name, value in parameters.items() if value not in (None, "", [], {})}
    return {"inputs": list(request.inputs), "out": request.out} | given
