"""OpenAI's images API: how a call is a job, and what its clients are told; its own client in the same process."""

import asyncio
from base64 import b64decode
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import httpx
import httpx2
import msgspec
import openai
import pytest
from PIL import Image

from shared.api.contract.codes import CODES
from shared.api.dialects.openai import said
from shared.config import Settings
from shared.domain.api_key import Token, fresh_secret, hash_of
from shared.domain.endings import canceled, failed
from shared.domain.errors import FailureType, Rejected
from shared.domain.job import Artifact, Failure, Job, Stage
from shared.domain.missing import Missing
from shared.domain.tenant import Allowance, Budget, Tenant
from tests.builders import a_job_in, a_key, image_bytes
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.image_store import FakeObject
from tests.unit.shared.api.asking import OPEN, Api

GENERATE, EDIT = "/v1/images/generations", "/v1/images/edits"
BODY: dict[str, Any] = {"prompt": "a fox in the snow"}
PICTURE = image_bytes()
REPEAT = {"x-stainless-retry-count": "1"}
End = Callable[[Job], Job]


def completes(job: Job) -> Job:
    """It ends with as many images as were asked for, told of in other words."""
    artifact: dict[str, Any] = {"sha256": "0" * 64, "mime_type": job.mime_type, "width": 2, "height": 3, "bytes": 4}
    artifacts = tuple(
        Artifact(index=at, uri=f"gs://fake-bucket/{at}.png", **artifact) for at in range(job.n)
    )  # fmt: skip
    done = a_job_in("completed", artifacts=artifacts, completed_at=NOON)
    ends = ("status", "artifacts", "completed_at", "status_sequence", "timeline")
    return msgspec.structs.replace(job, prompt_used="A fox.", **{name: getattr(done, name) for name in ends})


def fails(kind: FailureType = "PERMANENT", code: str = "safety_blocked", stage: Stage = "generating") -> End:
    """It ends so."""
    failure = Failure(type=kind, stage=stage, code=code, message="No.", retryable=False)
    return lambda job: failed(job, NOON, failure)


def an_api(end: End | None = completes, settings: Settings = OPEN) -> Api:
    """Whose jobs end as soon as they are recorded; None: they do not."""
    api = Api(settings, FakeClock(patient=end is not None))
    for at in range(10):
        api.images.objects[f"{at}.png"] = FakeObject(b"img%d" % at, "image/png", "t", {}, 1)

    def recorded(_: str, job: Job | None) -> None:
        if end and job and job.status == "queued":
            api.jobs.change(job.id, end)

    api.jobs.listeners.append(recorded)
    return api


def the_job(api: Api) -> Job:
    """The one that was made."""
    (job_id,) = {job.id for job in api.jobs.history}
    return api.jobs.job(job_id)


def error(answer: httpx.Response) -> dict[str, Any]:
    """What is wrong, in the API's own shape and no other."""
    assert answer.headers["content-type"] == "application/json"
    assert answer.json().keys() == {"error"}
    found: dict[str, Any] = answer.json()["error"]
    assert found.keys() == {"message", "type", "param", "code"}
    assert found["message"]
    return found


def test_an_answer_has_what_clients_read() -> None:
    """A link to each image, what the model was told, and the job's id."""
    api = an_api()
    answer = api.openai.post(GENERATE, json=BODY | {"n": 2})
    assert (answer.status_code, answer.json()) == (200, {
        "created": int(NOON.timestamp()),
        "data": [
            {"url": f"https://fake.test/{at}.png?seconds=3600", "revised_prompt": "A fox."} for at in range(2)
        ],
        "output_format": "png",
        "size": "2x3",
    })  # fmt: skip
    job = the_job(api)
    assert answer.headers["x-request-id"] == job.id
    assert (job.dialect, job.cache, job.n, job.model) == ("openai", "off", 2, "imagen-4.0-generate-001")


