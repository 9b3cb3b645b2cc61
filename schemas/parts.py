"""The parts of an article's row that are records themselves: body blocks, captions, evidence."""

from typing import Annotated, NamedTuple, get_type_hints

from copydesk.schemas import kinds as pa
from copydesk.schemas.kinds import Meaning


class BodyBlock(NamedTuple):
    """A piece of the body that stands by itself: a paragraph, a subheading, an item."""

    kind: Annotated[
        str,
        Meaning(
            "what it is",
            "paragraph, subheading, list_item, table_row, preformatted or embed",
            "subheading",
        ),
    ]
    text: Annotated[str, Meaning("its text", "one line, but for preformatted", "A paper trail")]


class Caption(NamedTuple):
    """The words at a picture or film. Of text and credit one may be empty."""

    medium: Annotated[str, Meaning("what it belongs to", "image, media, video, audio or empty", "image")]
    text: Annotated[str, Meaning("what it says", "", "The crane fills most of the west quay")]
    credit: Annotated[str, Meaning("whose picture it is", "without `Image copyright`", "Getty Images")]


class Evidence(NamedTuple):
    """A claim about the article that was believed, or lost to another one."""

    field: Annotated[
        str,
        Meaning("what it is about", "title, section, author, published, modified, url or publisher", "title"),
    ]
    value: Annotated[str, Meaning("what it says, as found", "at most 300 characters", "Quay put off")]
    source: Annotated[
        str,
        Meaning("where it stands", "such as json-ld, opengraph, meta, h1, text, `column headline`", "h1"),
    ]


Part = type[BodyBlock] | type[Caption] | type[Evidence]


def meanings(part: Part) -> dict[str, Meaning]:
    """Return what each field of a part means."""
    hints = get_type_hints(part, include_extras=True)
    return {name: hints[name].__metadata__[0] for name in part._fields}


def struct_of(part: Part) -> pa.Kind:
    """Return the Arrow type of a part: a struct of texts in the order of its fields, which takes the parts as they are."""
    return pa.struct([(name, pa.string()) for name in part._fields])
