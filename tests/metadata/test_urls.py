"""URLs: one spelling for one page."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.tasks.metadata.urls import canonical_url, site_of

SAME = [
    ("HTTP://Example.COM:80", "http://example.com/"),
    ("https://example.com:443/a#comments", "https://example.com/a"),
    ("https://example.com/a?utm_source=rss&utm_medium=feed", "https://example.com/a"),
    ("https://example.com/a?fbclid=1&id=7", "https://example.com/a?id=7"),
    ("https://example.com/a?b=2&a=1", "https://example.com/a?a=1&b=2"),
    ("//example.com/a", "https://example.com/a"),
    ("  https://example.com/a b ", "https://example.com/a%20b"),
    ("https://user:secret@example.com/a", "https://example.com/a"),
    ("https://example.com./a", "https://example.com/a"),
    ("https://münchen.example/ü", "https://xn--mnchen-3ya.example/%C3%BC"),
    ("http://[2001:db8::1]:8080/a", "http://[2001:db8::1]:8080/a"),
]
KEPT_APART = [
    ("https://example.com/a", "https://example.com/a/", "a trailing slash may be another page"),
    ("https://example.com/a", "https://example.com/A", "paths have case"),
    ("https://example.com/?p=1", "https://example.com/?p=2", "the query selects the article"),
    ("https://example.com/a?page=1", "https://example.com/a?page=2", "pages of one article"),
    ("https://www.example.com/a", "https://example.com/a", "hosts are what they are"),
]
NOTHING = ["", "#", "/a", "mailto:a@example.com", "javascript:void(0)", "http://", "http:///a", "https://[::1", "http://exa mple.com/",
           "ftp://example.com/", "http://example.com:99999/", "data:text/html,x", "http://" + "a" * 9000]  # fmt: skip


@pytest.mark.parametrize(("url", "canonical"), SAME)
def test_spellings_of_one_page_become_one(url: str, canonical: str) -> None:
    """Case, port, fragment, tracking, order and escapes do not make another page."""
    assert canonical_url(url) == canonical


@pytest.mark.parametrize(("one", "other", "why"), KEPT_APART)
def test_different_pages_stay_different(one: str, other: str, why: str) -> None:
    """Possibly different articles keep different URLs."""
    assert canonical_url(one) != canonical_url(other), why


@pytest.mark.parametrize("url", NOTHING)
def test_what_is_no_web_address_is_empty(url: str) -> None:
    """No http(s) URL, no value: never an exception."""
    assert canonical_url(url) == ""


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://www.bbc.co.uk/news", "bbc.co.uk"),
        ("HTTPS://News.Example.com:8080/", "news.example.com"),
        ("example.com", "example.com"),
        ("www.example.com/a", "example.com"),
        ("BBC News", ""),
        ("localhost", ""),
        ("https://[::1", ""),
        ("", ""),
    ],
)
def test_the_site_is_the_host_without_www(url: str, site: str) -> None:
    """A site is named by its host. An invalid host gives no name."""
    assert site_of(url) == site


@given(st.text() | st.from_regex(r"https?://[a-z0-9.:@\[\]%-]{0,20}/.{0,30}"))
def test_canonical_form_is_a_fixed_point(url: str) -> None:
    """No input raises, and the canonical form is its own canonical form."""
    once = canonical_url(url)
    assert canonical_url(once) == once
    site_of(url)
