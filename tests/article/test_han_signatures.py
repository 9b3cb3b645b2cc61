"""Signatures within Chinese stories."""

import pytest

from copydesk.tasks.article.han_signatures import han_signatures, is_han
from copydesk.tasks.metadata import led_authors

SIGNED = [
    (["土豆，听名字就土。", "报道结束了。（总台记者 张倩）"], ["张倩"]),
    (["据新华社拉萨电（记者 格桑边觉）记者近日从会议获悉。", "完成了。"], ["格桑边觉"]),
    (["光明日报记者 王建宏 张文攀", "土豆，听名字就土。"], ["王建宏", "张文攀"]),
    (["□ 本报记者 葛灵丹", "工作完成。"], ["葛灵丹"]),
    (["工作完成。", "新京报记者 彭冲 山东冠县报道"], ["彭冲"]),
    (["新华网黑龙江频道\xa0 记者\xa0 伊琳\xa0 李清芬", "工作完成。"], ["伊琳", "李清芬"]),
    (["工作完成。", "（ 责任编辑：魏喆 ）"], ["魏喆"]),
    (["（记者 王小明）工作完成。", "（责任编辑：魏喆）"], ["王小明"]),
    (["顶端新闻·河南商报记者马俊峰/文", "工作完成。"], ["马俊峰"]),
    (["工作完成。", "改革都是利益再分配的过程吗？”（姚峰 上海报道）"], ["姚峰"]),
    (["工作完成。", "过一个廉洁的新春佳节。（常书香 马丹阳 ）"], ["常书香", "马丹阳"]),
]
UNSIGNED = [
    ["记者从上海昆剧团获悉，演出取消。", "工作完成。"],
    ["工作完成。", "冬天来了。（完）"],
    ["工作完成。", "冬天来了。（未完待续）"],
    ["工作完成。", "他说（图片来源）。"],
    ["记者近日从会议获悉，工作完成。", "冬天来了。"],
    [],
]


@pytest.mark.parametrize(("body", "names"), SIGNED)
def test_a_story_is_signed_at_its_beginning_or_end(body: list[str], names: list[str]) -> None:
    """By a word for reporters, or by names in brackets at the very end."""
    assert han_signatures([], body) == names


@pytest.mark.parametrize("body", UNSIGNED)
def test_prose_about_reporters_signs_nothing(body: list[str]) -> None:
    """Examples are reporters in a sentence, and brackets without names."""
    assert han_signatures([], body) == []


def test_lines_beside_the_body_go_first() -> None:
    """`作者：` in the line with the date."""
    assert han_signatures(["时间：2004年10月21日14:18 作者：郭励弘"], ["本报记者 葛灵丹"]) == ["郭励弘"]


@pytest.mark.parametrize(
    "line", ["在线荐稿 记者博客 联系", "记者博客", "本报记者 联系电话", "记者观察 深度", "小记者 报名"]
)
def test_menus_about_reporters_name_nobody(line: str) -> None:
    """Words of a menu, a hotline or a column after `记者` are no names."""
    assert han_signatures([line], []) == led_authors(line) == []


def test_japanese_is_not_chinese() -> None:
    """Kana tell."""
    assert is_han(["土豆听名字就土。"])
    assert not is_han(["市長がリボンを切った。"])
    assert not is_han([])
