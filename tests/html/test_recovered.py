"""Pages with their text in scripts, attributes or hidden mark-up: the article is recovered and flagged."""

import html
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from page_kit import STORIES, lines, outcome

from copydesk.schemas.article import Article
from copydesk.schemas.report import Reject

TITLE, *PARAGRAPHS = STORIES["en"]
MARK_UP = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
SHELL = (
    "<!doctype html><html lang=en><head><title>{title}</title></head><body><nav><a href=/>News</a> <a href=/s>Sport</a></nav>"
    "<div id=app></div>{content}<footer><a href=/terms>Terms</a></footer></body></html>"
)


def script(text: str, attributes: str = "") -> str:
    return f"<script {attributes}>{text}</script>"


def flight() -> str:
    """Return the rows that Next's server components push: elements as lists, a text row, a reference to it;
    cut anywhere.
    """
    elements: list[Any] = [
        ["$", "p", None, {"children": ["", ["$", "b", None, {"children": text[:9]}], text[9:]]}]
        for text in PARAGRAPHS[:-1]
    ]
    last = f"<p>{PARAGRAPHS[-1]}</p>"
    elements.append(["$", "div", None, {"dangerouslySetInnerHTML": {"__html": "$1f"}}])
    rows = (
        '0:["$","$L1",null,{"tree":["",{}]}]\n'
        f"1f:T{len(last.encode()):x},{last}"
        f'2:["$","$L9",null,{{"children":["$","article",null,{{"children":{json.dumps(elements)}}}]}}]\n'
    )
    cuts = [rows[at : at + 150] for at in range(0, len(rows), 150)]
    return "".join(script(f"self.__next_f.push({json.dumps([1, piece])})") for piece in cuts)


def apollo() -> str:
    """A normalised cache: each paragraph an object of its own, under an id."""
    cache = {"ROOT_QUERY": {"post": {"__ref": "Post:9c1"}}, "Post:9c1": {"title": TITLE, "slug": "locks"}}
    cache |= {f"Paragraph:9c1_{n}": {"type": "P", "text": text} for n, text in enumerate(PARAGRAPHS)}
    return script(f"window.__APOLLO_STATE__ = {json.dumps(cache)};")


def fusion() -> str:
    """Several assignments in one script."""
    content = {
        "headlines": {"basic": TITLE},
        "content_elements": [{"type": "text", "content": t} for t in PARAGRAPHS],
    }
    return script(
        f'window.Fusion=window.Fusion||{{}};Fusion.arcSite="herald";Fusion.deployment="17";'
        f'Fusion.globalContent={json.dumps(content)};Fusion.globalContentConfig={{"source":"content"}};'
    )


def nuxt_2() -> str:
    strings = ",".join(json.dumps(text) for text in ["herald", TITLE, *PARAGRAPHS, "true"])
    return script(
        f"window.__NUXT__=(function(a,b,c,d,e,f,g,h,i){{return {{data:[{{t:b,body:[c,d,e,f,g,h]}}]}}}}({strings}));"
    )


STATE = {"props": {"pageProps": {"article": {"title": TITLE, "body": [{"text": t} for t in PARAGRAPHS]}}}}
POST = {"id": 7, "title": {"rendered": TITLE}, "content": {"rendered": MARK_UP, "protected": False}}
SCRIPTS: dict[str, Callable[[], str]] = {
    "next": lambda: script(json.dumps(STATE), 'id=__NEXT_DATA__ type="application/json"'),
    "next, server components": flight,
    "nuxt 2": nuxt_2,
    "nuxt 3": lambda: script(
        json.dumps([["Reactive", 1], {"title": 2, "body": 3}, TITLE, list(range(4, 10)), *PARAGRAPHS]),
        "id=__NUXT_DATA__ type=application/json",
    ),
    "apollo": apollo,
    "fusion": fusion,
    "wordpress": lambda: script(f"var wpApiPost = {json.dumps(POST)};"),
    "amp state": lambda: f"<amp-state id=a>{script(json.dumps(STATE), 'type=application/json')}</amp-state>",
    "parsed text": lambda: script(f"window.__STATE__ = JSON.parse({json.dumps(json.dumps(STATE))});"),
    "json in json": lambda: script(json.dumps({"state": json.dumps(STATE)}), "type=application/json"),
    "behind other code": lambda: script(
        f"var a=1;if(a==2){{go()}}\nwindow.__INITIAL_STATE__={json.dumps(STATE)};(function(){{x()}})();"
    ),
    "attribute": lambda: f'<div id=page data-page="{html.escape(json.dumps(STATE))}"></div>',
}


