"""One home for the signs that end sentences; the front end cuts by them in every script."""

import pytest

from copydesk.schemas.document import DecodedText, Origin
from copydesk.tasks.html.blocks import html_blocks
from copydesk.tasks.text.punctuation import CLAUSE_ENDS, FULL_STOPS, ends_sentence

LONG = {
    "English": "The waterways trust said on Monday that three of the seven locks on the upper canal would be rebuilt.",
    "Hindi": "जलमार्ग न्यास ने सोमवार को कहा कि ऊपरी नहर के सात में से तीन फाटक अक्टूबर की नौका दौड़ से पहले फिर से बनाए जाएंगे।",
    "Urdu": "آبی گزرگاہوں کے ادارے نے پیر کو کہا کہ بالائی نہر کے سات میں سے تین دروازے اکتوبر کی دوڑ سے پہلے دوبارہ بنائے جائیں گے۔",
    "Bengali": "জলপথ সংস্থা সোমবার জানিয়েছে যে উপরের খালের সাতটির মধ্যে তিনটি ফটক অক্টোবরের নৌকা বাইচের আগে আবার তৈরি করা হবে।",
    "Amharic": "የውሃ መንገዶች ድርጅት ሰኞ ዕለት እንዳስታወቀው በላይኛው ቦይ ካሉት ሰባት በሮች መካከል ሦስቱ ከጥቅምት ወር ውድድር በፊት እንደገና ይሠራሉ። ይህም ለሁሉም ይጠቅማል።",
    "Armenian": "Ջրային ուղիների վարչությունը երկուշաբթի հայտնեց, որ վերին ջրանցքի յոթ փականներից երեքը կվերակառուցվեն մինչև հոկտեմբեր։"[
        :-1
    ]
    + "\u0589",
    "Chinese": "水道管理局周一表示，上游运河七座船闸中的三座将在十月赛舟之前重建，工程本月底开始，由地方政府出资。",
}


@pytest.mark.parametrize("language", LONG)
def test_one_break_after_a_long_sentence_ends_a_paragraph(language: str) -> None:
    """As in English, so in every script."""
    html = f"<div>{LONG[language]}<br>{LONG[language]}</div>"
    page = html_blocks(DecodedText(Origin("test"), "html", html, "utf-8", "given", "v", len(html)))
    assert [block.text for block in page.blocks] == [LONG[language]] * 2


def test_a_break_in_a_sentence_is_a_space() -> None:
    """Verse, addresses, wrapped lines."""
    html = "<div>The waterways trust said on Monday that three<br>of the seven locks would be rebuilt.</div>"
    page = html_blocks(DecodedText(Origin("test"), "html", html, "utf-8", "given", "v", len(html)))
    assert len(page.blocks) == 1


@pytest.mark.parametrize("sign", FULL_STOPS)
def test_every_full_stop_ends_a_sentence(sign: str) -> None:
    """Also inside a closing quotation mark or bracket."""
    assert ends_sentence(f"abc{sign}")
    assert ends_sentence(f"abc{sign}\u201d)")
    assert sign in CLAUSE_ENDS
    assert not ends_sentence("abc,")
