"""The contract as a page: whole, and alone."""

import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser

from shared.api.contract.openapi import openapi
from shared.api.contract.page import HEADERS, page
from shared.api.operations import OPERATIONS

DOCUMENT = openapi("/", closed=True)
PAGE = page(DOCUMENT)
ALONE = {"meta", "br", "link", "img", "input", "hr"}  # elements without an end


class Reader(HTMLParser):
    """Notes what is open, what refers to what, and what is loaded."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: set[str] = set()
        self.links: set[str] = set()
        self.loaded: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        found = dict(attrs)
        self.ids |= {found["id"] or ""} if "id" in found else set()
        self.links |= {found["href"] or ""} if "href" in found else set()
        self.loaded += [tag] if tag in {"script", "link", "img", "iframe"} or "src" in found or "style" in found else []
        if tag not in ALONE:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """It ends, the last first."""
        assert self.open.pop() == tag


def read() -> Reader:
    """The page, read."""
    reader = Reader()
    reader.feed(PAGE)
    reader.close()
    return reader


def test_the_page_has_every_call_and_every_type() -> None:
    """All that is listed leads somewhere on it."""
    reader = read()
    assert reader.open == []
    assert OPERATIONS.keys() <= reader.ids
    assert {f"type-{name}" for name in DOCUMENT["components"]["schemas"]} <= reader.ids
    assert {link[1:] for link in reader.links if link.startswith("#")} <= reader.ids


def test_the_page_needs_nothing_but_itself() -> None:
    """No script, and nothing loaded; its one style is the one that its policy lets in."""
    reader = read()
    assert (reader.loaded, {link for link in reader.links if not link.startswith("#")}) == ([], {"openapi.json"})
    (style,) = re.findall(r"<style>(.*?)</style>", PAGE, re.DOTALL)
    allowed = b64encode(sha256(style.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{allowed}';" in HEADERS["Content-Security-Policy"]


def test_what_is_said_is_shown_as_text() -> None:
    """Whatever a description holds."""
    document = {**DOCUMENT, "info": {"title": "<b>", "description": "- `a` & <script>\n- **b**"}}
    assert "<ul><li><code>a</code> &amp; &lt;script&gt;</li><li><b>b</b></li></ul>" in page(document)
