"""Parse names, dates, titles and URLs. Pure functions from strings to values.

Knowledge of languages is in tables (`date_words`, `author_words`); behaviour is in short functions.

This folder never chooses between sources: `article.fields` decides which of several claims is right.

Begin with `dates.parse_date`, `authors.authors_of`, `titles.clean_title` or `urls.canonical_url`.
"""

from copydesk.tasks.metadata.author_lists import each_once, is_login
from copydesk.tasks.metadata.author_words import BEFORE_DATES
from copydesk.tasks.metadata.authors import (
    authors_from,
    authors_of,
    clean_author,
    is_role,
    led_authors,
    listed_authors,
    opens_byline,
    pieces_of,
    signed_by,
)
from copydesk.tasks.metadata.date_tokens import days_and_times
from copydesk.tasks.metadata.date_words import MODIFIED, MONTHS, PUBLISHED
from copydesk.tasks.metadata.dateline import dateline_of, is_day, reads_as_prose
from copydesk.tasks.metadata.dates import ParsedDate, find_dates, parse_date
from copydesk.tasks.metadata.names import before_date, is_agency, is_desk, is_han_rubric, is_host
from copydesk.tasks.metadata.shown_titles import shown_title
from copydesk.tasks.metadata.title_ranking import OTHER, rank_titles
from copydesk.tasks.metadata.titles import clean_title, fold
from copydesk.tasks.metadata.urls import canonical_url, site_of

__all__ = [
    "BEFORE_DATES",
    "MODIFIED",
    "MONTHS",
    "OTHER",
    "PUBLISHED",
    "ParsedDate",
    "authors_from",
    "authors_of",
    "before_date",
    "canonical_url",
    "clean_author",
    "clean_title",
    "dateline_of",
    "days_and_times",
    "each_once",
    "find_dates",
    "fold",
    "is_agency",
    "is_day",
    "is_desk",
    "is_han_rubric",
    "is_host",
    "is_login",
    "is_role",
    "led_authors",
    "listed_authors",
    "opens_byline",
    "parse_date",
    "pieces_of",
    "rank_titles",
    "reads_as_prose",
    "shown_title",
    "signed_by",
    "site_of",
]
