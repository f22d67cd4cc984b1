"""The page over HTTP: its files, what a browser may do with them, and what there is not."""

from pathlib import Path

import pytest

from shared.config import Settings
from tests.unit.shared.api.asking import Api

CLOSED = Settings(auth_mode="keys", gcs_bucket_name="pictures", storage_emulator_host="http://127.0.0.1:9199")
FILES = {
    "index.html": ("/", "text/html; charset=utf-8"),
    "app.js": ("/dashboard/app.js", "text/javascript; charset=utf-8"),
    "app.css": ("/dashboard/app.css", "text/css; charset=utf-8"),
    "views/queue.js": ("/dashboard/views/queue.js", "text/javascript; charset=utf-8"),
    "mark.svg": ("/dashboard/mark.svg", "image/svg+xml"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A page of some files, and what must not be seen beside them."""
    page = tmp_path / "dashboard"
    for name in (*FILES, "notes.md", ".hidden.js", "a/b/deep.js"):
        (page / name).parent.mkdir(parents=True, exist_ok=True)
        (page / name).write_text(f"of {name}")
    (tmp_path / "main.js").write_text("not of the page")
    return page


@pytest.mark.parametrize("name", FILES)
def test_each_file_is_there_without_a_key(folder: Path, name: str) -> None:
    """With its media type, to be asked for again by its ETag, and by HEAD."""
    path, media_type = FILES[name]
    api = Api(CLOSED, dashboard=folder)
    answer = api.status.get(path)
    assert (answer.status_code, answer.text) == (200, f"of {name}")
    assert (answer.headers["content-type"], answer.headers["cache-control"]) == (media_type, "no-cache")
    again = api.status.get(path, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert api.status("HEAD", path).headers["etag"] == answer.headers["etag"]


def test_it_is_sent_compressed_to_whom_that_suits(folder: Path) -> None:
    """As a version of its own, so that no cache gives one for the other."""
    api = Api(CLOSED, dashboard=folder)
    (folder / "app.js").write_text("let there = 'light';" * 100)
    small, plain = (
        api.status.get("/dashboard/app.js", headers={"Accept-Encoding": way}) for way in ("gzip", "identity")
    )
    assert small.text == plain.text
    assert (small.headers["content-encoding"], plain.headers.get("content-encoding")) == ("gzip", None)
    assert int(small.headers["content-length"]) < int(plain.headers["content-length"]) / 2
    assert small.headers["etag"] != plain.headers["etag"]
    assert small.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"


def test_a_browser_holds_the_page_to_itself_and_its_bucket(folder: Path) -> None:
    """No inline script, no other host, no frame; pictures come from the bucket alone."""
    headers = Api(CLOSED, dashboard=folder).status.get("/").headers
    rules = dict(rule.split(" ", 1) for rule in headers["content-security-policy"].split("; "))
    bucket = "http://127.0.0.1:9199/pictures/"
    assert rules["default-src"] == rules["frame-ancestors"] == rules["base-uri"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == "'self'"
    assert (rules["img-src"], rules["connect-src"]) == (f"'self' blob: data: {bucket}", f"'self' {bucket}")
    assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "no-referrer")
    deployed = Api(Settings(gcs_bucket_name="b"), dashboard=folder).status.get("/").headers["content-security-policy"]
    assert "connect-src 'self' https://storage.googleapis.com/b/;" in deployed


def test_the_page_knows_whether_a_key_is_asked_for(folder: Path) -> None:
    """Before its first call: a page that tries without a key is answered 401, which browsers report as an error."""
    assert Api(CLOSED, dashboard=folder).status.get("/").headers["server-timing"] == "key"
    assert "server-timing" not in Api(Settings(auth_mode="none"), dashboard=folder).status.get("/").headers


@pytest.mark.parametrize(
    "path",
    ["nothing.js", "notes.md", ".hidden.js", "a/b/deep.js", "views", "", "%2e%2e/main.js", "..%2fmain.js", "a%00.js"],
)
def test_nothing_else_can_be_read(folder: Path, path: str) -> None:
    """Not what lies beside the page, above it, or deeper: 404, as a problem."""
    answer = Api(CLOSED, dashboard=folder).status.get(f"/dashboard/{path}")
    assert (answer.status_code, answer.json()["code"]) == (404, "file_not_found")


def test_it_can_be_switched_off(folder: Path) -> None:
    """Then there is nothing at all."""
    api = Api(Settings(auth_mode="none", dashboard=False), dashboard=folder)
    assert [api.status.get(path).status_code for path, _ in FILES.values()] == [404] * len(FILES)
