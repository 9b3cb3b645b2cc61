"""Find the publishers that the furniture of a page names."""

import re
from collections.abc import Iterable, Mapping

from copydesk.schemas.page import Span


def publishers_named(spans: Iterable[Span], of_rules: Mapping[str, str]) -> set[str]:
    """Return the publishers of the rules that matched, if the matched text names the publisher itself.

    A line in the form of one publisher's system (`Media caption`) is not enough: others copy the form, and so
    do those who copy the text. Of 10,892 texts of many papers, 176 were attributed to the BBC for it. A
    credit below a picture names the picture's owner.
    """
    return {
        publisher
        for span in spans
        if (publisher := of_rules.get(span.rule)) and span.label != "caption" and _names(span.text, publisher)
    }


def _names(text: str, publisher: str) -> bool:
    return bool(re.search(rf"(?<!\w){re.escape(publisher)}(?!\w)", text, re.IGNORECASE))