@pytest.mark.parametrize("kind", SCRIPTS)
def test_an_article_in_the_state_of_an_application_is_recovered(kind: str) -> None:
    """All paragraphs, in order, once; the flag says where they come from."""
    found = outcome(SHELL.format(title=TITLE, content=SCRIPTS[kind]())).result
    assert isinstance(found, Article), found
    assert lines(found) == PARAGRAPHS
    assert found.flags == ["recovered:script"]
    assert found.title == TITLE


UNSHOWN = {
    "noscript": f"<noscript><article><h1>{TITLE}</h1>{MARK_UP}</article></noscript>",
    "template": f"<template id=story><h1>{TITLE}</h1>{MARK_UP}</template>",
    "nested template": f"<template><section><h2>{TITLE}</h2><template>{MARK_UP}</template>{MARK_UP}</section></template>",
    "iframe": f'<iframe srcdoc="{html.escape(f"<body><h1>{TITLE}</h1>{MARK_UP}</body>")}"></iframe>',
    "no headline": f"<template>{MARK_UP}</template>",
}


@pytest.mark.parametrize("kind", UNSHOWN)
def test_an_article_in_mark_up_that_is_not_shown_is_recovered(kind: str) -> None:
    found = outcome(SHELL.format(title=TITLE, content=UNSHOWN[kind])).result
    assert isinstance(found, Article), found
    assert lines(found) == PARAGRAPHS
    assert found.flags == ["recovered:markup"]


def test_the_order_of_trust() -> None:
    """JSON-LD; mark-up with the headline; the application's data; other mark-up."""
    de, hi, zh = (STORIES[language][1:] for language in ("de", "hi", "zh"))
    ld = script(
        json.dumps({"@type": "NewsArticle", "articleBody": "\n".join(PARAGRAPHS)}), "type=application/ld+json"
    )
    headed = f"<template><h1>{TITLE}</h1>{''.join(f'<p>{t}</p>' for t in de)}</template>"
    state = script(json.dumps({"body": list(hi)}), "type=application/json")
    plain = f"<template>{''.join(f'<p>{t}</p>' for t in zh)}{''.join(f'<p>{t} 2</p>' for t in zh)}</template>"
    order = [
        (ld, "recovered:json-ld"),
        (headed, "recovered:markup"),
        (state, "recovered:script"),
        (plain, "recovered:markup"),
    ]
    for first in range(len(order)):
        found = outcome(
            SHELL.format(title=TITLE, content="".join(text for text, _ in reversed(order[first:])))
        ).result
        assert isinstance(found, Article), found
        assert found.flags == [order[first][1]]


NOTHING = {
    "a notice": "<noscript><p>Please enable JavaScript in your browser to read this page.</p></noscript>",
    "words of a program": script(
        json.dumps({f"label{n}": f"Press key {n} to go on" for n in range(200)}), "type=application/json"
    ),
    "code": script("var a = [" + ",".join(["1"] * 900) + "];"),
    "style": f"<style>{'p { color: red } ' * 90}</style>",
}


@pytest.mark.parametrize("kind", NOTHING)
def test_a_page_without_an_article_stays_one(kind: str) -> None:
    """Notices, labels and code are not articles."""
    assert isinstance(outcome(SHELL.format(title=TITLE, content=NOTHING[kind])).result, Reject)


def test_a_page_with_text_of_its_own_takes_nothing_from_its_data() -> None:
    """The state holds the whole story, too; nothing is doubled and nothing flagged."""
    content = f"<article><h1>{TITLE}</h1>{MARK_UP}</article>{SCRIPTS['next']()}{UNSHOWN['template']}"
    found = outcome(SHELL.format(title=TITLE, content=content)).result
    assert isinstance(found, Article)
    assert (lines(found), found.flags) == (PARAGRAPHS, [])


HOSTILE = {
    "brackets": "=[" * 300_000,
    "open objects": '={"a":' * 150_000,
    "open text": '="' + "a" * 1_000_000,
    "assignments": 'a={"b":"' + '={"b":' * 150_000,
    "quotes": "=(function(){" + '"\\' * 400_000,
    "nested json": json.dumps(["{" + "[" * 400] * 2000),
    "rows": 'self.__next_f.push([1,"' + "0:T" * 200_000 + '"])',
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_state_takes_linear_time(kind: str) -> None:
    """Four times the text costs at most some eight times the CPU time."""

    def cost(share: int) -> float:
        text = HOSTILE[kind][: len(HOSTILE[kind]) // share]
        page = SHELL.format(title=TITLE, content=script(text))
        began = time.process_time()
        outcome(page)
        return time.process_time() - began

    cost(4)
    assert cost(1) < 8 * max(cost(4), 0.05) + 0.2
