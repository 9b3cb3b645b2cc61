"""The parts of an article's row that are records themselves: body blocks, captions, evidence."""

from typing import Annotated, NamedTuple, get_type_hints

from copydesk.schemas import kinds as pa
from copydesk.schemas.kinds import Meaning


class BodyBlock(NamedTuple):
    """A piece of the body: a paragraph, a subheading, an item."""

    kind: Annotated[
        str,
        Meaning(
            "the kind of the piece",
            "paragraph, subheading, list_item, table_row, preformatted or embed",
            "subheading",
        ),
    ]
    text: Annotated[str, Meaning("its text", "one line, except for preformatted", "A paper trail")]


class Caption(NamedTuple):
    """The words at a picture or film. Either text or credit may be empty."""

    medium: Annotated[str, Meaning("the kind of medium", "image, media, video, audio or empty", "image")]
    text: Annotated[str, Meaning("the words of the caption", "", "The crane fills most of the west quay")]
    credit: Annotated[str, Meaning("the owner of the picture", "without `Image copyright`", "Getty Images")]


class Evidence(NamedTuple):
    """A claim about the article, accepted or not."""

    field: Annotated[
        str,
        Meaning(
            "the field of the claim", "title, section, author, published, modified, url or publisher", "title"
        ),
    ]
    value: Annotated[str, Meaning("the value as found", "at most 300 characters", "Quay put off")]
    source: Annotated[
        str,
        Meaning(
            "the source of the claim", "such as json-ld, opengraph, meta, h1, text, `column headline`", "h1"
        ),
    ]


Part = type[BodyBlock] | type[Caption] | type[Evidence]


def meanings(part: Part) -> dict[str, Meaning]:
    """Return the meaning of each field of a part."""
    hints = get_type_hints(part, include_extras=True)
    return {name: hints[name].__metadata__[0] for name in part._fields}


def struct_of(part: Part) -> pa.Kind:
    """Return the Arrow type of a part: a struct of texts in the order of its fields.

    It accepts the parts as they are.
    """
    return pa.struct([(name, pa.string()) for name in part._fields])
