"""Names in the code are the words of docs/GLOSSARY.md, and its prose is plain English."""

import io
import re
import tokenize
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FILES = [
    path
    for folder in ("copydesk", "flows", "schemas", "tasks", "tests")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if not path.is_relative_to(ROOT / "copydesk") or path.parent == ROOT / "copydesk"
]
FORBIDDEN = {
    "odds": "probabilities, or log_odds",
    "desk": "context",
    "crew": "executor",
    "masthead": "headline_area",
    "sheet": "page_input, or table",
    "weigh": "classify",
    "floor": "body_threshold",
    "settle": "what is done: compact, mark_final, remove_replayed",
}
"""A word, and what the code says in its place."""
ALLOWED = {
    "floor": {
        "tests/end_to_end/test_quality_floors.py",
    },
    "weigh": {
        "tasks/discover/score.py",
        "tasks/discover/proposals.py",
    },  # points for a proposal, no probabilities
    "sheet": {"tasks/html/context.py", "tasks/html/walk.py"},  # style sheets
    "desk": {
        "tasks/metadata/authors.py",
        "tasks/metadata/names.py",
        "tasks/metadata/author_words.py",
        "tasks/metadata/__init__.py",
        "tasks/article/fields.py",
        "tests/metadata/test_authors.py",
    },  # a desk that signs a story
}
PHRASES = {"log_odds": "odds", "copydesk": "desk", "newsdesk": "desk"}
"""Words that hold a forbidden one and mean something of their own."""


def words(name: str) -> set[str]:
    """The words of an identifier, in lower case and without a plural; a known phrase is one word."""
    for phrase in PHRASES:
        name = re.sub(phrase, "", name.lower()) if phrase in name.lower() else name
    return {part.lower().rstrip("s") for part in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", name)} | {
        part.lower() for part in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", name)
    }


def names(path: Path) -> set[str]:
    """The identifiers of a file, but for those that others gave: `np.floor`, `math.floor`."""
    tokens = list(tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline))
    return {
        token.string
        for number, token in enumerate(tokens)
        if token.type == tokenize.NAME
        and not (
            number > 1 and tokens[number - 1].string == "." and tokens[number - 2].string in ("np", "math")
        )
    }


@pytest.mark.parametrize("word", FORBIDDEN)
def test_no_name_says(word: str) -> None:
    """The glossary has a word for it."""
    found = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in FILES
        if str(path.relative_to(ROOT)) not in ALLOWED.get(word, set())
        for name in names(path)
        if word in words(name)
    }
    assert found == set(), f"say {FORBIDDEN[word]}"


def test_the_words_of_a_name() -> None:
    """Snake and camel case, private names, plurals; phrases are words of their own."""
    assert {"odds", "of", "page"} <= words("_odds_of_pages")
    assert "desk" in words("openDesk")
    assert "odds" not in words("word_log_odds")
    assert "desk" not in words("copydesk")


PLAIN = {
    r"[«»]": "quotation marks, or nothing",
    r"\bnobody's\b": "no rule, no user, nothing",
    r"\bas long as nobody\b": "until",
    r"\bis none of (?:it|its|them|these)\b": "is not one",
    r"\b(?:of|behind|beside) (?:which|whose)\b": "two sentences",
    r"\bbehind (?:it|them|the|a|an|its|each)\b": "after",
    r"\basked (?:about|for)\b": "checked, tried",
    r"\b(?:is|are|was|were) told\b|\btold (?:by|apart)\b": "decided, recognised",
    r"\bspeaks?\b": "states, describes",
    r"\bstands? for\b": "is, selects",
    r", else (?:a|an|the|it|from|by)\b": "otherwise",
    r"\b(?:wherever|whoever)\b": "at any place, each user",
    r"\b(?:amid|anew|anyhow)\b": "within, again",
    r"\bis no body\b|\bare no body\b": "is not body",
}
"""A pattern that docstrings and comments avoid, and its replacement. Quoted code is exempt."""


@cache
def prose(path: Path) -> list[str]:
    """The docstrings and comments of a file on one line each, without quoted code."""
    tokens = tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline)
    texts = [
        token.string
        for token in tokens
        if token.type == tokenize.COMMENT or token.string.lstrip("rR").startswith('"""')
    ]
    plain = [re.sub(r">>>.*?(?:\n\s*\n|$)", "", text, flags=re.DOTALL) for text in texts]
    return [re.sub(r"`[^`]*`", "``", " ".join(text.split())) for text in plain]


@pytest.mark.parametrize("pattern", PLAIN)
def test_prose_is_plain_english(pattern: str) -> None:
    """Engineers whose first language is not English understand each sentence at first sight."""
    found = [
        f"{path.relative_to(ROOT)}: …{text[max(0, hit.start() - 40) : hit.end() + 40]}…"
        for path in FILES
        if path.name not in ("test_words.py", "test_browser.py")  # a hostile page has prose of its own
        for text in prose(path)
        for hit in re.finditer(pattern, text, re.IGNORECASE)
    ]
    assert found == [], f"say: {PLAIN[pattern]}"
