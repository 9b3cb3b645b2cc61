"""Pages for tests of whole structures.

A story in several kinds of mark-up and languages surrounds the tested part.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Final, cast

from copydesk.schemas.article import Article
from copydesk.schemas.document import Origin, RawDocument
from copydesk.schemas.ledger import LedgerRow
from copydesk.schemas.page import Block, Page
from copydesk.schemas.report import Outcome
from copydesk.schemas.settings import Settings
from copydesk.tasks.model import Models
from copydesk.tasks.pipeline import CleaningContext, clean

STORIES: Final = {
    "en": (
        "Canal locks to be rebuilt before the autumn regatta",
        "The waterways trust said on Monday that three of the seven locks on the upper canal would be rebuilt before the regatta in October.",
        "Boat owners have waited since the winter, when ice lifted the gates of the middle lock and left it leaking day and night.",
        "“We were told to expect six weeks, and we are now in the fifth month,” said a skipper who carries gravel to the mills.",
        "The contract went to a firm from the next valley, which has promised to work at weekends as well as on weekdays.",
        "Anglers hope that the lower reach will be drained for no more than ten days, because the eels leave it in August.",
        "The trust will publish its accounts in the spring, and expects the bill to reach two million in all.",
    ),
    "de": (
        "Schleusen am Kanal werden vor der Regatta erneuert",
        "Der Wasserverband teilte am Montag mit, dass drei der sieben Schleusen am oberen Kanal noch vor der Regatta im Oktober erneuert werden.",
        "Die Schiffer warten seit dem Winter, als das Eis die Tore der mittleren Schleuse hob und sie seitdem Tag und Nacht Wasser verliert.",
        "„Uns hat man sechs Wochen versprochen, und nun sind wir im fünften Monat“, sagte ein Schiffer, der Kies zu den Mühlen fährt.",
        "Den Auftrag erhielt eine Firma aus dem Nachbartal, die auch an den Wochenenden arbeiten will.",
        "Die Angler hoffen, dass der untere Abschnitt nicht länger als zehn Tage trockenliegt, weil die Aale im August abwandern.",
        "Der Verband will seine Rechnung im Frühjahr vorlegen und rechnet mit Kosten von zwei Millionen.",
    ),
    "hi": (
        "नहर के फाटक शरद ऋतु से पहले फिर बनेंगे",
        "जलमार्ग न्यास ने सोमवार को कहा कि ऊपरी नहर के सात में से तीन फाटक अक्टूबर की नौका दौड़ से पहले फिर से बनाए जाएंगे।",
        "नाव मालिक सर्दियों से इंतजार कर रहे हैं, जब बर्फ ने बीच के फाटक को उठा दिया था और तब से पानी दिन रात बह रहा है।",
        "एक नाविक ने कहा कि हमें छह सप्ताह बताए गए थे और अब पांचवां महीना चल रहा है, फिर भी काम पूरा नहीं हुआ।",
        "ठेका पड़ोसी घाटी की एक कंपनी को मिला है, जिसने सप्ताहांत में भी काम करने का वादा किया है।",
        "मछुआरों को उम्मीद है कि निचला हिस्सा दस दिन से ज्यादा सूखा नहीं रहेगा, क्योंकि अगस्त में मछलियां चली जाती हैं।",
        "न्यास अपना हिसाब वसंत में प्रकाशित करेगा और कुल खर्च बीस लाख तक पहुंचने की उम्मीद है।",
    ),
    "ar": (
        "إعادة بناء أهوسة القناة قبل سباق الخريف",
        "قالت هيئة الممرات المائية يوم الاثنين إن ثلاثة من الأهوسة السبعة في القناة العليا ستبنى من جديد قبل سباق القوارب في أكتوبر.",
        "وينتظر أصحاب القوارب منذ الشتاء حين رفع الجليد أبواب الهويس الأوسط وتركه يتسرب منه الماء ليلا ونهارا.",
        "وقال بحار ينقل الحصى إلى المطاحن إنهم وعدوا بستة أسابيع وهم الآن في الشهر الخامس من الانتظار.",
        "وذهب العقد إلى شركة من الوادي المجاور وعدت بالعمل في عطلة نهاية الأسبوع أيضا.",
        "ويأمل الصيادون ألا يجف الجزء السفلي أكثر من عشرة أيام لأن الأسماك تغادره في أغسطس.",
        "وستنشر الهيئة حساباتها في الربيع وتتوقع أن تصل الكلفة إلى مليونين.",
    ),
    "zh": (
        "运河船闸将在秋季赛舟前重建",
        "水道管理局周一表示，上游运河七座船闸中的三座将在十月赛舟之前重建，工程本月底开始，由地方政府出资。",
        "船主们从冬天起就在等待，当时冰层抬起了中间船闸的闸门，此后日夜漏水，船只只能绕行下游的旧河道。",
        "一位向磨坊运送砾石的船长说，当初说好六个星期，现在已经是第五个月了，大家都失去了耐心。",
        "合同由邻近山谷的一家公司获得，该公司承诺周末也会施工，并且不会影响两岸居民的通行。",
        "钓鱼者希望下游河段排干的时间不超过十天，因为鳗鱼会在八月离开这里，前往入海口。",
        "管理局将在春天公布账目，预计总费用将达到两百万，其中一半由船主协会承担。",
    ),
}
"""Headline and six paragraphs, written for these tests."""

BODIES: Final = {
    "article": '<article><h1>{title}</h1><div class="entry-content">{body}</div></article>',
    "bare": "<h1>{title}</h1>{body}",
    "sections": '<main><section class="css-1q2w3e"><h1>{title}</h1></section><section class="css-9z8y7x"><div>{body}</div></section></main>',
    "divs": '<div id="wrap"><div class="a1"><h1>{title}</h1><div class="b2"><div class="c3">{body}</div></div></div></div>',
}
_MENU = "".join(
    f'<li><a href="/{n}">{n}</a></li>' for n in ("News", "Sport", "Weather", "Culture", "Letters")
)
_FOOT = "".join(f'<li><a href="/{n}">{n}</a></li>' for n in ("Imprint", "Contact", "Terms", "Privacy"))


@cache
def context() -> CleaningContext:
    """Return the cleaning context with the shipped packs, opened once."""
    return CleaningContext.open([], Settings())


def outcome(html: str) -> Outcome:
    return clean(RawDocument(Origin("memory:page"), html, "html"), context())


def article(html: str) -> tuple[Article, tuple[LedgerRow, ...]]:
    """Return the article and the ledger of a page that must be an article."""
    found = outcome(html)
    assert isinstance(found.result, Article), found.result
    return found.result, found.ledger


class _Doubting:
    """The shipped models, except that blocks with certain texts get a probability of body from the test.

    What structure promises must not depend on the weights of the day.
    """

    def __init__(self, doubts: Mapping[str, float]) -> None:
        self.doubts = doubts

    def classify(self, pages: Sequence[Page]) -> list[Page]:
        classified = context().models.classify(pages)
        return [replace(found, blocks=tuple(map(self._doubted, found.blocks))) for found in classified]

    def _doubted(self, block: Block) -> Block:
        body = self.doubts.get(block.text)
        return block if body is None else block._replace(probabilities=(body, 0.0, 0.0, 1 - body))


def doubted(html: str, doubts: Mapping[str, float]) -> tuple[Article, tuple[LedgerRow, ...]]:
    """Return article and ledger of a page whose blocks with these texts have these probabilities of body."""
    unsure = replace(context(), models=cast(Models, _Doubting(doubts)))
    found = clean(RawDocument(Origin("memory:page"), html, "html"), unsure)
    assert isinstance(found.result, Article), found.result
    return found.result, found.ledger


def page(content: str, language: str = "en", body: str = "article", at: int = 3, after: str = "") -> str:
    """Return a page whose story has `content` between its paragraphs `at` and `at + 1`.

    `after` follows the story.
    """
    title, *paragraphs = STORIES[language]
    marked = [f"<p>{text}</p>" for text in paragraphs]
    text = BODIES[body].format(title=title, body="".join([*marked[:at], content, *marked[at:]]))
    return (
        f'<!doctype html><html lang="{language}"><head><title>{title}</title></head><body><header><nav><ul>{_MENU}</ul></nav></header>'
        f"{text}{after}<footer><ul>{_FOOT}</ul></footer></body></html>"
    )


def lines(found: Article) -> list[str]:
    return [block.text for block in found.blocks]
