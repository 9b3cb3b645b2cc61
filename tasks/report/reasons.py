"""A sentence for each decision: the rule's own, or for structure and models one from the table below."""

from collections.abc import Mapping
from typing import Final

DECISIONS: Final[Mapping[str, str]] = {
    "structure:headline": "The line is at the place of a headline, and has the form of one.",
    "structure:known-title": "The line repeats the title that the input or the page declares.",
    "structure:page-title": "The line is the title of the browser's window; the headline of the story is below it.",
    "structure:rubric": "A short line above the headline names the section.",
    "structure:clock": "The line near the headline is a date or time and nothing else.",
    "structure:byline": "The line near the headline names who wrote the story and nothing else.",
    "structure:figure": "The text belongs to a picture: it is in the element of the picture, or beside it.",
    "structure:credited": "The text is the caption of a picture: only the picture's credit follows it in the same container.",
    "structure:next-story": "A second story begins here; only the page's own story is the article.",
    "structure:tail": "The block follows the end of the story, among links and teasers.",
    "structure:comments": "The block is part of a thread of readers' comments, by its shape.",
    "structure:stamped": "The block is part of a thread of readers' comments, each with a name and a time.",
    "structure:control": "The block is a choice of a form.",
    "structure:menu": "The block is part of a list that holds nothing but short links.",
    "structure:coherent": "The sentence stays among sentences of the story that have the same form and place.",
    "structure:chapter": "The heading stays between two paragraphs of the story: it opens a chapter.",
    "structure:copy": "The block repeats a part of the article that is already on the page.",
    "structure:doubled": "The line repeats another line of the page.",
    "structure:pull-quote": "The page repeats a sentence of the story to attract attention.",
    "structure:capitals": "The line in capitals refers to another story.",
    "structure:kicker": "The line is one of several that describe a picture after words in capitals and a colon.",
    "structure:hidden": "The page hides this block from its readers.",
    "structure:live-post": "A post of a live blog stays, however short it is.",
    "structure:lead-in": "The line introduces a list or table that stays.",
    "structure:under-headline": "The text is directly under a headline, and there is no evidence that it is furniture.",
    "structure:same-as-removed": "The same words were removed from another place of this document.",
    "model:segment": "The model of plain text classifies this segment as furniture.",
    "model:run": "The model classifies the segments around it as one piece of furniture, and this one is part of it.",
    "model:caption": "The model of pages classifies the block as a caption.",
    "model:furniture": "The model of pages classifies the block as furniture.",
    "repair:nothing-visible": "The text is empty after repair.",
}
"""The reason for a decision, by its name in the ledger."""
_KINDS: Final = {
    "structure": "The list, table or other structure around it was decided as a whole.",
    "model": "The model decided from words, shape and position.",
    "repair": "Repair removed all of it.",
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
