"""Structures of a page stay or go as wholes: lists, tables, definitions, accordions, notes, code, embedded posts."""

import pytest
from page_kit import BODIES, STORIES, article, doubted, lines, page

from copydesk.schemas.parts import BodyBlock, Caption

NAMES = {
    "en": ("Tilda Marsh (North)", "Owen Clay", "11:40 p.m.", "3.2m", "Rope"),
    "de": ("Jutta Brand (SPD)", "2,5 Tonnen", "Seil", "14 Uhr", "Anja Vogt"),
    "hi": ("मीना शर्मा", "तीन लाख", "रस्सी", "दोपहर 2 बजे", "राजेश"),
    "ar": ("سلمى حداد", "٣ ملايين", "حبل", "الساعة الثانية", "كريم"),
    "zh": ("李明", "三百万", "绳索", "下午两点", "王芳"),
}
WRAPS = {
    "ul": ("<ul>{}</ul>", "<li>{}</li>"),
    "ol": ("<ol>{}</ol>", "<li>{}</li>"),
    "ul of p": ('<ul class="wp-block-list">{}</ul>', "<li><p>{}</p></li>"),
    "wrapped": ('<div class="x7f"><ul class="k2">{}</ul></div>', "<li>{}</li>"),
    "dl": ("<dl>{}</dl>", "<dt>{}</dt>"),
}


@pytest.mark.parametrize("language", NAMES)
@pytest.mark.parametrize("wrap", WRAPS)
@pytest.mark.parametrize("body", BODIES)
def test_a_list_between_paragraphs_stays_whole(language: str, wrap: str, body: str) -> None:
    """Items of a word or two, names, figures, times; in any script and mark-up."""
    outer, inner = WRAPS[wrap]
    content = outer.format("".join(inner.format(text) for text in NAMES[language]))
    found, _ = article(page(content, language, body))
    assert [text for text in NAMES[language] if text not in lines(found)] == []
    assert [text for text in STORIES[language][1:] if text not in lines(found)] == []


@pytest.mark.parametrize("language", NAMES)
def test_a_list_after_the_last_paragraph_stays(language: str) -> None:
    """Ingredients, nominees, results often end a story."""
    items = "".join(f"<li>{text}</li>" for text in NAMES[language])
    found, _ = article(page(f"<ul>{items}</ul>", language, at=6))
    assert [text for text in NAMES[language] if text not in lines(found)] == []


TABLES = {
    "plain": "<table><tr><td>Upper</td><td>12</td><td>4 m</td></tr><tr><td>Middle</td><td>9</td><td>3 m</td></tr></table>",
    "heads": "<table><thead><tr><th>Lock</th><th>Boats</th></tr></thead><tbody><tr><td>Upper</td><td>12</td></tr></tbody></table>",
    "paragraphs in cells": "<table><tr><td><p>Upper</p></td><td><p>12</p></td></tr><tr><td><p>Middle</p></td><td><p>9</p></td></tr></table>",
    "figure": '<figure class="wp-block-table"><table><tr><td>Upper</td><td>12</td></tr><tr><td>Middle</td><td>9</td></tr></table></figure>',
    "breaks in cells": "<table><tr><th>Lock</th><td>Upper<br>and lower</td></tr><tr><th>Boats</th><td>12</td></tr></table>",
}


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("body", BODIES)
def test_each_row_of_a_table_is_one_block(table: str, body: str) -> None:
    """Cells are apart by a tab; no row is lost."""
    found, _ = article(page(TABLES[table], body=body))
    rows = [block.text for block in found.blocks if block.kind == "table_row"]
    assert len(rows) == TABLES[table].count("<tr>")
    assert all("\t" in row for row in rows)
    assert "Upper" in rows[0] + rows[1]


KEPT = {
    "details": (
        "<details><summary>Will it leak?</summary><p>No.</p></details><details><summary>Who pays?</summary><p>The trust.</p></details>",
        ("Will it leak?", "No.", "Who pays?", "The trust."),
    ),
    "definitions": (
        "<h2>Words</h2><dl><dt>Lock</dt><dd>A chamber with two gates.</dd><dt>Sill</dt><dd>Its floor.</dd></dl>",
        ("Words", "Lock", "A chamber with two gates.", "Sill", "Its floor."),
    ),
    "quote": ("<blockquote><p>Five months, no lock.</p></blockquote>", ("Five months, no lock.",)),
    "lead-in": (
        "<p>Against:</p><ul><li>T. Marsh</li><li>O. Clay</li></ul>",
        ("Against:", "T. Marsh", "O. Clay"),
    ),
    "short paragraphs": (
        "<p>Nobody spoke.</p><p>He left.</p><p>“Why?”</p>",
        ("Nobody spoke.", "He left.", "“Why?”"),
    ),
}


@pytest.mark.parametrize("kind", KEPT)
@pytest.mark.parametrize("body", BODIES)
def test_structures_between_paragraphs_stay(kind: str, body: str) -> None:
    """Questions and answers, terms and meanings, quotations, what leads in to a list."""
    content, texts = KEPT[kind]
    found, _ = article(page(content, body=body))
    assert [text for text in texts if text not in lines(found)] == []