@pytest.mark.parametrize(
    ("asked", "bytes_"),
    [
        ({}, False),
        ({"model": "dall-e-3"}, False),
        ({"model": "gpt-image-1"}, True),
        ({"model": "gpt-image-2-2026-04-21"}, True),
        ({"model": "fast"}, False),
        ({"response_format": "b64_json"}, True),
        ({"model": "gpt-image-1", "response_format": "url"}, False),
    ],
)
def test_images_come_as_the_model_s_clients_expect_them(asked: dict[str, Any], *, bytes_: bool) -> None:
    """A link or bytes: as is asked for, else by the model's name."""
    (image,) = an_api().openai.post(GENERATE, json=BODY | asked).json()["data"]
    assert image.keys() == {"b64_json" if bytes_ else "url", "revised_prompt"}
    assert not bytes_ or b64decode(image["b64_json"]) == b"img0"


@pytest.mark.parametrize(
    ("asked", "job"),
    [
        ({"model": "dall-e-2"}, {"model": "imagen-4.0-fast-generate-001"}),
        ({"model": "dall-e-3", "quality": "standard"}, {"model": "imagen-4.0-generate-001"}),
        ({"model": "dall-e-3", "quality": "hd"}, {"model": "imagen-4.0-ultra-generate-001"}),
        ({"model": "gpt-image-1", "quality": "low"}, {"model": "imagen-4.0-fast-generate-001"}),
        ({"model": "gpt-image-1", "quality": "auto"}, {"model": "imagen-4.0-generate-001"}),
        ({"model": "gemini-3-pro-image", "quality": "low"}, {"model": "gemini-3-pro-image"}),
        ({"model": None, "n": None, "size": None}, {"model": "imagen-4.0-generate-001", "n": 1, "fit": "none"}),
        ({"size": "auto"}, {"width": None, "aspect_ratio": "1:1"}),
        ({"size": "1792x1024"}, {"width": 1792, "height": 1024, "fit": "cover", "aspect_ratio": "16:9"}),
        ({"output_format": "webp", "output_compression": 7}, {"mime_type": "image/webp", "compression": 7}),
        ({"user": "ada"}, {"user_id": "ada"}),
        ({"user": "ada", "safety_identifier": "bob"}, {"user_id": "bob"}),
        ({"user": ""}, {"user_id": "header"}),
        ({"style": "vivid", "moderation": "low", "what": {"ever": 1}, "background": "auto", "stream": False}, {}),
    ],
)
def test_what_a_call_asks_for_the_job_has(asked: dict[str, Any], job: dict[str, Any]) -> None:
    """What the dialect does not know does not matter."""
    api = an_api()
    answer = api.openai.post(GENERATE, json=BODY | asked, headers={"X-User-ID": "header"})
    assert answer.status_code == 200, answer.text
    made = the_job(api)
    assert {name: getattr(made, name) for name in job} == job


def test_images_that_did_not_come_are_not_there() -> None:
    """The others are."""
    missing = (Missing(code="safety_blocked", message="No."),)
    api = an_api(
        lambda job: msgspec.structs.replace(completes(job), artifacts=completes(job).artifacts[:1], missing=missing)
    )
    assert len(api.openai.post(GENERATE, json=BODY | {"n": 2}).json()["data"]) == 1


@pytest.mark.parametrize(
    ("body", "param", "code"),
    [
        ({}, "prompt", "invalid_request"),
        ({"prompt": " "}, "prompt", "invalid_request"),
        ({"n": 0}, "n", "invalid_request"),
        ({"n": 11}, "n", "invalid_request"),
        ({"size": "large"}, "size", "invalid_request"),
        ({"size": "32x1024"}, "size", "invalid_request"),
        ({"size": "1024x9000"}, "size", "invalid_request"),
        ({"model": "dall-e-9"}, "model", "model_not_found"),
        ({"response_format": "svg"}, "response_format", "invalid_request"),
        ({"output_format": "gif"}, "output_format", "invalid_request"),
        ({"output_compression": 50}, "output_compression", "invalid_request"),
        ({"background": "transparent"}, "background", "invalid_request"),
        ({"stream": True}, "stream", "invalid_request"),
        ({"model": "google/imagen-4", "n": 5}, "n", "unsupported_by_model"),
    ],
)
def test_what_is_wrong_with_a_call(body: dict[str, Any], param: str, code: str) -> None:
    """The parameter at fault is named as the API names it; nothing is made."""
    api = an_api()
    answer = api.openai.post(GENERATE, json=(BODY if body else {}) | body)
    found = error(answer)
    assert (answer.status_code, found["type"]) == (400, "invalid_request_error")
    assert (found["param"], found["code"]) == (param, code)
    assert api.jobs.history == []


