"""The samples become what `data/README.md` promises, through the real reading and cleaning."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from copydesk.schemas.article import Article
from copydesk.schemas.document import RawDocument
from copydesk.schemas.inputs import Columns
from copydesk.schemas.report import Outcome, Reject
from copydesk.schemas.settings import Settings
from copydesk.tasks.pipeline import CleaningContext, clean
from copydesk.tasks.read.formats import read
from copydesk.tasks.read.inputs import expand

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "data" / "samples"
CASES: list[dict[str, Any]] = json.loads(
    (ROOT / "tests" / "cases" / "samples.json").read_text(encoding="utf-8")
)
ARTICLES = [case for case in CASES if "rejected" not in case]


def name(case: dict[str, Any]) -> str:
    return f"{case['sample']}#{case['record']}" if "record" in case else str(case["sample"])


@cache
def outcomes() -> dict[str, Outcome]:
    """Every document of the samples, read and cleaned once."""
    context, found = CleaningContext.open((), Settings()), {}
    for file in expand([str(SAMPLES)]):
        for document in read(file, Columns(), context.settings):
            origin = document.origin
            key = Path(origin.source).name + (f"#{origin.record}" if origin.record else "")
            found[key] = clean(document, context) if isinstance(document, RawDocument) else Outcome(document)
    return found


def article(case: dict[str, Any]) -> Article:
    result = outcomes()[name(case)].result
    assert isinstance(result, Article), result
    return result


def test_cases_and_samples_are_the_same_documents() -> None:
    """No sample without expectations, no expectation without a sample."""
    assert set(outcomes()) == {name(case) for case in CASES}


def test_the_readme_of_data_lists_every_sample() -> None:
    """data/README.md describes what each sample proves."""
    listed = re.findall(
        r"^\| `([^`]+)` \|", (ROOT / "data" / "README.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert sorted(listed) == sorted(path.name for path in SAMPLES.iterdir())


@pytest.mark.parametrize("case", [c for c in CASES if "rejected" in c], ids=name)
def test_broken_samples_are_rejected_by_name(case: dict[str, Any]) -> None:
    """With the reason, and a sentence that names the file."""
    result = outcomes()[name(case)].result
    assert isinstance(result, Reject)
    assert result.reason == case["rejected"]
    assert case["sample"] in result.detail


@pytest.mark.parametrize("case", ARTICLES, ids=name)
def test_fields(case: dict[str, Any]) -> None:
    """Headline, section, authors, dates and language come out as an editor would fill them in."""
    found = article(case)
    for field in ("title", "section", "byline", "authors", "url", "publisher", "language"):
        if field in case:
            assert getattr(found, field) == case[field], field
    for field in ("published", "modified"):
        if field in case:
            instant = getattr(found, f"{field}_at")
            assert instant is not None, field
            assert instant.date().isoformat() == case[field], field


@pytest.mark.parametrize("case", ARTICLES, ids=name)
def test_body(case: dict[str, Any]) -> None:
    """The body begins and ends where it should, and its subheadings are the author's."""
    found = article(case)
    kinds = [block.kind for block in found.blocks]
    assert found.text.startswith(case.get("first", ""))
    assert found.text.endswith(case["last"])
    if "blocks" in case:
        assert len(kinds) == case["blocks"]
    if "subheadings" in case:
        assert [block.text for block in found.blocks if block.kind == "subheading"] == case["subheadings"]
    for words in case.get("stays", ()):
        assert words in found.text
    if "removed_chars" in case:
        assert found.removed_chars == case["removed_chars"]


@pytest.mark.parametrize("case", [c for c in ARTICLES if "gone" in c], ids=name)
def test_furniture_is_gone(case: dict[str, Any]) -> None:
    """No furniture is left in the text or in a caption."""
    found = article(case)
    kept = "\n".join([found.text, *(caption.text for caption in found.captions)])
    assert [words for words in case["gone"] if words in kept] == []


@pytest.mark.parametrize("case", [c for c in ARTICLES if "captions" in c], ids=name)
def test_captions(case: dict[str, Any]) -> None:
    """Captions are read into their field, without markers."""
    assert [caption.text for caption in article(case).captions] == case["captions"]


@pytest.mark.parametrize("case", ARTICLES, ids=name)
def test_every_removal_has_its_rule(case: dict[str, Any]) -> None:
    """Nothing is gone without something that decided."""
    assert [row.text for row in outcomes()[name(case)].ledger if not row.kept and not row.rule] == []
