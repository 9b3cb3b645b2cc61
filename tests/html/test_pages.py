"""Golden pages: each folder of `tests/pages` with a `blocks.json` proves what its name says."""

import json
from pathlib import Path
from typing import Any

import pytest

from copydesk.schemas.document import DecodedText, Origin
from copydesk.tasks.html.blocks import html_blocks

PAGES = sorted((Path(__file__).parents[1] / "pages").glob("*/blocks.json"))


@pytest.mark.parametrize("golden", PAGES, ids=[p.parent.name for p in PAGES])
def test_golden_page(golden: Path) -> None:
    """Blocks come in this order with these kinds, texts and hints; claims in this order of trust."""
    want: dict[str, Any] = json.loads(golden.read_text(encoding="utf-8"))
    html = (golden.parent / "page.html").read_text(encoding="utf-8")
    page = html_blocks(
        DecodedText(Origin("test", url=want.get("url", "")), "html", html, "utf-8", "given", "v", len(html))
    )
    if "blocks" in want:
        assert [(b.kind, b.text) for b in page.blocks] == [(w["kind"], w["text"]) for w in want["blocks"]]
        for block, expected in zip(page.blocks, want["blocks"], strict=True):
            assert block.hints.tokens >= set(expected.get("has", ()))
            for name in set(expected) - {"kind", "text", "has"}:
                assert getattr(block.hints, name) == expected[name], (block.text, name)
    if "claims" in want:
        assert [list(c) for c in page.claims] == want["claims"]
    assert page.text == "\n".join(b.text for b in page.blocks)
    assert all(page.text[b.start : b.end] == b.text for b in page.blocks)


def test_there_are_golden_pages() -> None:
    """The folder is found; an empty list of cases would prove nothing."""
    assert len(PAGES) >= 20