@pytest.mark.parametrize(
    ("end", "asked", "status", "kind", "code"),
    [
        (fails(), {}, 400, "image_generation_user_error", "content_policy_violation"),
        (fails(), {"model": "dall-e-3"}, 400, "image_generation_user_error", "content_policy_violation"),
        (fails(), {"model": "gpt-image-2"}, 400, "image_generation_user_error", "moderation_blocked"),
        (fails(code="input_not_an_image", stage="validating"), {}, 400, "invalid_request_error", "input_not_an_image"),
        (fails(code="bucket_not_found", stage="uploading"), {}, 500, "server_error", "bucket_not_found"),
        (fails("TEMPORARY", "model_unavailable"), {}, 500, "server_error", "model_unavailable"),
        (fails("RATE_LIMIT", "model_rate_limit"), {}, 500, "server_error", "model_rate_limit"),
        (fails("UNKNOWN", "unexpected"), {}, 500, "server_error", "unexpected"),
        (lambda job: canceled(job, NOON), {}, 409, "invalid_request_error", "canceled"),
    ],
)
def test_a_job_without_images_is_an_error(end: End, asked: dict[str, Any], status: int, kind: str, code: str) -> None:
    """Which its client need not repeat: the job stays as it is."""
    api = an_api(end)
    answer = api.openai.post(GENERATE, json=BODY | asked)
    found = error(answer)
    assert (answer.status_code, found["type"], found["code"]) == (status, kind, code)
    assert (answer.headers["x-should-retry"], answer.headers["x-request-id"]) == ("false", the_job(api).id)
    assert the_job(api).id in found["message"]


def test_the_deadline_is_the_job_s() -> None:
    """A repeat waits for what is left of it, and after it not at all; the job goes on."""
    api = an_api(None, Settings(auth_mode="none", openai_deadline_seconds=100))
    api.clock.move(-NOON.timestamp() % 100)  # where a window begins
    late = api.openai.post(GENERATE, json=BODY)
    assert (late.status_code, error(late)["code"], late.headers["x-should-retry"]) == (504, "timeout", "false")
    again = api.openai.post(GENERATE, json=BODY, headers=REPEAT)
    assert (again.headers["x-request-id"], api.clock.slept) == (late.headers["x-request-id"], [100])
    assert the_job(api).status == "queued"


def test_an_instance_that_goes_tells_its_clients_to_ask_again() -> None:
    """Another one answers them, from the same job."""
    api = an_api(None)
    asyncio.run(api.wait.close())
    answer = api.openai.post(GENERATE, json=BODY)
    assert (answer.status_code, error(answer)["code"], answer.headers["retry-after"]) == (503, "interrupted", "1")
    assert "x-should-retry" not in answer.headers
    api.jobs.change(the_job(api).id, completes)
    again = api.openai.post(GENERATE, json=BODY, headers=REPEAT)
    assert (again.status_code, again.headers["x-request-id"]) == (200, the_job(api).id)


@pytest.mark.parametrize("count", ["0", "", "-1", "x", "1" * 5000])
def test_only_a_count_of_repeats_makes_one(count: str) -> None:
    """Whatever stands there else, the call is a first one."""
    api = an_api()
    api.openai.post(GENERATE, json=BODY)
    api.openai.post(GENERATE, json=BODY, headers={"x-stainless-retry-count": count})
    assert len({job.id for job in api.jobs.history}) == (1 if count.isdecimal() and len(count) > 1 else 2)


def test_repeats_are_told_apart_by_key() -> None:
    """What one key asks for is no repeat of another's."""
    api = an_api(settings=Settings())
    secret = fresh_secret()
    headers = []
    for name in "ab":
        api.keys.has(a_key(id=name * 26, hash=hash_of(secret)))
        headers.append({"Authorization": f"Bearer {Token(name * 26, secret)}"})
    api.openai.post(GENERATE, json=BODY, headers=headers[0])
    api.openai.post(GENERATE, json=BODY, headers=headers[1] | REPEAT)
    assert len({job.id for job in api.jobs.history}) == 2


