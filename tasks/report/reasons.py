"""A sentence for each decision: the rule's own, or for structure and models one from the table below."""

from collections.abc import Mapping
from typing import Final

DECISIONS: Final[Mapping[str, str]] = {
    "structure:headline": "The line stands where a headline stands, and reads like one.",
    "structure:known-title": "The line repeats the title that the input or the page declares.",
    "structure:page-title": "The line is the title of the browser's window; the headline of the story stands below it.",
    "structure:rubric": "A short line above the headline names the section.",
    "structure:clock": "The line near the headline is a date or time and nothing else.",
    "structure:byline": "The line near the headline names who wrote the story and nothing else.",
    "structure:figure": "The text belongs to a picture: it stands in the picture's own element, or beside it.",
    "structure:credited": "The text is the caption of a picture: only the picture's credit follows it in the same container.",
    "structure:next-story": "A second story begins here; only the page's own story is the article.",
    "structure:tail": "The block follows the end of the story, among links and teasers.",
    "structure:comments": "The block is part of a thread of readers' comments, by its shape.",
    "structure:copy": "The block repeats a part of the article that stands on the page already.",
    "structure:doubled": "The line repeats another line of the page.",
    "structure:pull-quote": "A sentence of the story is printed a second time, to catch the eye.",
    "structure:capitals": "The line in capitals points to another story.",
    "structure:hidden": "The page hides this block from its readers.",
    "structure:live-post": "A post of a live blog stays, however short it is.",
    "structure:lead-in": "The line leads in to a list or table that stays.",
    "structure:under-headline": "The text stands directly under a headline, and nothing says that it is furniture.",
    "structure:same-as-removed": "The same words were removed from another place of this document.",
    "model:segment": "The model of plain text takes this segment for furniture.",
    "model:run": "The model takes the segments around it for one piece of furniture, and this one with them.",
    "model:caption": "The model of pages takes the block for a caption.",
    "model:furniture": "The model of pages takes the block for furniture.",
    "repair:nothing-visible": "After repair nothing is left to see.",
}
"""The reason for a decision, by its name in the ledger."""
_KINDS: Final = {
    "structure": "The list, table or other structure around it was decided as a whole.",
    "model": "The model decided from words, shape and position.",
    "repair": "Repair left nothing of it.",
}
_GONE: Final = "The rule is not in force any more: the document was cleaned with another pack or release."


def reason_of(rule: str, whys: Mapping[str, str]) -> str:
    """Return why a decision was taken. `whys` has the `why` of each rule by its id.

    Empty for body text without contrary evidence, and for a rule that no longer exists.

    >>> reason_of("structure:rubric", {})
    'A short line above the headline names the section.'
    """
    if rule in whys:
        return whys[rule]
    if rule in DECISIONS:
        return DECISIONS[rule]
    return _KINDS.get(rule.partition(":")[0], _GONE if rule else "")
