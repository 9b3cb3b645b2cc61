"""Find the role of each table column: by the names that the user gives, or by usual names.

The usual names are those of news-please and CC-News, Kaggle's news sets, WordPress exports, Scrapy,
trafilatura, newspaper and the larger crawls. Case, spaces, dashes, underscores and dots are ignored.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Final, Self

from copydesk.schemas.errors import UsageError
from copydesk.schemas.inputs import UNUSED, Columns, InputFile

USUAL: Final = {
    "text": "text maintext articletext fulltext articlebody articlecontent content contenttext body bodytext article "
    "rawtext rawcontent cleantext cleanedtext cleancontent plaintext plaincontent textcontent postcontent posttext "
    "storytext storybody story newstext newscontent newsbody news pagetext documenttext document",
    "html": "html rawhtml htmlcontent contenthtml bodyhtml htmlbody articlehtml pagehtml fullhtml htmltext sourcehtml "
    "htmlsource pagesource pagecontent responsebody response page",
    "teaser": "shortdescription description summary abstract excerpt snippet lead standfirst postexcerpt",
    "id": "id uuid guid uid articleid docid documentid newsid storyid recordid itemid postid contentid pageid warcrecordid",
    "url": "url link articleurl articlelink canonicalurl canonical canonicallink pageurl newsurl storyurl posturl posturi permalink postlink "
    "weburl uri href requestedurl requesturl finalurl originalurl targeturi warctargeturi address sourceurl externalurl",
    "publisher": "publisher publishername publication publicationname newspaper newspapername outlet newsoutlet "
    "mediaoutlet outletname source sourcename newssource site sitename sourcehostname sourcedomain domain hostname host website media "
    "medianame provider brand feedname",
    "title": "title headline articletitle posttitle newstitle storytitle pagetitle maintitle titletext headlinetext headlines heading head",
    "authors": "authors author byline bylines authorname authornames articleauthor articleauthors postauthorname writers "
    "writer writtenby reporter reporters journalist journalists creator dccreator by postauthor",
    "published": "published publishedat publishedon publishedtime publishedatutc publisheddate publishedutc publishdate publishtime "
    "publishdatetime datepublished datepublish dateofpublication datetimepublished publicationdate publicationtime "
    "publicationdatetime firstpublished firstpublishedat firstpublicationdate pubdate pubtime pubdatetime webpublicationdate "
    "articledate newsdate storydate postdategmt postdate releasedate dateposted postedat postedon posted issued date datetime datetimeutc dateline "
    "createdat created creationdate datecreated",
    "modified": "modified modifiedat modifiedon modifieddate modifiedtime datemodified datemodify modifydate updated "
    "updatedat updatedon updateddate updatetime dateupdated lastmodified lastmodifiedat lastmodifieddate lastmod "
    "lastupdated lastupdatedat lastupdate updatedate postmodifiedgmt postmodified",
    "section": "section sectionname articlesection newssection category categoryname categories articlecategory newscategory "
    "postcategory rubric ressort newsdesk desk topic subject channel",
    "language": "language lang languagecode langcode articlelanguage contentlanguage textlanguage languageid detectedlanguage iso639",
    "fetched": "fetched fetchedat fetchtime fetchdate fetchedtime datefetched datedownload downloaddate downloadtime downloadedat "
    "datedownloaded downloaded crawled crawledat crawldate crawltime crawltimestamp datecrawled scraped scrapedat scrapedon scrapedate "
    "scrapeddate scrapetime scrapetimestamp datescraped retrieved retrievedat retrievaldate dateretrieved accessed accessedat accessdate "
    "dateaccessed collectedat capturedate capturetime warcdate filedate timestamp",
}  # fmt: skip
"""Usual names by field, better known names first. A teaser is read as text only if there is no better column.
"""
_NAMES: Final = {field: tuple(names.split()) for field, names in USUAL.items()}
_ALL: Final = frozenset(name for names in _NAMES.values() for name in names)
_SIGNS: Final = re.compile(r"[\W_]+")
_OF_THE_PAGE: Final = ("title", "authors", "published", "modified", "section", "language")
"""Fields that a page states about itself. Beside HTML their columns count only if the user names them,
because such columns usually hold what another extractor made of the same page."""
_SHOWN: Final = 30
"""Maximum number of ignored columns that are listed."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How the rows of one input are read."""

    columns: Columns
    """The columns that are read; `-` means none."""
    left: tuple[str, ...] = ()
    """Columns that are not read."""
    url_identifies: bool = True
    """Whether rows with the same URL are the same article."""
    id_identifies: bool = True

    def to_json(self) -> str:
        """Write the layout for a later run that resumes the same input."""
        return json.dumps([asdict(self.columns), self.url_identifies, self.id_identifies])

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read the result of `to_json`."""
        columns, url_identifies, id_identifies = json.loads(text)
        return cls(Columns(**columns), (), url_identifies, id_identifies)

    def describe(self) -> str:
        """Describe in one line the role of each column.

        >>> Layout(Columns(text="maintext", title="title"), ("image",)).describe()
        'columns: text from `maintext`, title from `title`; left: `image`'
        """
        taken = ", ".join(
            f"{field.name} from `{name}`"
            for field in fields(Columns)
            if (name := getattr(self.columns, field.name))
        )
        left = ", ".join(f"`{name}`" for name in self.left[:_SHOWN])
        more = len(self.left) - _SHOWN
        return f"columns: {taken}; left: {left or 'none'}{f' and {more:,} more' if more > 0 else ''}"


def key_of(name: str) -> str:
    """Return the form of a column's name that is compared.

    >>> key_of("Article_Text"), key_of("article-text"), key_of("og:title")
    ('articletext', 'articletext', 'ogtitle')
    """
    return _SIGNS.sub("", name).casefold()


def is_usual(name: str) -> bool:
    """Return whether a column's name is usual in tables of documents."""
    return key_of(name) in _ALL


