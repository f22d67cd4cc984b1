"""The page's files: few bytes, and from nowhere else."""

import gzip
import re
from pathlib import Path

from shared.api.dashboard_calls import MEDIA_TYPES
from tests.processes import ROOT

PAGE = ROOT / "functions" / "status" / "dashboard"
FILES = sorted(path for path in PAGE.rglob("*") if path.suffix in MEDIA_TYPES)
MOST = 200_000  # bytes
COMMENT = r"/\*.*?\*/|^\s*//.*?$"
NAMESPACE = "http://www.w3.org/2000/svg"  # a name, which nobody asks for


def test_the_page_is_small() -> None:
    """All that is fetched before the first view shows, as it is; and all there is, as a browser is sent it."""
    index = PAGE / "index.html"
    first = [index, *(PAGE / name for name in re.findall(r'(?:src|href)="dashboard/([^"]+)"', index.read_text()))]
    assert sum(path.stat().st_size for path in first) < MOST
    assert sum(len(gzip.compress(path.read_bytes())) for path in FILES) < MOST


def test_no_other_host_is_named() -> None:
    """No font, no script, no picture of anybody else's; and nothing inline, which the page's policy would stop."""
    for path in FILES:
        text = path.read_text().replace(NAMESPACE, "")
        assert re.findall(r"(?:https?:)?//[\w-]+\.\w[^\s\"'`)]*", without_comments(path, text)) == [], path
    markup = (PAGE / "index.html").read_text()
    assert re.findall(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=", markup) == []


def without_comments(path: Path, text: str) -> str:
    """What is left of a file: a comment may cite its source."""
    return re.sub(COMMENT, "", text, flags=re.DOTALL | re.MULTILINE) if path.suffix in {".js", ".css"} else text
