"""Assemble the article and its ledger from labelled spans.

`bodies` joins the bodies of some pages and measures them at once, `assembly` builds the record, `fields` chooses title, authors, dates and section among their sources,
`headline_area` finds the lines around the headline; `captions`, `language` and `quality` fill their columns.

This step never changes labels. It writes down what labelling decided, and loses nothing.

Begin with `assembly.assemble`, or with `fields` to see where a byline or date comes from.
"""

from copydesk.tasks.article.assembly import Stamp, assemble
from copydesk.tasks.article.bodies import Body, bodies_of
from copydesk.tasks.article.character_counts import characters
from copydesk.tasks.article.language import language_of

__all__ = ["Body", "Stamp", "assemble", "bodies_of", "characters", "language_of"]