def test_a_key_names_one_call() -> None:
    """Its repeat says so; another request under it is refused, and a job of the API has keys of its own."""
    api = an_api()
    headers = {"Idempotency-Key": "k"}
    first = api.openai.post(GENERATE, json=BODY, headers=headers)
    again = api.openai.post(GENERATE, json=BODY | {"response_format": "b64_json"}, headers=headers)
    assert (again.headers["x-request-id"], again.headers["Idempotency-Replayed"]) == (the_job(api).id, "true")
    assert first.headers["x-request-id"] == the_job(api).id
    other = api.openai.post(GENERATE, json={"prompt": "a hare"}, headers=headers)
    assert (other.status_code, error(other)["code"]) == (422, "idempotency_key_reused")
    assert api.submit.post("/v1/jobs", json=BODY, headers=headers).json()["id"] != first.headers["x-request-id"]


def a_file(mode: str = "RGBA", size: tuple[int, int] = (2, 3)) -> bytes:
    """A mask that lets all of it be painted."""
    file = BytesIO()
    Image.new(mode, size).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize(
    ("files", "job_type", "model", "references"),
    [
        ([("image", PICTURE)], "edit", "gemini-3.1-flash-image", 1),
        ([("image[]", PICTURE), ("image[]", image_bytes(7))], "edit", "gemini-3.1-flash-image", 2),
        ([("image", PICTURE), ("mask", a_file())], "inpaint", "imagen-3.0-capability-001", 1),
    ],
)
def test_an_edit_starts_from_its_pictures(
    files: list[tuple[str, bytes]], job_type: str, model: str, references: int
) -> None:
    """Which are uploads by then; numbers come as texts."""
    api = an_api()
    data = {"prompt": "a red door", "model": "dall-e-2", "n": "2", "size": "512x512", "stream": "false"}
    answer = api.openai.post(EDIT, data=data, files=[(name, ("p.png", content)) for name, content in files])
    assert answer.status_code == 200, answer.text
    job = the_job(api)
    assert (job.job_type, job.model, len(job.references)) == (job_type, model, references)
    assert (job.n, job.width, job.fit, job.mask is not None) == (2, 512, "cover", job_type == "inpaint")
    assert f"inputs/local/{job.references[0].upload_id}" in api.images.objects


def test_a_repeated_edit_is_the_same_job() -> None:
    """Its pictures are the same, bytes for bytes."""
    api = an_api()
    for headers in ({}, REPEAT):
        answer = api.openai.post(EDIT, data=BODY, files={"image": PICTURE}, headers=headers)
        assert answer.headers["x-request-id"] == the_job(api).id


@pytest.mark.parametrize(
    ("files", "status", "param"),
    [
        ([("image", b"text")], 400, "image"),
        ([("mask", PICTURE)], 400, "image"),
        ([("image", PICTURE), ("mask", PICTURE)], 400, "mask"),
        ([("image", PICTURE), ("mask", a_file()), ("mask", a_file())], 400, "mask"),
        ([("image", PICTURE)] * 15, 400, "image"),
        ([("image", PICTURE)] * 33, 400, None),
        ([("image", bytes(26 * 1024 * 1024))], 413, None),
    ],
    ids=["no picture", "only a mask", "opaque", "two masks", "too many for the model", "too many", "too large"],
)
def test_what_is_wrong_with_an_edit(files: list[tuple[str, bytes]], status: int, param: str | None) -> None:
    """Said of the file at fault; nothing is made."""
    api = an_api()
    answer = api.openai.post(EDIT, data=BODY, files=[(name, ("p.png", content)) for name, content in files])
    assert (answer.status_code, error(answer)["param"]) == (status, param)
    assert api.jobs.history == []


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [
        ({"json": BODY}, 415, "unsupported_media_type"),
        ({"content": b"x", "headers": {"Content-Type": "multipart/form-data"}}, 400, "malformed_form"),
        ({"content": b"x", "headers": {"Content-Type": "multipart/form-data; boundary=b"}}, 400, "malformed_form"),
        ({"data": BODY | {"prompt": "x" * 300_000}, "files": {"image": PICTURE}}, 400, "malformed_form"),
        ({"data": {"n": "1"}, "files": {"image": PICTURE}}, 400, "invalid_request"),
        ({"data": BODY | {"n": "many"}, "files": {"image": PICTURE}}, 400, "invalid_request"),
    ],
    ids=["JSON", "no boundary", "no form", "a long text", "no prompt", "no number"],
)
def test_what_is_no_form_of_an_edit(request_: dict[str, Any], status: int, code: str) -> None:
    """Said as any error is."""
    answer = an_api().openai.post(EDIT, **request_)
    assert (answer.status_code, error(answer)["code"]) == (status, code)


