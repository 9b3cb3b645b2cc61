"""Pages to look at: one document with what was removed, and a report of a whole dataset. Rows in, HTML out.

Each page is one file that loads nothing: its style and script are inside, and its Content-Security-Policy admits those
two by their hashes and nothing else. All text is escaped. `page` is what pages share, `explanation` draws a document,
`dataset_page` the report of a dataset from what `copydesk.tasks.survey` counted, `reasons` has a sentence for each
decision that is no rule's.

Never here: reading and writing. Rows are handed in, a string is handed out; the command line does the rest.

Begin with `explanation.draw_explanation`.
"""

from copydesk.tasks.report.dataset_page import draw_report
from copydesk.tasks.report.explanation import Explanation, draw_explanation, fits, rebuild_text
from copydesk.tasks.report.page import is_page
from copydesk.tasks.report.reasons import reason_of

__all__ = ["Explanation", "draw_explanation", "draw_report", "fits", "is_page", "reason_of", "rebuild_text"]
