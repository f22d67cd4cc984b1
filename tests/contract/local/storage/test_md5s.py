"""The MD5s of objects whose uploads did not ask for them: in every later answer, and computed only for one."""

import base64
import os
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from google.cloud import storage

from shared.gcp.multipart import Resource, upload
from tests.contract.local.storage.checksums import md5
from tests.processes import local_cloud

LARGE = os.urandom(5_000_000)  # hashed in a thread
DATA = {"small": b"picture", "empty": b"", "large": LARGE}
ANYBODY = {"authorization": "Bearer anybody"}


@pytest.fixture(params=sorted(DATA))
def data(request: pytest.FixtureRequest) -> bytes:
    """The bytes of an object."""
    return DATA[request.param]


@pytest.fixture
def base(bucket: storage.Bucket, data: bytes) -> str:
    """The path of the objects, one of which is `a`, stored as this project's code stores pictures."""
    upload(bucket, Resource(name="a", content_type="image/png", metadata={"k": "v"}), data, 0, 20)
    return f"/storage/v1/b/{bucket.name}/o"


def of_header(answer: httpx.Response) -> str:
    """The MD5 in X-Goog-Hash."""
    found: str = answer.raise_for_status().headers["x-goog-hash"].partition("md5=")[2]
    return found


def of_tag(answer: httpx.Response) -> str:
    """The MD5 in the ETag of the XML API."""
    return base64.b64encode(bytes.fromhex(answer.raise_for_status().headers["etag"].strip('"'))).decode()


def of_batch(answer: httpx.Response) -> str:
    """The MD5 in the only answer of a batch."""
    return answer.text.partition('"md5Hash":"')[2].partition('"')[0]


CALL = b"--b\r\nContent-Type: application/http\r\n\r\nGET %s/a HTTP/1.1\r\n\r\n\r\n--b--"
BATCH = {"content-type": "multipart/mixed; boundary=b"}
# What asks for it first, of the objects at a path.
ASKING: dict[str, Callable[[httpx.Client, str], str]] = {
    "get": lambda http, base: http.get(f"{base}/a").json()["md5Hash"],
    "masked": lambda http, base: http.get(f"{base}/a?fields=md5Hash").json()["md5Hash"],
    "list": lambda http, base: http.get(base).json()["items"][0]["md5Hash"],
    "masked_list": lambda http, base: http.get(f"{base}?fields=items/md5Hash").json()["items"][0]["md5Hash"],
    "download": lambda http, base: of_header(http.get(f"/download{base}/a?alt=media")),
    "xml_header": lambda http, base: of_header(http.get(f"/{base.split('/')[4]}/a", headers=ANYBODY)),
    "xml_tag": lambda http, base: of_tag(http.head(f"/{base.split('/')[4]}/a", headers=ANYBODY)),
    "copy": lambda http, base: http.post(f"{base}/a/copyTo{base.removeprefix('/storage/v1')}/c").json()["md5Hash"],
    "rewrite": lambda http, base: http.post(
        f"{base}/a/rewriteTo{base.removeprefix('/storage/v1')}/c?fields=done,resource(md5Hash)"
    ).json()["resource"]["md5Hash"],
    "batch": lambda http, base: of_batch(
        http.post("/batch/storage/v1", content=CALL % base.encode(), headers=BATCH)
    ),
}  # fmt: skip


@pytest.mark.parametrize("way", ASKING)
def test_every_answer_has_the_md5_of_the_bytes(http: httpx.Client, base: str, data: bytes, way: str) -> None:
    """Whoever asks first, and however; that somebody asked changes nothing else of the object."""
    before = http.get(f"{base}/a?fields=etag,generation,metadata,metageneration,timeCreated,updated").json()
    assert "md5Hash" not in before
    assert ASKING[way](http, base) == md5(data)
    after = http.get(f"{base}/a").json()
    assert after.items() >= before.items()
    assert (after["md5Hash"], after["metageneration"]) == (md5(data), "1")
    assert http.get(f"/download{base}/a?alt=media").content == data


def test_a_change_and_a_move_keep_it(http: httpx.Client, base: str, data: bytes) -> None:
    """Whether they are the first to be asked for it or not."""
    changed = http.patch(f"{base}/a", json={"metadata": {"k": "w"}}).json()
    assert (changed["md5Hash"], changed["metageneration"]) == (md5(data), "2")
    http.post(f"{base}/a/moveTo/o/b?fields=name").raise_for_status()
    assert http.post(f"{base}/b/moveTo/o/c").json()["md5Hash"] == md5(data)
    assert [(item["name"], item["md5Hash"]) for item in http.get(base).json()["items"]] == [("c", md5(data))]


