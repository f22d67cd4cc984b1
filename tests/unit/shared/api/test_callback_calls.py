"""POST /v1/callbacks/{provider}/{job_id}/{token}."""

import pytest

from shared.config import Settings
from shared.domain.callbacks import token
from tests.builders import JOB_ID, a_job
from tests.unit.shared.api.asking import Api

CLOSED = Settings(callback_secret="a secret")  # noqa: S106 - of nothing
WAITING = a_job(provider_operation="task-1")
PATH = f"/v1/callbacks/nanobanana/{JOB_ID}/{token('a secret', 'nanobanana', WAITING)}"


@pytest.mark.parametrize("body", [b"", b'{"code": 200}', b"\xff" * 1000])
@pytest.mark.parametrize("media_type", ["application/json", "text/plain", ""])
def test_a_callback_needs_its_address_alone(body: bytes, media_type: str) -> None:
    """No key of ours, and no body that anybody could read."""
    api = Api(CLOSED)
    api.jobs.has(WAITING)
    answer = api.submit.post(PATH, content=body, headers={"Content-Type": media_type})
    assert (answer.status_code, answer.content, api.queue.ids) == (200, b"", [JOB_ID])


def test_forged_and_unknown_get_the_same_answer() -> None:
    """To the byte."""
    api, empty = Api(CLOSED), Api(CLOSED)
    api.jobs.has(WAITING)
    answers = [api.submit.post(PATH[:-1] + "+"), empty.submit.post(PATH), Api(Settings()).submit.post(PATH)]
    assert {answer.status_code for answer in answers} == {404}
    assert len({(answer.content, str(answer.headers)) for answer in answers}) == 1


def test_a_body_has_its_bounds() -> None:
    """1 MiB, before anything is looked for."""
    api = Api(CLOSED)
    answer = api.submit.post(PATH, content=b"x" * (1024 * 1024 + 1))
    assert (answer.status_code, answer.json()["code"], api.jobs.calls) == (413, "body_too_large", [])


def test_what_is_not_configured_is_named() -> None:
    """By its variable."""
    answer = Api(Settings(provider_polling=False)).submit.post(PATH)
    assert (answer.status_code, answer.json()["code"]) == (503, "missing_callback_secret")