@pytest.mark.parametrize(
    "notes",
    [
        '<section class="footnotes"><ol><li id="fn1">Minutes of 3 May, page 12. <a href="#r1">↩</a></li><li>Ibid.</li></ol></section>',
        '<hr><ol><li id="n1"><p>Letter to the trust, 1911. <a href="#x1">↑</a></p></li></ol>',
        '<div class="q9"><p id="f1">[1] Letter to the trust, kept in the county archive.</p></div>',
    ],
)
def test_notes_at_the_end_stay(notes: str) -> None:
    """The target of a number in the text is part of the article."""
    found, _ = article(page(notes, at=6))
    assert any("3 May" in text or "Letter" in text for text in lines(found))


CODE = "def lock(level):\n    return level + 1\n\nlock(3)"


@pytest.mark.parametrize(
    "mark_up",
    [
        "<pre><code>{}</code></pre>",
        '<pre class="language-python">{}</pre>',
        '<div class="highlight"><pre>{}</pre></div>',
    ],
)
def test_code_keeps_its_lines_and_indentation(mark_up: str) -> None:
    """It is one block of code, unchanged."""
    found, _ = article(page(mark_up.format(CODE)))
    assert BodyBlock("preformatted", CODE) in found.blocks


EMBEDS = {
    "tweet": '<blockquote class="twitter-tweet"><p lang="en">Still shut.</p>&mdash; T. Marsh (@tm) <a href="https://t.example/1">May 3, 2024</a></blockquote>',
    "instagram": '<blockquote class="instagram-media"><p>Still shut.</p><p>A post shared by T. Marsh</p></blockquote>',
    "bluesky": '<blockquote class="bluesky-embed"><p>Still shut.</p>&mdash; T. Marsh</blockquote>',
    "wrapped": '<div class="oembed"><blockquote class="twitter-tweet"><p>Still shut.</p>&mdash; T. Marsh</blockquote></div>',
}


@pytest.mark.parametrize("post", EMBEDS)
@pytest.mark.parametrize("body", BODIES)
def test_an_embedded_post_stays_and_is_marked(post: str, body: str) -> None:
    """`blocks` marks the text of a post by another author."""
    found, _ = article(page(EMBEDS[post], body=body))
    assert BodyBlock("embed", "Still shut.") in found.blocks


GONE = {
    "menu in the body": '<ul class="nav">'
    + "".join(f'<li><a href="/{n}">Topic {n}</a></li>' for n in range(6))
    + "</ul>",
    "related": '<div class="related"><h3>Read more</h3><ul><li><a href="/1">Ferry fares will rise again next year</a></li>'
    '<li><a href="/2">Mill owner fined over spilled gravel</a></li><li><a href="/3">Eels return to the lower reach</a></li></ul></div>',
    "tags": '<ul class="tags"><li><a href="/t/canal">canal</a></li><li><a href="/t/locks">locks</a></li><li><a href="/t/regatta">regatta</a></li></ul>',
    "share": '<ul class="share"><li><a href="#">Facebook</a></li><li><a href="#">WhatsApp</a></li><li><a href="#">E-mail</a></li></ul>',
}


@pytest.mark.parametrize("kind", GONE)
@pytest.mark.parametrize("at", [3, 6])
def test_lists_of_links_go(kind: str, at: int) -> None:
    """Menus, tags, shares and links to other stories are not body, in the middle or at the end."""
    found, _ = article(page(GONE[kind], at=at))
    text = found.text
    assert not any(word in text for word in ("Topic 1", "Ferry fares", "WhatsApp", "regatta\n\nlocks"))
    assert "canal\n\n" not in text


def test_a_line_that_the_page_hides_goes() -> None:
    """`hidden` on a paragraph, a reading of ruby; the base text is one word."""
    found, _ = article(
        page("<p hidden>Nobody can read this line of the page, although it stands here in the text.</p>")
    )
    assert "Nobody can read" not in found.text
    found, _ = article(
        page("<p>港湾<ruby>評議会<rp>(</rp><rt>ひょうぎかい</rt><rp>)</rp></ruby>は決めた。</p>", "zh")
    )
    assert "港湾評議会は決めた。" in lines(found)
    assert "ひょうぎかい" not in found.text


def test_caption_and_credit_in_spans_are_fields() -> None:
    """Words and credit of a picture are separate, and not body."""
    found, _ = article(
        page(
            '<div class="pic"><img src=a.jpg><span class="img-caption">The middle lock, emptied</span><span class="img-credit">T. Marsh/Press</span></div>'
        )
    )
    assert found.captions == [Caption("image", "The middle lock, emptied", "T. Marsh/Press")]
    assert "emptied" not in found.text


@pytest.mark.parametrize("tag", ["ul", "table"])
def test_the_ledger_names_the_structure_that_kept_a_block(tag: str) -> None:
    """Where the model alone would have removed it; where both agree nothing spoke against the block."""
    content = TABLES["plain"] if tag == "table" else "<ul><li>Rope</li><li>3.2m</li><li>Owen Clay</li></ul>"
    _, sure = article(page(content))
    texts = [row.text for row in sure if row.kept and row.label in ("list_item", "table_row")]
    assert texts
    found, ledger = doubted(page(content), dict.fromkeys(texts, 0.05))
    assert [text for text in texts if text not in lines(found)] == []
    assert {row.rule for row in ledger if row.text in texts} == {f"structure:{tag}"}
    _, ledger = doubted(page(content), dict.fromkeys(texts, 0.95))
    assert {row.rule for row in ledger if row.text in texts} == {""}