def test_what_is_composed_has_none_ever(bucket: storage.Bucket, http: httpx.Client) -> None:
    """Nor has its copy, however often it is asked for."""
    base = f"/storage/v1/b/{bucket.name}/o"
    upload(bucket, Resource(name="a", content_type="text/plain", metadata={}), b"data", 0, 20)
    http.post(f"{base}/joined/compose?fields=name", json={"sourceObjects": [{"name": "a"}]}).raise_for_status()
    copied = http.post(f"{base}/joined/copyTo/b/{bucket.name}/o/copied").json()
    listed = {item["name"]: item.get("md5Hash") for item in http.get(base).json()["items"]}
    assert ("md5Hash" in copied, listed) == (False, {"a": md5(b"data"), "copied": None, "joined": None})
    assert of_header(http.get(f"/download{base}/joined?alt=media")) == ""


BODY = b'--b\r\n\r\n{"name": "a", "md5Hash": "%s"}\r\n--b\r\n\r\ndata\r\n--b--'
WRONG = "AAAAAAAAAAAAAAAAAAAAAA=="
RIGHT = md5(b"data")


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (BODY % WRONG.encode(), {}),
        (BODY % b"", {"x-goog-hash": f"md5={WRONG}"}),
        (BODY % RIGHT.encode(), {"content-md5": WRONG}),
    ],
    ids=["resource", "x_goog_hash", "content_md5"],
)
def test_a_wrong_md5_is_refused_though_none_is_to_be_answered(
    bucket: storage.Bucket, http: httpx.Client, body: bytes, headers: dict[str, str]
) -> None:
    """400, and nothing is stored; a right one is taken."""
    path = f"/upload/storage/v1/b/{bucket.name}/o?uploadType=multipart&fields=generation"
    headers = {"content-type": "multipart/related; boundary=b", **headers}
    answer = http.post(path, content=body, headers=headers)
    assert (answer.status_code, "MD5" in answer.text) == (400, True)
    assert not bucket.blob("a").exists()
    right = {name: value.replace(WRONG, RIGHT) for name, value in headers.items()}
    answer = http.post(path, content=body.replace(WRONG.encode(), RIGHT.encode()), headers=right)
    assert (answer.status_code, list(answer.json())) == (200, ["generation"])


@pytest.mark.parametrize("given", ["", RIGHT])
def test_fields_that_cannot_be_read_are_refused_before_anything_is_stored(
    bucket: storage.Bucket, http: httpx.Client, given: str
) -> None:
    """400, whether the sender's own MD5 is to be checked or not."""
    path = f"/upload/storage/v1/b/{bucket.name}/o?uploadType=multipart&fields=name("
    headers = {"content-type": "multipart/related; boundary=b"}
    assert http.post(path, content=BODY % given.encode(), headers=headers).status_code == 400
    assert not bucket.blob("a").exists()


def test_it_is_computed_once_for_the_first_who_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also in the next process; seen by the files, whose bytes are exchanged behind the cloud's back."""
    monkeypatch.setenv("DISABLE_GCS_PYTHON_CLIENT_OTEL_BUCKET_METADATA", "true")
    options = ("--services", "storage", "--data", str(tmp_path))
    path = "/storage/v1/b/lasting/o"

    def exchange(data: bytes) -> None:
        for file in (tmp_path / "storage" / "objects").iterdir():
            file.write_bytes(data)

    with local_cloud(*options) as first, httpx.Client(base_url=first.host("storage")) as http:
        http.post("/storage/v1/b?project=p", json={"name": "lasting"}).raise_for_status()
        multipart = {"content-type": "multipart/related; boundary=b"}
        unasked = f"/upload{path}?uploadType=multipart&fields=generation"
        http.post(unasked, content=BODY % b"", headers=multipart).raise_for_status()
        http.get(f"{path}/a?fields=name,crc32c").raise_for_status()
        http.get(f"{path}?fields=items(name)").raise_for_status()
        http.post(f"{path}/a/copyTo/b/lasting/o/b?fields=name").raise_for_status()
    exchange(b"seen")
    with local_cloud(*options) as second, httpx.Client(base_url=second.host("storage")) as http:
        assert [item["md5Hash"] for item in http.get(path).json()["items"]] == [md5(b"seen")] * 2
        exchange(b"late")
        assert http.get(f"{path}/a").json()["md5Hash"] == md5(b"seen")
    with local_cloud(*options) as third, httpx.Client(base_url=third.host("storage")) as http:
        found = http.get(f"{path}/a").json()
        assert (found["md5Hash"], found["metageneration"]) == (md5(b"seen"), "1")