def ask(api: Api, token: str = "none") -> None:  # noqa: S107 - no key at all
    """A call by the official client, which repeats nothing."""

    async def asked() -> None:
        http = httpx2.AsyncClient(transport=httpx2.ASGITransport(api.openai.app))
        async with openai.AsyncOpenAI(
            api_key=token, base_url="http://api.test/v1", http_client=http, max_retries=0
        ) as client:
            await client.images.generate(prompt="a fox")

    asyncio.run(asked())


def test_the_client_knows_a_wrong_key() -> None:
    """And one that may only read."""
    api, secret = an_api(settings=Settings()), fresh_secret()
    with pytest.raises(openai.AuthenticationError) as wrong:
        ask(api, "sk-theirs")
    assert (wrong.value.code, wrong.value.type) == ("invalid_api_key", "invalid_request_error")
    api.keys.has(a_key(id="a" * 26, hash=hash_of(secret), scopes=("jobs:read",)))
    with pytest.raises(openai.PermissionDeniedError) as refused:
        ask(api, str(Token("a" * 26, secret)))
    assert refused.value.code == "insufficient_scope"
    api.keys.has(a_key(id="a" * 26, hash=hash_of(secret)))
    api.clock.move(timedelta(minutes=2).total_seconds())
    ask(api, str(Token("a" * 26, secret)))
    assert the_job(api).tenant == "acme"


def test_the_client_knows_a_rate_limit() -> None:
    """With the seconds after which it may ask again."""
    api = an_api()
    api.tenants.has(Tenant(id="local", created_at=NOON, limits=Allowance(requests_per_minute=1)))
    ask(api)
    with pytest.raises(openai.RateLimitError) as limited:
        ask(api)
    assert (limited.value.code, limited.value.type) == ("rate_limit_exceeded", "requests")
    assert limited.value.response.headers["retry-after"] == "60"
    assert "x-should-retry" not in limited.value.response.headers


def test_a_user_in_the_body_has_its_limit() -> None:
    """As one in the headers has."""
    api = an_api()
    api.tenants.has(Tenant(id="local", created_at=NOON, user_limits=Allowance(requests_per_minute=1)))
    answers = [api.openai.post(GENERATE, json=BODY | {"user": user}) for user in ("ada", "ada", "bob")]
    assert [answer.status_code for answer in answers] == [200, 429, 200]
    assert error(answers[1])["code"] == "rate_limit_exceeded"


@pytest.mark.parametrize("empty", [{"budget": Budget(day_micros=1)}, {"limits": Allowance(images_per_day=0)}])
def test_the_client_does_not_repeat_what_there_is_no_money_for(empty: dict[str, Any]) -> None:
    """It would by itself, since that is 429 in this API."""
    api = an_api()
    api.tenants.has(Tenant(id="local", created_at=NOON, **empty))
    with pytest.raises(openai.RateLimitError) as refused:
        ask(api)
    assert (refused.value.code, refused.value.type) == ("insufficient_quota", "insufficient_quota")
    assert refused.value.response.headers["x-should-retry"] == "false"


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_refusal_is_an_error_of_the_api_s(code: str) -> None:
    """Of a type that goes with its status."""
    status = CODES[code][0]
    refusal = said(Rejected(status, code, "Why."))
    found = msgspec.to_builtins(refusal.body)["error"]
    assert (found["message"], refusal.status) == ("Why.", 429 if status == 402 else status)
    assert (found["type"] == "server_error") == (status >= 500)


def test_switched_off_there_is_nothing() -> None:
    """As at any address that nobody knows."""
    api = Api(Settings(auth_mode="none", dialects="iga"))
    assert api.openai.post(GENERATE, json=BODY).status_code == 404
