"""Implement `config`: show and change the configuration that a dataset remembers."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from copydesk.flows.cli.options import Dataset, Json, Trace
from copydesk.flows.terminal import escape_scraped
from copydesk.schemas.escapes import escape_json
from copydesk.schemas.memory import Memory


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(config)


def config(
    dataset: Dataset,
    put: Annotated[
        list[str] | None,
        typer.Option("--set", help="Remember a value, such as columns.text=body.", metavar="NAME=VALUE"),
    ] = None,
    unset: Annotated[
        list[str] | None,
        typer.Option(
            "--unset", help="Restore the default, such as columns.text or settings.keep_raw.", metavar="NAME"
        ),
    ] = None,
    rules: Annotated[
        list[str] | None,
        typer.Option("--rules", help="Rule pack (TOML) to add or update; may be repeated.", metavar="FILE"),
    ] = None,
    forget_rules: Annotated[bool, typer.Option("--forget-rules", help="Remove all rule packs.")] = False,
    as_json: Json = False,
    verbose: Trace = False,
) -> int:
    """Show or change the configuration of a dataset.

    The dataset remembers columns, rule packs and settings given to `ingest`, and uses them for the next run.
    A file copydesk.toml beside the dataset's folder takes precedence over them.
    """
    from copydesk.flows.config_file import read_config_file
    from copydesk.flows.configuration import describe
    from copydesk.tasks.store import recall, resolve

    resolve(Path(dataset))
    memory = recall(Path(dataset))
    if put or unset or rules or forget_rules:
        memory = _changed(dataset, memory, put or (), unset or (), tuple(rules or ()), forget_rules)
    file = read_config_file(Path(dataset))
    if as_json:
        print(escape_json(json.dumps(_record(memory, file), ensure_ascii=False, indent=2)))
        return 0
    lines = [describe(name, value) for name, value in memory.flat().items()]
    for line in lines or [
        "nothing is remembered: columns by their usual names, no rule packs, default settings"
    ]:
        print(escape_scraped(line, one_line=True))
    for line in _of_file(file):
        print(escape_scraped(line, one_line=True))
    return 0


def _changed(
    dataset: str,
    memory: Memory,
    put: Sequence[str],
    unset: Sequence[str],
    rules: tuple[str, ...],
    forget: bool,
) -> Memory:
    """Change what is remembered, under the dataset's lock."""
    from copydesk.flows.configuration import plan_of
    from copydesk.schemas.errors import UsageError
    from copydesk.schemas.request import IngestRequest
    from copydesk.schemas.settings import Settings
    from copydesk.tasks.store import Store

    before = memory
    columns, settings = dict(memory.columns), dict(memory.settings)
    for words in put:
        name, equals, text = words.partition("=")
        if not equals:
            raise UsageError(f"--set: found {words!r}, expected NAME=VALUE, such as columns.text=body")
        kind, key, value = _value(name, text, "--set")
        (columns if kind == "columns" else settings)[key] = value
    for name in unset:
        kind, key, _ = _value(name, None, "--unset")
        (columns if kind == "columns" else settings).pop(key, None)
    packs = memory.rules
    if rules or forget:
        packs = plan_of(IngestRequest((), dataset, rules=rules, forget_rules=forget)).memory.rules
    memory = Memory({n: v for n, v in columns.items() if v}, settings, packs)
    with Store.open(Path(dataset), replace(Settings(), min_free_bytes=0), "") as store:
        store.remember(memory, before, at_once=True)
    return memory


def _value(name: str, text: str | None, option: str) -> tuple[str, str, Any]:
    """Return kind, name and value of `columns.NAME` or `settings.NAME`; no value is read if `text` is None."""
    from copydesk.flows.config_file import column_value, setting_value
    from copydesk.schemas.errors import UsageError
    from copydesk.schemas.memory import DEFAULTS

    kind, _, key = name.partition(".")
    if kind not in ("columns", "settings"):
        raise UsageError(f"{option}: found {name!r}, expected columns.NAME or settings.NAME")
    if kind == "columns":
        return kind, key, column_value(key, text or "", f"{option} {name}")
    if text is None:
        return kind, key, setting_value(key, DEFAULTS.get(key), f"{option} {name}")
    words = {"true": True, "on": True, "yes": True, "false": False, "off": False, "no": False}
    if isinstance(DEFAULTS.get(key), bool):
        value: Any = words.get(text.lower(), text)
    else:
        try:
            value = json.loads(text)
        except ValueError:
            value = text
    return kind, key, setting_value(key, value, f"{option} {name}")


def _record(memory: Memory, file: Any) -> dict[str, Any]:
    import hashlib

    rules = [
        {"path": p.path, "sha256": hashlib.sha256(p.text.encode("utf-8", "surrogatepass")).hexdigest()}
        for p in memory.rules
    ]
    told = {"columns": dict(memory.columns), "settings": dict(memory.settings), "rules": rules}
    named = {"columns": dict(file.columns), "settings": file.settings, "rules": file.rules}
    return told | {"file": {"path": file.path, **named} if file.path else None}


def _of_file(file: Any) -> Iterator[str]:
    from copydesk.flows.configuration import describe

    if not file.path:
        return
    yield f"{file.path} takes precedence over this:"
    for name, value in file.columns.items():
        yield f"  {describe(f'columns.{name}', value)}"
    for name, value in file.settings.items():
        yield f"  {describe(f'settings.{name}', value)}"
    if file.rules is not None:
        yield f"  rules {', '.join(file.rules) or 'none'}"
