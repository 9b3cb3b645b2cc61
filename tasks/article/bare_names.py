"""Tell a name from a rubric in a line near the headline that holds both a name and a day, and no `by`."""

import re
from collections.abc import Sequence
from typing import Final

from copydesk.tasks.metadata import MODIFIED, before_date


def undated(piece: str) -> str:
    """Return what comes before the day in a part of a line, or all of it without a number; "" for a place before a comma.

    Empty also for words of rubrics and menus (`Press Release`) and words for a change (`Son Güncelleme`).
    """
    bare = AGO.sub("", ACCOUNT.sub("", piece)).strip(" ,(|-")
    if MODIFIED.search(bare.lower()) or not _RUBRICS.isdisjoint(bare.split()) or _GERUND.search(bare):
        return ""
    if not any(map(str.isdigit, bare)):
        return bare
    before = before_date(bare)
    return "" if bare[len(before) :].lstrip(" )")[:1] in (",", "/") else before


AGO: Final = re.compile(
    r"(?<!\d)\d{1,4}\s{0,4}(?:min\w{0,5}|hours?|hrs?|h|days?|weeks?|months?|years?)\s{1,4}ago\b.*"
    r"|\bvor\s{1,4}\d{1,4}\s{1,4}\w{1,12}$"
)
"""A time before now, as below headlines: `5 hours ago`."""
ACCOUNT: Final = re.compile(r"\s\(?@\w{3,}\)?")
"""An account after a name: `Ann Poe @annpoe`."""
_GERUND: Final = re.compile(
    r"^\w+(?:ing|ion|ness)\s\w+(?:ing|ion|ness|ment|ity)\b|(?:Plann|Market|Cook|Train|Learn|Invest|Park|Build|Garden)ing\b"
)
"""Pairs of abstract words, and activities, that are rubrics: `Wedding Planning`."""
_RUBRICS: Final = frozenset(
    """
    News Release Update Updates Edition Editions Issue Post Article Story Report Blog Events Archive Policy Research Newsletter
    Uncategorized Uncategorised Management Business Health Technology Tech Finance Insurance Lifestyle Design Tips Guide Guides
    Resources Industry Insights Culture Entertainment Travel Education Security Software Politics Opinion Reviews Food Recipes
    """.split()  # noqa: SIM905 - a table of words
)
"""Words of rubrics and menus, which no name has."""


def has_acronym(words: Sequence[str]) -> bool:
    """Return whether one of a few words is an acronym of rubrics: `HR Strategy`, `AI Alignment Forum`.

    Other words in capitals are initials (`AJ`) or surnames (`Jean DUPONT`).
    """
    return not _ACRONYMS.isdisjoint(words)


_ACRONYMS: Final = frozenset(
    {
        "AI",
        "HR",
        "IT",
        "PR",
        "UX",
        "UI",
        "TV",
        "US",
        "UK",
        "EU",
        "UN",
        "USA",
        "SEO",
        "API",
        "AAA",
        "CEO",
        "FAQ",
    }
)
