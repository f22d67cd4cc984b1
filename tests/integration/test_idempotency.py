"""One key, one job: however often and however fast the same request comes."""

import socket
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import httpx
import pytest

from tests.integration.api import Api, a_key, a_prompt
from tests.integration.inside import Inside, counting, referenced
from tests.processes import Control
from tests.stack import RunningStack

PROBLEM = "application/problem+json"


def test_fifty_at_once_are_one_job_one_call_and_one_image(api: Api, inside: Inside, control: Control) -> None:
    """All fifty answers name the same job, and all but the one that made it say so."""
    key, body = a_key(), {"prompt": a_prompt(), "cache": "off"}
    with counting(control) as calls:
        with ThreadPoolExecutor(50) as pool:
            answers = list(pool.map(lambda _: api.post(body, key=key), range(50)))
        job = api.reached(answers[0].json(), "completed")
    assert {answer.status_code for answer in answers} <= {200, 202}
    assert {answer.json()["id"] for answer in answers} == {job["id"]}
    assert [answer.headers.get("Idempotency-Replayed") for answer in answers].count("true") == 49
    assert len(inside.documents(idempotency_key=key)) == 1
    assert calls["vertex.Predict"] == 1
    assert len(job["images"]) == 1
    assert inside.names(job) == referenced(job)
    assert job["attempt_count"] == 1


def test_the_same_request_in_other_words_is_the_same_request(api: Api) -> None:
    """Neither the order of the fields nor a default that is written out makes another request of it."""
    key, prompt = a_key(), a_prompt()
    job = api.submit(key=key, prompt=prompt, labels={"a": "1", "b": "2"}, not_before="2100-01-01T00:00:00Z")
    same = {"n": 1, "not_before": "2100-01-01T00:00:00Z", "labels": {"b": "2", "a": "1"}, "prompt": prompt}
    answer = api.post(same, key=key)
    assert (answer.status_code, answer.headers["Idempotency-Replayed"]) == (202, "true")
    assert answer.json()["id"] == job["id"]
    api.command(job, "cancel").raise_for_status()


def test_a_repeat_after_the_end_is_200_and_does_no_work(api: Api, control: Control) -> None:
    """The stored job comes back with its images; nothing is published or called."""
    key, prompt = a_key(), a_prompt()
    job = api.completed(key=key, prompt=prompt)
    with counting(control) as calls:
        answer = api.post({"prompt": prompt}, key=key)
    assert answer.status_code == httpx.codes.OK
    assert answer.headers["Idempotency-Replayed"] == "true"
    assert answer.json() == job
    assert calls == {"firestore.Commit": 1, "firestore.GetDocument": 1}


def test_another_request_under_a_key_is_422(api: Api, inside: Inside) -> None:
    """The problem names the job that has the key, which stays as it is."""
    key = a_key()
    job = api.submit(key=key, not_before="2100-01-01T00:00:00Z")
    answer = api.post({"prompt": a_prompt("another")}, key=key)
    assert (answer.status_code, answer.headers["content-type"]) == (422, PROBLEM)
    assert answer.json()["code"] == "idempotency_key_reused"
    assert job["id"] in answer.json()["detail"]
    assert len(inside.documents(idempotency_key=key)) == 1
    api.command(job, "cancel").raise_for_status()


def test_a_refused_request_does_not_use_its_key_up(api: Api) -> None:
    """After a 400 the same key takes the corrected request."""
    key = a_key()
    assert api.post({"prompt": ""}, key=key).status_code == httpx.codes.BAD_REQUEST
    job = api.submit(key=key, not_before="2100-01-01T00:00:00Z")
    assert job["idempotency_key"] == key
    api.command(job, "cancel").raise_for_status()


def test_a_key_may_have_255_visible_characters_under_either_name(api: Api) -> None:
    """`X-Idempotency-Key` is another name of the same header."""
    key = "~" * 255
    job = api.submit(key=key, prompt="255 characters", not_before="2100-01-01T00:00:00Z")
    body = {"prompt": "255 characters", "not_before": "2100-01-01T00:00:00Z"}
    again = api.http.post("/v1/jobs", json=body, headers={"X-Idempotency-Key": key})
    assert again.json()["id"] == job["id"]
    api.command(job, "cancel").raise_for_status()


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(b"a" * 256, id="256 characters"),
        pytest.param(b"", id="empty"),
        pytest.param(b"a b", id="a space"),
        pytest.param(b"a\tb", id="a tab"),
        pytest.param("schlüssel".encode(), id="UTF-8"),
        pytest.param(b"schl\xfcssel", id="Latin-1"),
        pytest.param(b"a\x7f", id="DEL"),
        pytest.param(b"a\nb", id="newline"),
        pytest.param(b"a\r\n b", id="folded line"),
        pytest.param(b"a\x00b", id="NUL"),
    ],
)
@pytest.mark.parametrize("through", ["gateway", "submit"])
def test_a_key_that_cannot_be_used_is_400(key: bytes, through: str, darkroom: RunningStack) -> None:
    """Whether the server's parser or the function refuses it, nothing is written."""
    url = darkroom.base_url if through == "gateway" else darkroom.function_url(through)
    with counting(darkroom.control) as calls:
        assert _status(url, key) == httpx.codes.BAD_REQUEST
    assert not calls


def _status(url: str, key: bytes) -> int:
    """The answer's status to a request with these very bytes as its key, which no client would send."""
    address, body = urlsplit(url), b'{"prompt": "a key that cannot be used"}'
    head = (
        b"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n"
        b"Content-Length: %d\r\nIdempotency-Key: %b\r\n\r\n" % (len(body), key)
    )
    with socket.create_connection((address.hostname or "", address.port or 80), timeout=60) as connection:
        connection.sendall(head + body)
        with connection.makefile("rb") as answer:
            return int(answer.readline().split()[1])
