"""Draw pages: one document with what was removed, and a report of a whole dataset. Rows in, HTML out.

Each page is one file that loads nothing. Its style and script are inside, and its Content-Security-Policy
permits only these two, by their hashes. All text is escaped. `page` is the part that all pages share,
`explanation` draws a document, `dataset_page` draws the report of a dataset from the counts of
`copydesk.tasks.survey`, `review_page` the pages of a review, and `reasons` has a sentence for each decision that is not a rule's. Never here:
reading and writing. Functions take rows and return a string. The command line does the rest. Begin with
`explanation.draw_explanation`.
"""

from copydesk.tasks.report.dataset_page import draw_report
from copydesk.tasks.report.explanation import Explanation, draw_explanation, fits, rebuild_text
from copydesk.tasks.report.page import is_page
from copydesk.tasks.report.reasons import reason_of
from copydesk.tasks.report.review_page import (
    CandidateView,
    Consequence,
    Excerpt,
    Frame,
    Queue,
    draw_candidate,
    draw_message,
    draw_overview,
)

__all__ = [
    "CandidateView",
    "Consequence",
    "Excerpt",
    "Explanation",
    "Frame",
    "Queue",
    "draw_candidate",
    "draw_explanation",
    "draw_message",
    "draw_overview",
    "draw_report",
    "fits",
    "is_page",
    "reason_of",
    "rebuild_text",
]
