"""Pages of other origins: those that CORS_ORIGINS names may call, and browsers are told so."""

import msgspec
import pytest

from shared.config import Settings
from shared.domain.api_key import Token, fresh_secret, hash_of
from tests.builders import a_key
from tests.unit.shared.api.asking import OPEN, Api

SECRET = fresh_secret()
STUDIO = "https://studio.example"
ASKED = {
    "Origin": STUDIO,
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,content-type",
}


def an_api(origins: str | None) -> Api:
    """One that lets pages of these origins call."""
    return Api(msgspec.structs.replace(OPEN, cors_origins=origins))


@pytest.mark.parametrize("path", ["/v1/jobs", "/api/images/generate", "/generate_image"])
def test_a_browser_that_asks_beforehand_is_told(path: str) -> None:
    """Of calls that `submit` answers, too: such a question is asked of `status`."""
    answer = an_api(STUDIO).status("OPTIONS", path, headers=ASKED)
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == STUDIO
    assert "POST" in answer.headers["Access-Control-Allow-Methods"].split(", ")
    assert answer.headers["Access-Control-Allow-Headers"] == "authorization,content-type"
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_a_page_may_read_what_it_is_answered() -> None:
    """Refusals too, and our headers; a shared cache keeps answers apart by origin."""
    api = an_api(f"https://other.example, {STUDIO}")
    for answer in (
        api.submit.post("/v1/jobs", json={"prompt": "a fox"}, headers={"Origin": STUDIO}),
        api.status.get("/v1/jobs/nope", headers={"Origin": STUDIO}),
        api.status.get("/nowhere", headers={"Origin": STUDIO}),
    ):
        assert answer.headers["Access-Control-Allow-Origin"] == STUDIO
        assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]
        assert answer.headers["Vary"] == "Origin"


@pytest.mark.parametrize(
    ("origins", "origin", "let"),
    [
        (None, STUDIO, False),
        (STUDIO, "https://evil.example", False),
        (STUDIO, "http://studio.example", False),
        (STUDIO, "https://studio.example:8443", False),
        (STUDIO, "https://studio.example.evil.example", False),
        (STUDIO, "https://studioxexample", False),
        (STUDIO, "null", False),
        ("http://localhost:*", "http://localhost:5173", True),
        ("http://localhost:*", "http://localhost", True),
        ("http://localhost:*", "http://localhost.evil.example", False),
        ("http://localhost:*", "http://localhost:5173.evil.example", False),
        ("*", "https://anybody.example", True),
    ],
)
def test_only_the_named_origins_may(origins: str | None, origin: str, *, let: bool) -> None:
    """To the letter, but for a port that may be any."""
    api = an_api(origins)
    asked = api.status("OPTIONS", "/v1/jobs", headers=ASKED | {"Origin": origin})
    assert (asked.status_code == 204) is let
    assert ("Access-Control-Allow-Origin" in asked.headers) is let
    read = api.status.get("/v1/models", headers={"Origin": origin})
    assert read.headers.get("Access-Control-Allow-Origin") == (origin if let else None)


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/nowhere", ASKED, 404),
        ("/v1/jobs", {"Origin": STUDIO}, 405),
        ("/v1/jobs", {"Access-Control-Request-Method": "POST"}, 405),
    ],
)
def test_other_questions_are_answered_as_ever(path: str, headers: dict[str, str], status: int) -> None:
    """OPTIONS is no method of this API but for a browser's question about what there is."""
    assert an_api(STUDIO).status("OPTIONS", path, headers=headers).status_code == status


def test_nothing_is_let_in_by_an_origin() -> None:
    """A page needs a key as anybody does."""
    api = Api(msgspec.structs.replace(OPEN, auth_mode="keys", cors_origins="*"))
    answer = api.submit.post("/v1/jobs", json={"prompt": "a fox"}, headers={"Origin": STUDIO})
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (401, STUDIO)


@pytest.mark.parametrize("path", ["/generate_image", "/api/mv/create_scenes", "/v1/jobs"])
def test_a_strange_page_makes_nothing_where_nothing_is_locked(path: str) -> None:
    """A browser sends text for any page, unasked; a name of its own that means this machine opens nothing either."""
    api = Api(msgspec.structs.replace(OPEN, public_url="http://127.0.0.1:8080", cors_origins="http://localhost:*"))
    sent = {"Content-Type": "text/plain", "X-Idempotency-Key": "k"}
    for origin in ("https://evil.example", "http://api.test", "null", "http://127.0.0.1:3000"):
        refused = api.submit.post(path, content='{"prompt": "a fox"}', headers={**sent, "Origin": origin})
        assert refused.status_code == 403
        assert "origin_not_allowed" in refused.text.lower()
    assert api.queue.announced == []


def test_a_strange_page_makes_nothing_in_a_dialect_that_takes_whoever_brings_no_key() -> None:
    """Programs do, and pages that CORS_ORIGINS names; a page with a key has asked beforehand."""
    api = Api(Settings(dialect_tenants="iga:acme", cors_origins=STUDIO))
    told = {}
    for origin in ("https://evil.example", STUDIO, None):
        headers = {"X-Idempotency-Key": "k"} | ({"Origin": origin} if origin else {})
        told[origin] = api.submit.post("/generate_image", json={"prompt": "a fox"}, headers=headers).status_code
    assert told == {"https://evil.example": 403, STUDIO: 202, None: 202}


@pytest.mark.parametrize("origin", ["http://127.0.0.1:8080", "http://localhost:5173", None])
def test_own_pages_and_programs_go_on_where_nothing_is_locked(origin: str | None) -> None:
    """The deployment's own, those of CORS_ORIGINS, and whoever is no browser."""
    api = Api(msgspec.structs.replace(OPEN, public_url="http://127.0.0.1:8080", cors_origins="http://localhost:*"))
    headers = {"Origin": origin} if origin else {}
    assert api.submit.post("/v1/jobs", json={"prompt": "a fox"}, headers=headers).status_code == 202


def test_a_key_lets_in_from_wherever_it_comes() -> None:
    """A strange page has none, and a browser brings none of its own accord."""
    api = Api(Settings())
    api.keys.has(a_key(id="a" * 26, hash=hash_of(SECRET)))
    headers = {"Authorization": f"Bearer {Token('a' * 26, SECRET)}", "Origin": "https://evil.example"}
    assert api.submit.post("/v1/jobs", json={"prompt": "a fox"}, headers=headers).status_code == 202
