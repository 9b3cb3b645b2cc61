"""Invisible characters: which are removed, and which a script needs.

A soft hyphen or a zero-width space that a browser needed to break a line splits the word for everyone who
reads the text later. But Persian and the scripts of India need the joiners, Khmer and Thai write their word
boundaries as zero-width spaces, and emoji are joined with ZWJ.
"""

from typing import Final

from copydesk.tasks.repair.prefilter import BIDI_MARKS, BIDI_PAIRS, controls
from copydesk.tasks.text import lazy_pattern

_JOINING: Final = (
    "\u0600-\u061b\u061d-\u08ff"  # Arabic, Syriac, N'Ko, Mandaic
    "\u0900-\u0dff\ua8e0-\ua8ff"  # scripts of India
    "\u0f00-\u109f\u1780-\u17ff\u1800-\u18af"  # Tibetan, Myanmar, Khmer, Mongolian
    "\u1a20-\u1aaf\u1b00-\u1bff\ua980-\ua9ff\uaa60-\uaa7f\u2d30-\u2d7f"  # Tai Tham, Balinese, Javanese, Tifinagh
    "\ufb50-\ufdcf\ufdf0-\ufdff\ufe70-\ufefc"  # Arabic presentation forms
    "\U00011000-\U00011fff\U0001e900-\U0001e95f"  # historic scripts of India, Adlam
)
"""Scripts whose letters join or stack, so that ZWJ and ZWNJ change what is read."""
_UNSPACED: Final = (
    "\u0e00-\u0eff\u0f00-\u109f\u1780-\u17ff\u1950-\u19ff\u1a20-\u1aaf\ua9e0-\ua9ff\uaa60-\uaadf"
)
"""Scripts that write no spaces between words: Thai, Lao, Tibetan, Myanmar, Khmer, Tai."""
_EMOJI: Final = "\u00a9\u00ae\u2190-\u2bff\u3030\u303d\u20e3\ufe0f\U0001f000-\U0001faff\U000e0020-\U000e007f"
_NEEDLESS: Final = lazy_pattern(
    "[\u00ad\u2060-\u2064]"
    f"|(?<![{_UNSPACED}])\u200b|\u200b(?![{_UNSPACED}])"
    f"|(?<![{_JOINING}])\u200c(?![{_JOINING}])"
    f"|(?<![{_JOINING}])\u200d(?![{_JOINING}])(?:(?<![{_EMOJI}]\u200d)|(?![{_EMOJI}]))"
)
_CONTROL: Final = lazy_pattern(lambda: f"[{controls()}]")
_BIDI: Final = lazy_pattern(f"[{BIDI_MARKS}{BIDI_PAIRS}]")
_RIGHT_TO_LEFT: Final = lazy_pattern(
    "[\u0590-\u061b\u061d-\u08ff\ufb1d-\ufdcf\ufdf0-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
_ISOLATES: Final = "\u2066\u2067\u2068"
_OVERRIDES: Final = "\u202d\u202e"


def without_controls(text: str) -> str:
    """Remove control characters, noncharacters and what Unicode deprecates; tab and line feed stay."""
    return _CONTROL.sub("", text)


def without_invisible(text: str) -> str:
    """Remove invisible characters, except where the script needs them.

    >>> without_invisible("Donau\u00addampf\u200bschiff"), without_invisible("می\u200cخواهم") == "می\u200cخواهم"
    ('Donaudampfschiff', True)
    """
    return _NEEDLESS.sub("", text)


def balanced_bidi(text: str) -> str:
    """Remove directional controls from text without right-to-left letters; balance them in other text.

    An embedding or isolate without its end would reverse everything after the block when blocks are shown
    together. Overrides are always removed: they show text in another order than it has.
    """
    if not _BIDI.search(text):
        return text
    if not _RIGHT_TO_LEFT.search(text):
        return _BIDI.sub("", text)
    drop = _unbalanced(text)
    return "".join(char for at, char in enumerate(text) if at not in drop) if drop else text


def _unbalanced(text: str) -> set[int]:
    """Return the positions of controls without a partner, and of overrides with theirs (UAX #9, BD9 to BD11)."""
    drop: set[int] = set()
    stack: list[int] = []
    isolates = 0
    for found in _BIDI.finditer(text):
        at, char = found.start(), found[0]
        if char in BIDI_MARKS:
            continue
        if char == "\u202c":  # ends the last embedding, within its isolate
            if not stack or text[stack[-1]] in _ISOLATES or text[stack.pop()] in _OVERRIDES:
                drop.add(at)
        elif char == "\u2069":  # ends the last isolate, and the embeddings left open in it
            if not isolates:
                drop.add(at)
                continue
            while text[stack[-1]] not in _ISOLATES:
                drop.add(stack.pop())
            stack.pop()
            isolates -= 1
        else:
            stack.append(at)
            isolates += char in _ISOLATES
            if char in _OVERRIDES:
                drop.add(at)
    return drop.union(stack)
