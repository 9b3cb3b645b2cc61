"""The vocabulary of labels: what a stretch of a scraped news document can be.

Body labels make up the article's text. Field labels become columns of the article. All other labels are
furniture, which is removed. Every stretch has exactly one label.
"""

from typing import Final

BODY: Final = frozenset({"paragraph", "subheading", "list_item", "table_row", "preformatted", "embed"})
"""Labels of the article's `text`. `table_row`: cells separated by tabs. `preformatted`: code, verse,
timetables with their line breaks. `embed`: a post of a social network inside the article."""

FIELDS: Final = frozenset({"section", "title", "byline", "dateline", "caption"})
"""Labels of text that becomes a column of the article instead of body text."""

FURNITURE: Final = {
    "player": "player notices and pointers to a player",
    "contact_form": "requests to send something in, form labels, consent text, tip lines",
    "share": "share buttons, counts, follow-us",
    "newsletter": "sign-up boxes for newsletters and podcasts",
    "related": "links to other stories, read more, most read",
    "ad": "advertisement markers, shops, apps, requests for donations",
    "legal": "copyright, disclaimers, privacy and cookie law text",
    "paywall": "requests to subscribe",
    "comment": "comment counts, policies, invitations to comment",
    "nav": "menus, breadcrumbs, tags, footers, continue reading",
    "other_boilerplate": "separators, loading notices, alt text, leftovers of embeds and templates",
}
"""Labels of removed text, each with its meaning."""

LABELS: Final = BODY | FIELDS | frozenset(FURNITURE)
