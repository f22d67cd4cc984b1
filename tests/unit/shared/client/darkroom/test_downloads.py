"""Images arrive as the job names them, or not at all."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from darkroom import errors

from tests.fakes.http_server import Answer, Asked, json_answer
from tests.unit.shared.client.darkroom.service import DONE, JOB, LOST, Service, a_problem

PICTURE, SMALL = b"\x89PNG picture", b"\x89PNG small"


def stored(content: bytes, **more: Any) -> dict[str, Any]:
    """An image as a job names it."""
    name = {"url": "u", "uri": "gs://b/o", "mime_type": "image/png", "width": 1, "height": 2, "bytes": len(content)}
    return {**name, "sha256": sha256(content).hexdigest(), **more}


IMAGES = [
    stored(PICTURE, index=0, seed=7, thumbnail=stored(SMALL), original=None),
    stored(PICTURE, index=1, mime_type="image/webp", thumbnail=None),
]
WITH_IMAGES = {**DONE, "images": IMAGES}


class Bucket:
    """Behind the deployment: its links, and what is at each; a fault strikes once."""

    def __init__(self, deployment: Service) -> None:
        self.faults: list[Answer] = []
        self.links = 0
        self._url = deployment.server.url
        deployment.answers = [self]

    def __call__(self, asked: Asked) -> Answer:
        """As the deployment and the bucket answer."""
        if asked.path == f"/v1/jobs/{JOB}":
            return json_answer(WITH_IMAGES)
        if asked.path.startswith("/v1/"):
            self.links += 1
            kind = "small" if "thumbnail" in asked.query else "picture"
            return Answer(302, headers={"Location": f"{self._url}/bucket/{kind}?signature={self.links}"})
        if self.faults:
            return self.faults.pop(0)
        return Answer(200, SMALL if asked.path.endswith("small") else PICTURE)


@pytest.fixture
def bucket(deployment: Service) -> Bucket:
    """The deployment's, which has all the pictures."""
    return Bucket(deployment)


def test_images_come_with_their_bytes(deployment: Service, bucket: Bucket) -> None:
    """And the key goes to the deployment alone."""
    with deployment.client() as client:
        first, second = client.images(JOB)
    assert (first.content, first.seed, first.path, second.index) == (PICTURE, 7, None, 1)
    keys = {asked.path.split("/")[1]: asked.headers.get("authorization") for asked in deployment.asked}
    assert keys == {"v1": "Bearer k", "bucket": None}
    assert bucket.links == 2


def test_images_are_saved_whole(deployment: Service, bucket: Bucket, tmp_path: Path) -> None:
    """Into a folder that is made for them, by names that tell what they are; also what lies beside them."""
    folder = tmp_path / "out" / "fox"
    with deployment.client() as client:
        pictures = client.images(JOB, folder=folder)
        (small,) = client.images(pictures[0].job_id, folder=str(folder), kind="thumbnail")
        assert client.images(JOB, kind="original") == ()
    assert [image.path for image in pictures] == [folder / f"{JOB}_0.png", folder / f"{JOB}_1.webp"]
    assert small.path == folder / f"{JOB}_0_thumbnail.png"
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        f"{JOB}_0.png": PICTURE, f"{JOB}_1.webp": PICTURE, f"{JOB}_0_thumbnail.png": SMALL,
    }  # fmt: skip
    assert bucket.links == 3


@pytest.mark.parametrize(
    "fault", [LOST, Answer(200, PICTURE[:4]), Answer(200, PICTURE[:4], length=99), Answer(403), Answer(503)]
)
def test_what_goes_wrong_on_the_way_begins_again(deployment: Service, bucket: Bucket, fault: Answer) -> None:
    """With a fresh link: the one before may be over."""
    bucket.faults = [fault]
    with deployment.client() as client:
        assert [image.content for image in client.images(JOB)] == [PICTURE, PICTURE]
    assert bucket.links == 3


def test_other_bytes_are_no_image(deployment: Service, bucket: Bucket, tmp_path: Path) -> None:
    """However often they are asked for: nothing is saved."""
    bucket.faults = [Answer(200, b"other")] * 3
    with deployment.client(retries=2) as client, pytest.raises(errors.Corrupt, match="image 0 of job"):
        client.images(JOB, folder=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_leaves_nothing_behind(
    deployment: Service, bucket: Bucket, tmp_path: Path
) -> None:
    """The error is the system's own."""
    in_its_place = tmp_path / f"{JOB}_0.png"
    in_its_place.mkdir()
    with deployment.client() as client, pytest.raises(OSError, match=in_its_place.name):
        client.images(JOB, folder=tmp_path)
    assert list(tmp_path.iterdir()) == [in_its_place]
    assert bucket.links == 1


def test_a_job_s_id_leads_nowhere_else(deployment: Service, bucket: Bucket, tmp_path: Path) -> None:
    """A file's name is made of it."""
    with deployment.client() as client:
        job = client.get(JOB)
        deployment.answers = [json_answer({**WITH_IMAGES, "id": "../x"})]
        strange = client.get(JOB)
        deployment.answers = [bucket]
        with pytest.raises(errors.NotDarkroom, match="no id of a job"):
            client.images(strange, folder=tmp_path / "in")
        assert len(client.images(job)) == 2
    assert not (tmp_path / "x_0.png").exists()


def test_an_image_that_is_gone_is_told(deployment: Service) -> None:
    """By the deployment's own words."""
    deployment.answers = [json_answer(WITH_IMAGES), a_problem(404, "image_gone")]
    with deployment.client() as client, pytest.raises(errors.NotFound, match="image_gone"):
        client.images(JOB)


def test_a_picture_is_sent_to_where_it_is_to_go(deployment: Service, tmp_path: Path) -> None:
    """With the headers that were signed and no key, again where it was lost."""
    upload = {
        "id": "up", "method": "PUT", "upload_url": f"{deployment.server.url}/bucket/up", "headers": {"x-signed": "1"},
    }  # fmt: skip
    deployment.answers = [json_answer(upload, 201), LOST, Answer(503), Answer(200)]
    (tmp_path / "in.png").write_bytes(PICTURE)
    with deployment.client() as client:
        assert client.upload(tmp_path / "in.png", "image/png") == "up"
        assert deployment.asked[0].json()["bytes"] == len(PICTURE)
        sent = deployment.asked[-1]
        assert (sent.method, sent.path, sent.body, sent.headers["x-signed"]) == ("PUT", "/bucket/up", PICTURE, "1")
        assert "authorization" not in sent.headers
        for there in (Answer(412), Answer(403, b"<Details>It lacks storage.objects.delete</Details>")):
            deployment.answers = [json_answer(upload, 201), LOST, there]
            assert client.upload(PICTURE, "image/png") == "up"  # the first attempt had brought it there
        deployment.answers = [json_answer(upload, 201), Answer(403)]
        with pytest.raises(errors.Unreachable, match="answered 403"):
            client.upload(PICTURE, "image/png")
