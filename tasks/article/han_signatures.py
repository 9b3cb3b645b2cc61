"""Find signatures of Chinese stories inside their text: `（记者 王小明）`, `本报记者 王小明 李四`, `（王小明）` at its end."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from copydesk.tasks.metadata import each_once, is_han_rubric
from copydesk.tasks.text import lazy_pattern

_SURNAMES: Final = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳"
    "鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞熊"
    "纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯管卢莫房裘缪解应宗丁宣邓郁单杭洪包诸"
    "左石崔吉龚程嵇邢裴陆荣翁荀羊惠甄曲封储靳井段富焦巴牧谷车侯全班仰仲伊宫宁仇栾甘厉武符刘景詹束龙叶幸司黎薄印白蒲从鄂索咸籍赖"
    "卓蔺屠蒙池乔阴胥能苍双闻莘党翟谭贡劳姬申扶冉宰郦雍璩桑桂牛寿通边扈燕冀浦尚农温庄晏柴瞿阎慕连茹习艾鱼容向古易廖庾终居衡步都"
    "耿满匡文寇广东欧沃利越隆师巩聂晁勾敖融訾辛简饶曾沙鞠丰关查后荆红游竺权盖益桓公肖闫付"
    "趙錢孫鄭馮陳衛蔣韓楊許呂張嚴華魏謝鄒竇蘇魯韋馬鳳鮑費賀湯羅畢鄔樂時齊顧黃蕭貝計談龐紀項閔賈婁顏鍾駱盧應鄧單諸陸榮龔靳劉詹龍葉黎賴喬陰聞黨譚勞溫莊閻連習魚廖聶"
)
_NAME: Final = r"[\u3400-\u9fff]{2,4}"
_NAMES: Final = rf"({_NAME}(?:[ \u3000\u00a0、，·]{{1,3}}{_NAME}){{0,3}}?)"
_REPORTER: Final = lazy_pattern(
    rf"(?:^|[（(【□■◎●]\s?)[^。！？，（(]{{0,16}}?(?:记者|記者|通讯员|通訊員)[ \u3000\u00a0:：]{{0,3}}{_NAMES}"
    r"(?=\s*(?:[）)】/／]|文|(?:\s[\u3400-\u9fff]{2,6})?(?:摄影?)?报道|$))"
)
"""A reporter at the start of a line or within brackets. The name ends at the bracket, at the end of the line,
or before a word for the report."""
_AUTHOR: Final = lazy_pattern(rf"(?:作者|撰文|撰稿)\s*[:：]\s*{_NAMES}(?=\s|[）)】/／|]|$)")
_CLOSING: Final = lazy_pattern(
    rf"[（(]\s*{_NAMES}(?:[ \u3000]+[\u3400-\u9fff]{{2,6}}(?:报道|報道|报导))?\s*[）)]\s*$"
)
_LINE, _MOST = 60, 400
"""Maximum length of a line that may be a signature, in characters, and maximum number of lines that are
checked."""
_REPORTS: Final = ("报道", "報道", "报导", "報導")
_SPLIT: Final = lazy_pattern(r"[ \u3000\u00a0、，·]+")
_ROLE: Final = lazy_pattern(
    r"^(?:本报|实习)?(?:记者|記者|通讯员|通訊員|实习生|實習生|特派员)(?=[\u3400-\u9fff]{2})"
)
"""What a name in a list may be introduced with: `樊亮 张明超 记者惠禾`."""
_EDITOR: Final = lazy_pattern(
    rf"(?:责任编辑|責任編輯|责编|責編|编辑|編輯)\s*[:：]\s*({_NAME})\s*(?:[）)】\]]|$)"
)
_MARKED: Final = lazy_pattern(r"[\[【（(]?\s*([\u3400-\u9fff]{2,4})(?=[\d\s，,、/／|\]】）)]|$)")


def han_signatures(lines: Sequence[str], body: Sequence[str]) -> list[str]:
    """Name who signs a Chinese story, or else who edited it.

    The `lines` of the page beside the body are read first, then the beginning and the end of its `body`.
    Names in brackets without a word for what they did count only at the very end, and only if each begins
    with a surname.

    >>> han_signatures([], ["光明日报记者 王建宏 张文攀", "土豆，听名字就土。"])
    ['王建宏', '张文攀']
    >>> han_signatures(["记者 樊亮 张明超 记者惠禾"], [])
    ['樊亮', '张明超', '惠禾']
    >>> han_signatures([], ["记者从上海昆剧团获悉，演出取消。", "冬天来了。（完）"])
    []
    """
    for line in lines[:_MOST]:
        if len(line) <= _LINE and (found := _names(_AUTHOR, line) or _names(_REPORTER, line)):
            return found
    for paragraph in [*body[:2], *body[-2:]]:
        pieces = [paragraph] if len(paragraph) <= _LINE else [paragraph[:_LINE], paragraph[-_LINE:]]
        for piece in pieces:
            if found := _names(_AUTHOR, piece) or _names(_REPORTER, piece) or _bracketed(piece):
                return found
    if body and (closing := _CLOSING.search(body[-1][-_LINE:])):
        names = [name for name in _SPLIT.split(closing[1]) if not name.endswith(_REPORTS)]
        if names and all(len(name) <= 3 and name[0] in _SURNAMES for name in names):
            return each_once(names)
    edited = (
        found
        for line in [*lines[:_MOST], *body[-2:]]
        if len(line) <= _LINE and (found := _names(_EDITOR, line))
    )
    return next(edited, [])


def marked_name(line: str) -> list[str]:
    """Name the person at the start of a line that mark-up calls a byline, if the name begins with a surname.

    >>> marked_name("谢若含2017-03-01 14:27:02"), marked_name("[田中宏昌，ITmedia]"), marked_name("作者简介")
    (['谢若含'], ['田中宏昌'], [])
    """
    found = _MARKED.match(line)
    return [found[1]] if found and found[1][0] in _SURNAMES else []


def _bracketed(piece: str) -> list[str]:
    """Return a reporter in brackets within a line: `据新华社电（记者 王小明）记者近日从`."""
    return next(
        (
            found
            for part in re.findall(r"[（(][^（）()]{2,30}[）)]", piece)
            if (found := _names(_REPORTER, part))
        ),
        [],
    )


def _names(pattern: "re.Pattern[str]", text: str) -> list[str]:
    found = pattern.search(text)
    if found is None:
        return []
    names = [_ROLE.sub("", name) for name in _SPLIT.split(found[1])]
    return [] if any(map(is_han_rubric, names)) else each_once(names)


def is_han(texts: Iterable[str]) -> bool:
    """Return whether most of a text's first letters are Chinese characters, and none Japanese kana."""
    start = "".join(texts)[:400]
    if start.isascii():
        return False
    return 2 * len(_HAN_LETTERS.findall(start)) > len(start) and not _KANA.search(start)


_HAN_LETTERS: Final = re.compile("[\u3400-\u9fff]")
_KANA: Final = re.compile("[\u3040-\u30ff]")
