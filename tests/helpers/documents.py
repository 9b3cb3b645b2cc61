"""Documents of plausible lines, for property tests.

They contain text as it comes from news sites, scrapers and broken exports.

A line is a headline, byline or sentence in one of twelve scripts, a piece of furniture from the rule packs'
own examples, or something invisible: blanks, zero-width, combining, directional, private and control
characters.
"""

from collections.abc import Sequence
from functools import cache

from hypothesis import strategies as st

from copydesk.schemas.document import Origin, RawDocument
from copydesk.tasks.rules.loading import load

HEADLINES = (
    "Harbour reopens after storm",
    "HARBOUR REOPENS AFTER STORM AS COUNCIL MEETS",
    "“We won’t go” – fishermen of Quay Street",
    "Qué pasó en el puerto: cinco claves",
    "Порт снова открыт после шторма",
    "港口重新开放",
    "الميناء يعاود فتح أبوابه",
)
BYLINES = (
    "By Jane Doe",
    "By Jane Doe and John Roe, BBC News",
    "Jane Doe, Cairo",
    "Von Anna Berg",
    "Автор: Анна Берг",
    "记者 李明",
    "7 May 2013 Last updated at 18:47 BST",
    "Published: 2026-11-30T11:07:00Z",
)
SENTENCES = (
    "The minister said on Tuesday that talks would go on, and that no date had been set for a decision.",
    "“It’s over,” she said — and left… for good.",
    "Le maire a décidé d’ouvrir le port, où des centaines de pêcheurs attendaient « depuis l’été ».",
    "Die Bürgermeisterin eröffnete am Dienstag den Hafen, wie die Behörde mitteilte.",
    "Thị trưởng cho biết cảng sẽ mở cửa trở lại vào thứ Ba.",
    "Мэр заявил во вторник, что порт будет открыт до конца недели.",
    "Ο δήμαρχος είπε την Τρίτη ότι το λιμάνι θα ανοίξει ξανά.",
    "قال الوزير يوم الثلاثاء إن المحادثات ستستمر ولم يحدد موعد.",
    "ראש העיר אמר ביום שלישי כי הנמל ייפתח מחדש.",
    "شهردار روز سه‌شنبه گفت که بندر می‌تواند باز شود.",
    "मंत्री ने मंगलवार को कहा कि बातचीत जारी रहेगी।",
    "মন্ত্রী মঙ্গলবার বলেছেন যে আলোচনা চলবে।",
    "அமைச்சர் செவ்வாயன்று பேச்சுவார்த்தை தொடரும் என்றார்.",
    "รัฐมนตรีกล่าวเมื่อวันอังคารว่าการเจรจาจะดำเนินต่อไป",
    "新华社北京五月三日电，记者李明报道，港口重新开放。",
    "大臣は火曜日、協議を続けると述べた。",
    "장관은 화요일 협상이 계속될 것이라고 말했다.",
    "ერთ-ერთმა მინისტრმა თქვა, რომ მოლაპარაკება გაგრძელდება.",
    "Նախարարը երեքշաբթի ասաց, որ բանակցությունները կշարունակվեն։",
    "It\u00e2\u20ac\u2122s the mayor\u00e2\u20ac\u2122s office, caf\u00c3\u00a9 and all.",
    "Marks &amp; Spencer&#8217;s &amp;eacute;clair &lt;b&gt;",
)
UNSEEN = (
    "",
    " ",
    "\t",
    "\u00a0",
    "\u3000",
    "\u200b",
    "\ufeff",
    "\u00ad",
    "\u200c",
    "\u200d",
    "\u2060",
    "\u200e\u200f",
    "\u202e",
    "\u202a\u202c",
    "\u2066",
    "\u2067 \u2069",
    "\u0301",
    "\u0301\u0327" * 20,
    "\u20e3",
    "\ufe0f",
    "\ue000",
    "\U000f0000",
    "\U000e0041",
    "\ufffc",
    "\ufffd",
    "\ufdd0",
    "\uffff",
    "\0",
    "\x07",
    "\x1b[31m",
    "\x1b",
    "\x1c",
    "\x7f",
    "\x85",
    "\x93",
    "\u2028",
    "\u2029",
    "\v",
    "\f",
    "\ud800",
    "\udc00\ud83d",
    "\U0001f600",
    "&#8203;",
    "&nbsp;",
    "&zwj;",
    "&shy;",
    "\u00c2\u00a0",
    "\u00e2\u20ac\u2039",
    "\u00ef\u00bb\u00bf",
)
"""Lines, and pieces of lines, that are invisible or show only a mark."""
ENDS = ("\n", "\n", "\n", "\n\n", "\r\n", "\r", "\r\r\n", "\u2028", "\f")


@cache
def furniture() -> Sequence[str]:
    """Return the examples of all shipped rules, without their brackets."""
    rules = load([]).rules
    return tuple(e.replace("[[", "").replace("]]", "") for rule in rules for e in (*rule.match, *rule.keep))


@st.composite
def lines(draw: st.DrawFn) -> str:
    """Draw one line, or several if an example has several."""
    plain = st.sampled_from((*HEADLINES, *BYLINES, *SENTENCES))
    unseen = st.sampled_from(UNSEEN)
    line: str = draw(
        st.one_of(
            plain,
            plain,
            st.sampled_from(SENTENCES),
            st.deferred(lambda: st.sampled_from(furniture())),
            unseen,
            st.characters(exclude_categories=()),
            st.text(max_size=12),
            st.lists(
                st.one_of(unseen, st.sampled_from(["•", "1.", "-", "x", "“", "”", "?", "Media caption"])),
                max_size=4,
            ).map("".join),
        )
    )
    if draw(st.integers(0, 3)) == 0:
        at = draw(st.integers(0, len(line)))
        line = line[:at] + draw(unseen) + line[at:]
    return line


@st.composite
def texts(draw: st.DrawFn) -> str:
    """Draw a document's text: up to thirty lines, sometimes one of them with 100,000 characters."""
    parts = draw(st.lists(st.tuples(lines(), st.sampled_from(ENDS)), min_size=1, max_size=30))
    if draw(st.integers(0, 60)) == 0:
        piece = draw(st.sampled_from((*SENTENCES, *BYLINES, *(u for u in UNSEEN if len(u) == 1))))
        parts.append((piece * (100_000 // len(piece)), "\n"))
    return draw(st.sampled_from(["", "", "\ufeff"])) + "".join(line + end for line, end in parts)


def raw(text: str) -> RawDocument:
    """Return the text as a document of its own."""
    return RawDocument(Origin("memory:", identity="record:test"), text, "text")
