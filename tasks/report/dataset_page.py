"""Draw the report of a dataset: figures, charts, changes, lines to check, rejects."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from copydesk.schemas.labels import FURNITURE
from copydesk.schemas.notebook import escaped
from copydesk.schemas.survey import Recurring, Removal, Share, Survey
from copydesk.tasks.report.charts import bar, stack
from copydesk.tasks.report.page import page, tag
from copydesk.tasks.report.reasons import reason_of
from copydesk.tasks.report.run_sections import alarms, changes, runs

_LONGEST: Final = 300
_ID: Final = 12
"""Characters of an id on the page; `explain` accepts such a prefix."""
_SECTIONS: Final = (
    ("runs", "Runs"),
    ("changes", "What changed"),
    ("shares", "What is removed"),
    ("rules", "Rules"),
    ("removed", "Removed lines"),
    ("kept", "Kept lines that recur"),
    ("sample", "Sample"),
    ("doubtful", "Least sure"),
    ("rejects", "Rejects"),
)


def draw_report(found: Survey, whys: Mapping[str, str]) -> str:
    """Return the page of a dataset. `whys` has the reason of each rule by its id."""
    links = "".join(f'<a href="#{name}">{title}</a>' for name, title in _SECTIONS)
    body = "".join(
        (
            _head(found),
            f'<nav class="toc" aria-label="Parts of this report">{links}</nav><main>',
            alarms(found.runs),
            _section("runs", runs(found.runs)),
            _section("changes", changes(found.runs)),
            _section("shares", _shares(found)),
            _section("rules", _rules(found, whys)),
            _section("removed", _removed(found, whys)),
            _section("kept", _kept(found)),
            _section("sample", _sample(found, whys)),
            _section("doubtful", _doubtful(found, whys)),
            _section("rejects", _rejects(found)),
            "</main>",
            '<aside class="picked" hidden aria-live="polite"><span></span>'
            '<button type="button" data-again>Copy again</button><button type="button" data-none>Start over</button></aside>',
        )
    )
    return page(f"Report of {found.name}", body, ["dataset.css", "dataset.js"], kind="dataset")


def _head(found: Survey) -> str:
    last = found.runs[-1] if found.runs else None
    when = (
        f"State after run <code>{escaped(last.run_id)}</code> of {_minute(last.started_at)}"
        if last
        else "No runs"
    )
    versions = (
        f", copydesk {escaped(last.cleaner_version)}, rules {escaped(last.rules_version)}" if last else ""
    )
    published = (
        f"<p>Published from <b>{found.first:%Y-%m-%d}</b> to <b>{found.last:%Y-%m-%d}</b>.</p>"
        if found.first and found.last
        else ""
    )
    flags = ", ".join(f"{count:,} {escaped(flag)}" for flag, count in found.flags.items())
    figures = [
        (f"{found.articles:,}", "articles", f"{found.words:,} words"),
        (
            f"{found.whole.share:.1%}",
            "removed",
            f"{found.whole.removed:,} of {found.whole.kept + found.whole.removed:,} characters",
        ),
        (f"{found.duplicates:,}", "near duplicates", _share_of(found.duplicates, found.articles)),
        (
            f"{found.rejected:,}",
            "rejected documents",
            _share_of(found.rejected, found.articles + found.rejected),
        ),
    ]
    cards = "".join(
        f'<li><b class="figure">{figure}</b> {name}<span class="soft">{note}</span></li>'
        for figure, name, note in figures
    )
    return (
        f'<header><p class="kicker">copydesk report</p><h1>{escaped(found.name)}</h1>'
        f'<p class="soft">{when}{versions}.</p>{published}'
        f'<ul class="figures">{cards}</ul>'
        + (f'<p class="soft">Flags: {flags}.</p>' if flags else "")
        + "</header>"
    )


def _section(name: str, content: str) -> str:
    title = dict(_SECTIONS)[name]
    return (
        f'<section id="{name}" aria-labelledby="h-{name}"><h2 id="h-{name}">{title}</h2>{content}</section>'
    )


def _shares(found: Survey) -> str:
    whole = found.whole
    if not whole.removed:
        return "<p>Nothing was removed.</p>"
    most = max(whole.by_label.values())
    labels = "".join(
        f'<tr><th scope="row"><span class="chip {tag(label)}">{_label(label)}</span></th>'
        f'<td class="bars">{bar(size / most, f"label-fill {tag(label)}")}</td>'
        f'<td class="n">{size / whole.removed:.1%}</td><td class="n">{size:,}</td><td class="soft wide">{escaped(FURNITURE.get(label, "marks and names of a field"))}</td></tr>'
        for label, size in sorted(whole.by_label.items(), key=lambda each: (-each[1], each[0]))
    )
    return (
        "<h3>By label</h3>"
        + _table(("label", "", "of all removed", "characters", "what it is"), labels, wide=(4,))
        + "<h3>By publisher</h3>"
        + _groups(found.publishers, found.more_publishers, "publishers")
        + "<h3>By language</h3>"
        + _groups(found.languages, found.more_languages, "languages")
    )


def _groups(groups: Sequence[Share], more: int, name: str) -> str:
    """Draw a bar of labels for each publisher or language. The widest bar has the largest share."""
    most = max((group.share for group in groups), default=0.0) or 1.0
    rows = "".join(
        f'<tr><th scope="row" dir="auto">{escaped(_cut(group.name, 60)) or "(none)"}</th>'
        f'<td class="bars">{stack(group.by_label, round((group.kept + group.removed) * most))}</td>'
        f'<td class="n">{group.share:.1%}</td><td class="n">{group.articles:,}</td></tr>'
        for group in groups
    )
    rest = f'<p class="soft">And {more:,} more {name} with fewer articles.</p>' if more else ""
    return _table((name[:-1], "", "removed", "articles"), rows) + rest


def _rules(found: Survey, whys: Mapping[str, str]) -> str:
    if not found.rules:
        return "<p>No rule removed anything.</p>"
    most = found.rules[0][1] or 1
    rows = "".join(
        f'<tr><th scope="row"><code>{escaped(rule)}</code></th><td class="bars wide">{bar(size / most)}</td>'
        f'<td class="n">{size:,}</td><td class="n">{stretches:,}</td><td class="soft wide">{escaped(reason_of(rule, whys))}</td></tr>'
        for rule, size, stretches in found.rules
    )
    return "<p>Rules, structures and models by the characters that they removed.</p>" + _table(
        ("decided by", "", "characters", "stretches", "why"), rows, wide=(1, 3, 4)
    )


def _removed(found: Survey, whys: Mapping[str, str]) -> str:
    if not found.removed_lines:
        return "<p>No removed line recurs.</p>"
    rows = "".join(
        f'<tr><td class="text" dir="auto">{escaped(_cut(line.text))}</td>'
        f'<td><span class="chip {tag(line.label)}">{_label(line.label)}</span><br><code title="{escaped(reason_of(line.rule, whys))}">{escaped(line.rule)}</code></td>'
        f'<td class="n">{line.articles:,}</td><td class="wide">{_publishers(line)}</td><td>{_wrong(line.text, line.rule, line.example)}</td></tr>'
        for line in found.removed_lines
    )
    return (
        "<p>The removed lines that occur in most articles. Is one of them part of the story? “Wrong?” copies it as a must-keep line.</p>"
        + _table(("line", "decided by", "articles", "publishers", ""), rows, wide=(3,), style="lines")
    )


def _kept(found: Survey) -> str:
    if not found.kept_lines:
        return "<p>No kept line recurs in different articles.</p>"
    rows = "".join(
        f'<tr><td class="text" dir="auto">{escaped(_cut(line.text))}</td><td class="n">{line.articles:,}</td>'
        f'<td class="wide">{_publishers(line)}</td><td class="wide"><code title="{escaped(line.example)}">{escaped(line.example[:_ID])}</code></td></tr>'
        for line in found.kept_lines
    )
    return (
        "<p>Lines of the body that occur in several articles, without reprints. Some of them are furniture that no rule matches. "
        f"<code>copydesk discover {escaped(found.name)}</code> weighs the evidence and writes rules.</p>"
        + _table(("line", "articles", "publishers", "an example"), rows, wide=(2, 3))
    )


def _sample(found: Survey, whys: Mapping[str, str]) -> str:
    if not found.sample:
        return "<p>Nothing was removed.</p>"
    return (
        f"<p>{len(found.sample)} of {found.removals:,} removed stretches, drawn at random (the same dataset gives the same sample). "
        "Mark those that belong to the story: the bar at the foot says how many removals that makes wrong. "
        f"<code>copydesk explain {escaped(found.name)} ID --html</code> shows a document whole.</p>"
        f'<ol class="cards" data-sample>{"".join(_card(each, whys) for each in found.sample)}</ol>'
    )


def _doubtful(found: Survey, whys: Mapping[str, str]) -> str:
    if not found.doubtful:
        return "<p>No removal was doubtful.</p>"
    return (
        "<p>The removed stretches with the lowest scores. Check these first.</p>"
        f'<ol class="cards">{"".join(_card(each, whys) for each in found.doubtful)}</ol>'
    )


def _card(each: Removal, whys: Mapping[str, str]) -> str:
    score = f" {each.score:.2f}" if each.score < 1 else ""
    publisher = f"{escaped(_cut(each.publisher, 60))}, " if each.publisher else ""
    return (
        f'<li class="{tag(each.label)}"><p class="context" dir="auto">{escaped(_cut(each.before))}</p>'
        f'<p class="gone" dir="auto"><del>{escaped(_cut(each.text, 600))}</del></p>'
        f'<p class="context" dir="auto">{escaped(_cut(each.after))}</p>'
        f'<p class="foot"><span class="chip {tag(each.label)}">{_label(each.label)}</span> '
        f'<code title="{escaped(reason_of(each.rule, whys))}">{escaped(each.rule)}</code>{score}<br>'
        f'<span class="soft">{publisher}<code title="{escaped(each.article)}">{escaped(each.article[:_ID])}</code></span> '
        f"{_wrong(each.text, each.rule, each.article)}</p></li>"
    )


def _rejects(found: Survey) -> str:
    if not found.rejects:
        return "<p>No document was rejected.</p>"
    parts = []
    for each in found.rejects:
        rows = "".join(
            f"<li><code>{escaped(_cut(source, 160))}</code>{f' record <code>{escaped(_cut(record, 80))}</code>' if record else ''}"
            f'<br><span class="soft">{escaped(detail)}</span></li>'
            for source, record, detail in each.examples
        )
        parts.append(
            f"<details><summary><b>{each.documents:,}</b> {escaped(each.stage)}: <b>{escaped(each.reason)}</b></summary><ul>{rows}</ul></details>"
        )
    return (
        f"<p><code>copydesk rejects list {escaped(found.name)}</code> lists all of them.</p>{''.join(parts)}"
    )


def _wrong(text: str, rule: str, article: str) -> str:
    """Draw a button that copies a line as a must-keep line. The script writes it as TOML."""
    if len(text) > _LONGEST:
        return ""
    return (
        f'<button type="button" class="wrong" aria-pressed="false" data-text="{escaped(text)}" '
        f'data-rule="{escaped(rule)}" data-article="{escaped(article)}">Wrong?</button>'
    )


def _publishers(line: Recurring) -> str:
    return ", ".join(f"{escaped(_cut(name, 40)) or '(none)'} {count:,}" for name, count in line.publishers)


_NUMBERS: Final = frozenset({"of all removed", "characters", "removed", "articles", "stretches"})
"""Heads of columns of numbers, which are aligned to the right."""


def _table(names: Sequence[str], rows: str, wide: Sequence[int] = (), style: str = "plain") -> str:
    """Draw a table; the columns of `wide` are left out where the window is narrow."""
    head = ""
    for number, name in enumerate(names):
        classes = (("n", name in _NUMBERS), ("wide", number in wide))
        of_column = " ".join(word for word, is_so in classes if is_so)
        head += (
            f'<th scope="col" class="{of_column}">{name}</th>' if name else f'<td class="{of_column}"></td>'
        )
    return f'<table class="{style}"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def _share_of(part: int, whole: int) -> str:
    return f"{part / whole:.1%} of {whole:,}" if whole else ""


def _label(label: str) -> str:
    return escaped(label.replace("_", " "))


def _cut(text: str, most: int = 220) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def _minute(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M} UTC"
