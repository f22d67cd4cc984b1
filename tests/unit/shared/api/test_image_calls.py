"""GET of one image, in each of the ways that it can be had."""

from base64 import b64decode
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from shared.domain.job import Artifact, StoredImage
from shared.use_cases.read import MAX_DATA
from tests.builders import JOB_ID, a_job_in
from tests.fakes.clock import NOON
from tests.fakes.image_store import FakeObject
from tests.unit.shared.api.asking import Api

PATH = f"/v1/jobs/{JOB_ID}/images/0"
DATA = b"not looked into"


def an_image(name: str, mime_type: str = "image/png") -> dict[str, Any]:
    """The fields of one stored image."""
    uri = f"gs://fake-bucket/a/{name}"
    return {"uri": uri, "sha256": "0" * 64, "mime_type": mime_type, "width": 2, "height": 3, "bytes": len(DATA)}


PLAIN = Artifact(index=0, **an_image("b.webp", "image/webp"))
BOTH = msgspec.structs.replace(
    PLAIN,
    original=StoredImage(**an_image("b_original.png")),
    thumbnail=StoredImage(**an_image("b_thumbnail.jpg", "image/jpeg")),
)


def done(artifact: Artifact = BOTH) -> Api:
    """An API that knows one completed job."""
    api = Api()
    api.jobs.has(a_job_in("completed", artifacts=(artifact,), completed_at=NOON))
    return api


@pytest.mark.parametrize(
    ("query", "name", "file"),
    [
        ("", "b.webp", f"{JOB_ID}_0.webp"),
        ("thumbnail", "b_thumbnail.jpg", f"{JOB_ID}_0_thumbnail.jpg"),
        ("original", "b_original.png", f"{JOB_ID}_0_original.png"),
    ],
)
def test_each_is_a_redirect_to_its_own_link(query: str, name: str, file: str) -> None:
    """Kept by nobody; `download` names the file for what it is."""
    answer = done().status.get(f"{PATH}?{query}")
    assert (answer.status_code, answer.headers["cache-control"]) == (302, "no-store")
    assert answer.headers["location"].startswith(f"https://fake.test/a/{name}?")
    assert file in done().status.get(f"{PATH}?download&{query}").headers["location"]


@pytest.mark.parametrize(
    ("query", "name", "mime_type"),
    [
        ("", "b.webp", "image/webp"),
        ("&thumbnail", "b_thumbnail.jpg", "image/jpeg"),
        ("&download", "b.webp", "image/webp"),
    ],
)
def test_the_link_comes_in_the_answer_where_it_cannot_be_followed(query: str, name: str, mime_type: str) -> None:
    """As a redirect would lead, with how long it works at least: a page asks for its pictures without a key."""
    api = done()
    answer = api.status.get(f"{PATH}?redirect=false{query}")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    link = answer.json()
    assert link["url"] == api.status.get(f"{PATH}?{query[1:]}").headers["location"]
    assert f"/{name}?" in link["url"]
    assert (link["mime_type"], link.keys()) == (mime_type, {"url", "expires_at", "mime_type"})
    assert datetime.fromisoformat(link["expires_at"]) == api.clock.now() + timedelta(minutes=30)
    assert api.status.get(f"{PATH}?redirect").status_code == 302


def test_a_view_has_an_address_of_ours_for_each() -> None:
    """They lead there."""
    (image,) = done().status.get(f"/v1/jobs/{JOB_ID}").json()["images"]
    for kind in ("thumbnail", "original"):
        assert image[kind]["url"] == f"http://api.test{PATH}?{kind}"
        assert kind in done().status.get(image[kind]["url"]).headers["location"]
    (plain,) = done(PLAIN).status.get(f"/v1/jobs/{JOB_ID}").json()["images"]
    assert (plain["thumbnail"], plain["original"], plain["problem"]) == (None, None, None)


@pytest.mark.parametrize(
    ("kind", "artifact", "why"),
    [
        ("thumbnail", PLAIN, "did not ask"),
        ("thumbnail", msgspec.structs.replace(PLAIN, problem="Too odd"), "Too odd"),
        ("original", PLAIN, "byte for byte"),
    ],
)
def test_what_is_not_there_is_404_with_the_reason(kind: str, artifact: Artifact, why: str) -> None:
    """Not asked for, not made, not needed."""
    answer = done(artifact).status.get(f"{PATH}?{kind}")
    assert (answer.status_code, answer.json()["code"]) == (404, f"{kind}_not_found")
    assert why in answer.json()["detail"]


def test_only_one_can_be_asked_for() -> None:
    """400, with words."""
    answer = done().status.get(f"{PATH}?thumbnail&original")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_query")


def test_the_bytes_come_in_the_answer_where_it_is_asked_for() -> None:
    """As base64, with their type."""
    api = done()
    api.images.objects["a/b_thumbnail.jpg"] = FakeObject(DATA, "image/jpeg", "token", {}, 1)
    answer = api.status.get(f"{PATH}?base64&thumbnail")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert (b64decode(answer.json()["image_base64"]), answer.json()["mime_type"]) == (DATA, "image/jpeg")


def test_an_image_that_is_gone_is_404() -> None:
    """Not an empty one."""
    answer = done().status.get(f"{PATH}?base64")
    assert (answer.status_code, answer.json()["code"]) == (404, "image_gone")


def test_an_answer_has_its_bounds() -> None:
    """Nothing is fetched; the link is the way."""
    api = done(msgspec.structs.replace(PLAIN, bytes=MAX_DATA + 1))
    api.images.objects["a/b.webp"] = FakeObject(DATA, "image/webp", "token", {}, 1)
    answer = api.status.get(f"{PATH}?base64")
    assert (answer.status_code, answer.json()["code"]) == (422, "image_too_large")
    assert api.status.get(PATH).status_code == 302
