"""What cannot be taken is refused with the field at fault, and leaves no trace."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.integration.api import Api
from tests.integration.inside import counting
from tests.processes import Control

PROBLEM = "application/problem+json"
PAST, SOON, LATER = "2001-01-01T00:00:00Z", "2100-01-01T00:00:00Z", "2100-01-02T00:00:00Z"

# A body's fields besides a good prompt, and the pointers that the answer must give.
FIELDS: dict[str, tuple[dict[str, Any], set[str]]] = {
    "prompt: empty": ({"prompt": ""}, {"/prompt"}),
    "prompt: blank": ({"prompt": " \n\t "}, {"/prompt"}),
    "prompt: 100,000 characters": ({"prompt": "a" * 100_000}, {"/prompt"}),
    "prompt: a number": ({"prompt": 7}, {"/prompt"}),
    "prompt: null": ({"prompt": None}, {"/prompt"}),
    "an unknown field": ({"promt": "a fox"}, {"/promt"}),
    "an unknown field with a slash": ({"a/b~c": 1}, {"/a~1b~0c"}),
    "negative_prompt: a list": ({"negative_prompt": []}, {"/negative_prompt"}),
    "aspect_ratio: 7:5": ({"aspect_ratio": "7:5"}, {"/aspect_ratio"}),
    "aspect_ratio: not this model's": ({"aspect_ratio": "21:9"}, {"/aspect_ratio"}),
    "n: 0": ({"n": 0}, {"/n"}),
    "n: 11": ({"n": 11}, {"/n"}),
    "image_size: not this model's": ({"image_size": "4K"}, {"/image_size"}),
    "n: a text": ({"n": "3"}, {"/n"}),
    "n: a fraction": ({"n": 1.5}, {"/n"}),
    "n: true": ({"n": True}, {"/n"}),
    "seed: negative": ({"seed": -1}, {"/seed"}),
    "seed: above 32 bits": ({"seed": 2**32}, {"/seed"}),
    "seed: of the last image above 32 bits": ({"seed": 2**32 - 1, "n": 2}, {"/seed"}),
    "seed and watermark": ({"seed": 1, "watermark": True}, {"/watermark"}),
    "model: unknown": ({"model": "dall-e"}, {"/model"}),
    "mime_type: a film": ({"mime_type": "video/mp4"}, {"/mime_type"}),
    "job_type: unknown": ({"job_type": "film"}, {"/job_type"}),
    "priority: unknown": ({"priority": "urgent"}, {"/priority"}),
    "cache: unknown": ({"cache": "yes"}, {"/cache"}),
    "labels: a list": ({"labels": ["a"]}, {"/labels"}),
    "labels: a bad key": ({"labels": {"Bad Key": "1"}}, {"/labels"}),
    "labels: a value that is a number": ({"labels": {"a": 1}}, {"/labels"}),
    "labels: 33": ({"labels": {f"a{number}": "" for number in range(33)}}, {"/labels"}),
    "shot without scene": ({"project_id": "p", "shot_id": "s"}, {"/shot_id"}),
    "scene without project": ({"scene_id": "s"}, {"/scene_id"}),
    "project: two dots": ({"project_id": ".."}, {"/project_id"}),
    "project: a slash": ({"project_id": "a/b"}, {"/project_id"}),
    "project: a newline at the end": ({"project_id": "a\n"}, {"/project_id"}),
    "not_before: no time": ({"not_before": "tomorrow"}, {"/not_before"}),
    "not_before: no zone": ({"not_before": "2100-01-01T00:00:00"}, {"/not_before"}),
    "deadline: in the past": ({"deadline": PAST}, {"/deadline"}),
    "deadline: before not_before": ({"deadline": SOON, "not_before": LATER}, {"/deadline"}),
    "two at once": ({"image_size": "4K", "job_type": "upscale"}, {"/image_size", "/job_type"}),
}
# Whole bodies: bytes, the status, the code and the pointers.
BODIES: dict[str, tuple[bytes, int, str, set[str]]] = {
    "none": (b"", 400, "missing_body", {""}),
    "not JSON": (b"prompt=a fox", 400, "malformed_json", set()),
    "half of it": (b'{"prompt": "a fox"', 400, "malformed_json", set()),
    "two of it": (b'{"prompt": "a fox"}{"prompt": "a fox"}', 400, "malformed_json", set()),
    "not UTF-8": (b'{"prompt": "a \xff fox"}', 400, "malformed_json", set()),
    "half a surrogate pair": (b'{"prompt": "a \\ud800 fox"}', 400, "malformed_json", set()),
    "no object": (b'["a fox"]', 400, "invalid_request", {""}),
    "null": (b"null", 400, "invalid_request", {""}),
    "nested without end": (b"[" * 100_000, 400, "invalid_request", {""}),
    "prompt missing": (b"{}", 400, "invalid_request", {"/prompt"}),
    "2 MB": (b'{"prompt": "' + b"a" * 2_000_000 + b'"}', 413, "body_too_large", set()),
    "2 MB of nothing": (b" " * 2_000_000, 413, "body_too_large", set()),
}
JOB = "a" * 26  # what could be a job's id, and is none's
ODD_IDS = [
    JOB, JOB.upper(), "x", "a" * 1500, "__all__", "a%2Fb", "%2e%2e", "%00", "%F0%9F%A6%8A", "%FF", "jobs",
]  # fmt: skip


@pytest.fixture(autouse=True)
def _nothing_is_written(control: Control) -> Iterator[None]:
    """No refused request writes a document, a message or an object, or calls a model."""
    with counting(control) as calls:
        yield
    assert set(calls) <= {"firestore.GetDocument"}, calls


def _problem(answer: httpx.Response, status: int, code: str = "") -> dict[str, Any]:
    """The answer's body, a problem as RFC 9457 has it."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM), answer.text[:500]
    problem: dict[str, Any] = answer.json()
    assert problem["status"] == status
    assert problem["detail"]
    assert problem["code"] == (code or problem["code"])
    return problem


