"""The contract over HTTP, and what there is not."""

import pytest

from shared.config import Settings
from tests.unit.shared.api.asking import Api


def test_the_contract_is_open_to_everybody() -> None:
    """Whoever has no key yet reads of it first; what it is under is the public address."""
    api = Api(Settings(auth_mode="keys", public_url="https://darkroom.example/"))
    answer = api.status.get("/openapi.json")
    document = answer.json()
    assert (answer.status_code, document["openapi"]) == (200, "3.1.0")
    assert document["servers"] == [{"url": "https://darkroom.example"}]
    assert document["paths"]["/v1/jobs"]["get"]["security"] == [{"key": ["jobs:read"]}]
    page = api.status.get("/docs")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "default-src 'none'" in page.headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/openapi.json", "/docs", "/v1/models"])
def test_what_a_client_has_is_not_sent_again(path: str) -> None:
    """It asks by the ETag."""
    api = Api()
    tag = api.status.get(path).headers["etag"]
    answer = api.status.get(path, headers={"If-None-Match": f'"other", W/{tag}'})
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PATCH", "/v1/jobs", "GET, HEAD, POST"),
        ("PUT", "/v1/jobs/a", "DELETE, GET, HEAD"),
        ("HEAD", "/v1/estimate", "POST"),
        ("GET", "/v1/uploads", "POST"),
        ("POST", "/v1/models", "GET, HEAD"),
    ],
)
def test_a_method_that_a_path_does_not_take_is_405(method: str, path: str, allowed: str) -> None:
    """`Allow` has all that the path takes, whichever function answers it."""
    api = Api()
    asked = api.status if method in {"GET", "HEAD"} else api.submit
    answer = asked(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)


def test_a_call_that_another_function_answers_is_told_as_that() -> None:
    """Whoever asks the wrong one has set up the routing wrongly; there is nothing to allow."""
    answer = Api().submit.get("/v1/jobs")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert "another function" in answer.json()["detail"]