def is_text_column(name: str) -> bool:
    """Return whether a column's name is usual for texts or pages."""
    return key_of(name) in _NAMES["text"] or key_of(name) in _NAMES["html"]


def choose(columns: Columns, known: Sequence[str], input: InputFile) -> Layout:
    """Check that the named columns exist, and find the others by their usual names.

    If two columns have one name, the first counts. Raises UsageError if a named column is missing, or if no
    column holds text or HTML.
    """
    there = ", ".join(known) or "none"
    chosen = {field.name: getattr(columns, field.name) for field in fields(columns)}
    for field, name in chosen.items():
        if name not in ("", UNUSED) and name not in known:
            raise UsageError(f"{input.uri} has no column {name!r} (--{field}-column); its columns: {there}")
    taken = {name for name in chosen.values() if name}
    by_key = {key_of(name): name for name in reversed(known) if name and name not in taken}
    if not chosen["text"] and not chosen["html"]:
        for field, usual in (("text", "text"), ("html", "html"), ("text", "teaser")):
            if name := _first(usual, by_key, taken):
                chosen[field] = name
                break
    if chosen["text"] in ("", UNUSED) and chosen["html"] in ("", UNUSED):
        raise UsageError(
            f"{input.uri}: name the column to read with --text-column or --html-column; its columns: {there}"
        )
    is_page = chosen["html"] not in ("", UNUSED)
    for field, name in chosen.items():
        if name or field in ("text", "html") or (is_page and field in _OF_THE_PAGE):
            continue
        chosen[field] = _first(field, by_key, taken)
    chosen = {field: "" if name == UNUSED else name for field, name in chosen.items()}
    used = set(chosen.values())
    return Layout(replace(columns, **chosen), tuple(n for n in dict.fromkeys(known) if n not in used))


def _first(field: str, by_key: dict[str, str], taken: set[str]) -> str:
    """Return the column with the best-known usual name, and mark it as taken."""
    for usual in _NAMES[field]:
        name = by_key.get(usual, "")
        if name and name not in taken:
            taken.add(name)
            return name
    return ""