def _pointers(problem: dict[str, Any]) -> set[str]:
    return {error["pointer"] for error in problem.get("errors", ())}


@pytest.mark.parametrize("case", FIELDS)
def test_a_field_at_fault_is_pointed_to(case: str, api: Api) -> None:
    """400, with a JSON pointer and words for each field."""
    fields, pointers = FIELDS[case]
    problem = _problem(api.post({"prompt": "a fox", **fields}), 400)
    assert _pointers(problem) == pointers
    assert all(error["detail"] for error in problem["errors"])


@pytest.mark.parametrize("case", BODIES)
def test_a_body_that_is_no_request(case: str, api: Api) -> None:
    """400, or 413 above one MiB."""
    body, status, code, pointers = BODIES[case]
    answer = api.http.post("/v1/jobs", content=body, headers={"Content-Type": "application/json"})
    assert _pointers(_problem(answer, status, code)) == pointers


def test_a_large_body_of_no_stated_length_is_refused_too(api: Api) -> None:
    """It is not read to its end."""

    def chunks() -> Iterator[bytes]:
        for _ in range(200):
            yield b" " * 10_000

    answer = api.http.post("/v1/jobs", content=chunks(), headers={"Content-Type": "application/json"})
    _problem(answer, 413, "body_too_large")


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_body_of_another_media_type_is_415(media_type: str, api: Api) -> None:
    """The problem says which one is taken."""
    answer = api.http.post("/v1/jobs", content=b'{"prompt": "a fox"}', headers={"Content-Type": media_type})
    assert "application/json" in _problem(answer, 415, "unsupported_media_type")["detail"]


@pytest.mark.parametrize("header", ["X-Workflow-ID", "X-User-ID"])
@pytest.mark.parametrize("value", ["", "a" * 256])
def test_a_header_that_cannot_be_used_is_400(header: str, value: str, api: Api) -> None:
    """The problem names it."""
    answer = api.http.post("/v1/jobs", json={"prompt": "a fox"}, headers={header: value})
    assert header in _problem(answer, 400, "invalid_header")["detail"]


@pytest.mark.parametrize("job_id", ODD_IDS)
def test_a_job_that_is_not_there_is_404(job_id: str, api: Api) -> None:
    """By whatever call, and however odd the id is."""
    url = f"/v1/jobs/{job_id}"
    for method, path in (
        ("GET", url), ("GET", f"{url}/images/0"), ("POST", f"{url}/cancel"), ("POST", f"{url}/retry"), ("DELETE", url),
    ):  # fmt: skip
        _problem(api.http.request(method, path), 404)


@pytest.mark.parametrize("path", ["/nope", "/v1", "/v1/jobs/a/b/c", "/v2/jobs", "//v1/jobs"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_what_is_not_there_is_404(method: str, path: str, api: Api) -> None:
    """A problem like any other."""
    _problem(api.http.request(method, path), 404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/v1/jobs", "POST"),
        ("PATCH", f"/v1/jobs/{JOB}", "DELETE"),
        ("DELETE", f"/v1/jobs/{JOB}/cancel", "POST"),
        ("OPTIONS", f"/v1/jobs/{JOB}", "GET"),
    ],
)
def test_another_method_is_405_and_says_which_are_allowed(method: str, path: str, allowed: str, api: Api) -> None:
    """In `Allow`, as RFC 9110 wants it."""
    answer = api.http.request(method, path)
    _problem(answer, 405, "method_not_allowed")
    assert allowed in answer.headers["Allow"].split(", ")
