"""The vocabulary of labels: what a stretch of a scraped news document can be.

Body labels make up the article's text, field labels become columns of the article, the rest is
furniture and is removed. Every stretch has exactly one label.
"""

from typing import Final

BODY: Final = frozenset({"paragraph", "subheading", "list_item", "table_row", "preformatted", "embed"})
"""What the article's `text` is made of. `table_row`: cells apart by a tab. `preformatted`: code, verse, timetables with
their line breaks. `embed`: a post of a social network that stands in the article."""

FIELDS: Final = frozenset({"section", "title", "byline", "dateline", "caption"})
"""What becomes a column of the article instead of body text."""

FURNITURE: Final = {
    "player": "player notices and pointers to a player",
    "contact_form": "invitations to send something in, form labels, consent text, tip lines",
    "share": "share buttons, counts, follow-us",
    "newsletter": "sign-up boxes for newsletters and podcasts",
    "related": "links to other stories, read more, most read",
    "ad": "advertisement markers, shops, apps, donation asks",
    "legal": "copyright, disclaimers, privacy and cookie law text",
    "paywall": "asks for a paid subscription",
    "comment": "comment counts, policies, invitations to comment",
    "nav": "menus, breadcrumbs, tags, footers, continue reading",
    "other_boilerplate": "separators, loading notices, alt text, leftovers of embeds and templates",
}
"""What is removed, with what each label stands for."""

LABELS: Final = BODY | FIELDS | frozenset(FURNITURE)
