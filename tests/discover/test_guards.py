"""What `discover` must not propose, and what the command shows before it writes."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_kit import command_line

from copydesk.flows.cli import main
from copydesk.tasks.discover.effects import Effect
from copydesk.tasks.discover.keys import INSIDE, LEAD, OPENER, SUFFIX, WITHIN
from copydesk.tasks.discover.lexicon import Words
from copydesk.tasks.discover.score import is_guarded
from copydesk.tasks.rules.loading import load

NAMES = (
    "harbour",
    "council",
    "bridge",
    "school",
    "market",
    "museum",
    "station",
    "library",
    "theatre",
    "stadium",
)
PROSE = {
    "en": "We are told that the {0} is to be in the hands of the {1}, and it is not what they have said of the {2}.",
    "de": "Es ist so, dass die {0} und der {1} in der Stadt sind, und wir haben es mit dem {2} nicht so gemeint.",
    "xx": "Mi ta da ke la {0} e la {1} no sona de la {2}, e mi ta da ke no sona.",
}
"""Two languages of the packs, and one without packs."""


@pytest.fixture(scope="module")
def words() -> Words:
    """Word statistics of the shipped packs and of some running text."""
    made = Words(load().rules)
    for code, line in PROSE.items():
        made.learn_text(
            (code, line.format(*(NAMES[(n + k) % 10] + str(n % 37) for k in (0, 3, 7)))) for n in range(200)
        )
    return made


@pytest.mark.parametrize(
    ("code", "opener"),
    [("en", "we are"), ("en", "it is not"), ("de", "es ist"), ("de", "wir haben"), ("xx", "mi ta")],
)
def test_beginnings_of_common_words_are_no_proposals(words: Words, code: str, opener: str) -> None:
    """Words that a fiftieth of the dataset's paragraphs hold say nothing about a line; no list of them is needed."""
    assert is_guarded(OPENER + opener, opener.capitalize(), words, code)
    assert is_guarded(LEAD + opener, opener.capitalize(), words, code)


@pytest.mark.parametrize("quote", ['"', "'", "«", "„", "「"])
def test_beginnings_that_open_a_quotation_are_no_proposals(words: Words, quote: str) -> None:
    """Folded or not: a quotation is part of the article."""
    assert is_guarded(f"{OPENER}{quote}subscribe to our", f"{quote}Subscribe to our", words, "en")


@pytest.mark.parametrize(
    ("key", "guarded"),
    [
        (OPENER + 'subscribe, he said: "we', True),
        (LEAD + "subscribe \u00abnow", True),
        (SUFFIX + 'newsletter" he said', True),
        (INSIDE + "we are in the", True),
        (INSIDE + 'sign up for the "morning" newsletter.', False),
        (INSIDE + "sign up for our newsletter.", False),
        (WITHIN + "read more:", False),
    ],
)
def test_no_kind_of_proposal_takes_half_a_quotation_or_common_words(words: Words, key: str, guarded: bool) -> None:  # fmt: skip
    """Inside a line as at its edges."""
    assert is_guarded(key, key[1:].capitalize(), words, "en") is guarded


def test_furniture_is_proposed_as_before(words: Words) -> None:
    """A rarer word among common ones, or a marker after them, is enough."""
    assert not is_guarded(OPENER + "read more", "Read more", words, "en")
    assert not is_guarded(OPENER + "it is about:", "It is about:", words, "en")


def test_an_effect_remembers_what_goes_and_the_first_quotation() -> None:
    """Lines and documents are counted, different stretches shown, a quotation is held against the rule."""
    effect = Effect()
    for number, gone in enumerate(["Read more: a", "Read more: a", "“We are glad”", "Read more: b"]):
        effect.add(gone, gone.lower(), number // 2)
    assert (effect.lines, effect.documents, effect.quotation) == (4, {0, 1}, "“We are glad”")
    assert list(effect.shown.values()) == ["Read more: a", "“We are glad”", "Read more: b"]


def _documents() -> Iterator[str]:
    for n in range(30):
        told = " ".join(
            f"The {name} of district {n} opened {k} days after the {NAMES[(n + k) % 10]} had burnt down in {1900 + 3 * n}."
            for k, name in enumerate(NAMES)
        )
        text = f"District {n} gets its {NAMES[n % 10]} back\n{told}\nKlostrum bevig naar den onze vlurp\n{told[:300]} End {n}.\n"
        if n == 7:
            text += "The klostrum of the old den was repaired by the council in May.\n"
        yield json.dumps({"id": str(n), "text": text, "publisher": "Lantern"})


def test_accepting_shows_what_would_go_and_writes_only_when_told(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Without a terminal there is no question, so `--yes` is needed. The lines are shown in both cases."""
    source = tmp_path / "in.jsonl"
    source.write_text("\n".join(_documents()) + "\n", encoding="utf-8")
    out, pack = tmp_path / "out", tmp_path / "mine.toml"
    assert main(["ingest", str(source), "--out", str(out), "--direct", "--no-near-duplicates"]) in (0, 3)
    capfd.readouterr()
    run = command_line(capfd)
    code, said, _ = run("discover", out, "--json")
    found = [
        p
        for p in map(json.loads, said.splitlines())
        if p["text"].startswith("klostrum") and p["scope"] == "line"
    ]
    assert code == 0
    assert found, said
    words = ("discover", out, "--accept", found[0]["id"], "--pack", pack, "--label", "related")
    code, said, errors = run(*words)
    assert code == 0, errors
    assert "takes 30 kept lines out of 30 documents of this dataset" in said
    assert "    Klostrum bevig naar den onze vlurp" in said
    assert "Nothing was written" in said
    assert not pack.exists()
    code, said, errors = run(*words, "--yes")
    assert code == 0, errors
    assert "takes 30 kept lines" in said
    assert pack.exists()
