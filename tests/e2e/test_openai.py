"""OpenAI's images API, by its own official client, unmodified: its base URL is all that is set."""

import asyncio
from base64 import b64decode
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any
from uuid import uuid4

import httpx
import openai
import pytest
from openai.types import Image as ClientImage
from openai.types import ImagesResponse
from PIL import Image

from tests.fakes.pictures import noise
from tests.integration.api import Api, Job, a_key, a_prompt
from tests.integration.inside import Inside
from tests.stack import RunningStack
from tests.waiting import until

Ask = Callable[..., ImagesResponse]  # "generate" or "edit", with what the client's method takes
SIZE = (320, 192)
HOLE = (80, 48, 160, 96)


@pytest.fixture(params=["sync", "async"])
def ask(request: pytest.FixtureRequest, darkroom: RunningStack) -> Ask:
    """One call by a client of either kind."""
    options: dict[str, Any] = {"base_url": f"{darkroom.base_url}/v1", "api_key": "none", "max_retries": 20}

    def at_once(method: str, timeout: float = 60, **wanted: Any) -> ImagesResponse:
        http = openai.DefaultHttpxClient(trust_env=False)
        with openai.OpenAI(**options, http_client=http, timeout=timeout) as client:
            answer: ImagesResponse = getattr(client.images, method)(**wanted)
            return answer

    async def awaited(method: str, timeout: float = 60, **wanted: Any) -> ImagesResponse:  # noqa: ASYNC109 - the client's
        http = openai.DefaultAsyncHttpxClient(trust_env=False)
        async with openai.AsyncOpenAI(**options, http_client=http, timeout=timeout) as client:
            answering: Awaitable[ImagesResponse] = getattr(client.images, method)(**wanted)
            return await answering

    return at_once if request.param == "sync" else lambda *args, **wanted: asyncio.run(awaited(*args, **wanted))


def jobs_of(api: Api, user: str) -> list[Job]:
    """The jobs that were made on a user's behalf."""
    found: list[Job] = api.http.get("/v1/jobs", params={"user_id": user}).raise_for_status().json()["jobs"]
    return found


def images_of(answer: ImagesResponse) -> list[ClientImage]:
    """What came."""
    return answer.data or []


def opened(data: bytes) -> Image.Image:
    """What is in a file."""
    image = Image.open(BytesIO(data))
    image.load()
    return image


def as_png(image: Image.Image) -> bytes:
    """The picture as a file."""
    file = BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def test_a_prompt_becomes_a_link(ask: Ask, api: Api) -> None:
    """That opens without any key; to exactly the pixels that were asked for, of a job that the API itself shows."""
    user = uuid4().hex
    answer = ask("generate", prompt=a_prompt(), model="dall-e-2", size="1792x1024", user=user)
    (image,) = images_of(answer)
    assert (image.b64_json, answer.size, answer.output_format) == (None, "1792x1024", "png")
    picture = opened(httpx.get(image.url or "", trust_env=False).raise_for_status().content)
    assert (picture.size, picture.format) == ((1792, 1024), "PNG")
    (job,) = jobs_of(api, user)
    assert (job["id"], job["dialect"], job["status"]) == (answer._request_id, "openai", "completed")  # noqa: SLF001 - the client's own name for it
    assert (job["model"], job["cache"]) == ("imagen-4.0-fast-generate-001", "off")
    assert api.http.get(f"/v1/tasks/{job['id']}").json()["status"] == "SUCCESS"


def test_three_images_in_the_answer(ask: Ask) -> None:
    """As bytes, which a model of that name always answers with; in the format that was asked for."""
    wanted: dict[str, Any] = {"output_format": "webp", "output_compression": 60, "size": "256x512"}
    answer = ask("generate", prompt=a_prompt(), model="gpt-image-2", n=3, **wanted)
    pictures = [opened(b64decode(image.b64_json or "")) for image in images_of(answer)]
    assert [(picture.format, picture.size) for picture in pictures] == [("WEBP", (256, 512))] * 3
    assert len({image.b64_json for image in images_of(answer)}) == 3


def test_an_edit_paints_where_its_mask_is_transparent(ask: Ask, api: Api, inside: Inside) -> None:
    """And nowhere else; the pictures that came with it are uploads like any other."""
    before = noise(*SIZE)
    mask = Image.new("RGBA", SIZE, "black")
    mask.paste((0, 0, 0, 0), HOLE)
    files: dict[str, Any] = {"image": ("room.png", as_png(before)), "mask": ("mask.png", as_png(mask))}
    answer = ask("edit", prompt=a_prompt("a red door"), response_format="b64_json", user=(user := uuid4().hex), **files)
    (image,) = images_of(answer)
    after = opened(b64decode(image.b64_json or "")).convert("RGB")
    assert after.size == SIZE
    assert after.crop(HOLE).tobytes() != before.crop(HOLE).tobytes()
    assert after.crop((0, 0, 80, 192)).tobytes() == before.crop((0, 0, 80, 192)).tobytes()
    assert after.crop((160, 0, *SIZE)).tobytes() == before.crop((160, 0, *SIZE)).tobytes()
    (job,) = jobs_of(api, user)
    assert (job["job_type"], job["model"]) == ("inpaint", "imagen-3.0-capability-001")
    kept = inside.bucket.blob(f"inputs/local/{job['references'][0]['upload_id']}").download_as_bytes()
    assert kept == as_png(before)


def test_several_pictures_become_one(ask: Ask, api: Api) -> None:
    """Without a size, of about the first one's shape."""
    pictures = [("a.png", as_png(noise(640, 360))), ("b.png", as_png(noise(64, 64)))]
    answer = ask("edit", prompt=a_prompt("both together"), model="gpt-image-2", image=pictures)
    job = api.get({"id": answer._request_id})  # noqa: SLF001
    assert (job["job_type"], job["aspect_ratio"], len(job["references"])) == ("edit", "16:9", 2)
    (image,) = images_of(answer)
    width, height = opened(b64decode(image.b64_json or "")).size
    assert 1.7 < width / height < 1.9


def test_a_refusal_is_the_request_s_fault(ask: Ask) -> None:
    """Asked once, and never again."""
    with pytest.raises(openai.BadRequestError) as refused:
        ask("generate", prompt=a_prompt("[[blocked]]"), model="gpt-image-2")
    assert (refused.value.code, refused.value.type) == ("moderation_blocked", "image_generation_user_error")


def test_the_client_s_own_repeats_make_no_second_job(ask: Ask, api: Api) -> None:
    """It gives up on an answer and asks anew, with no key: the images are those of the first call."""
    user = uuid4().hex
    answer = ask("generate", timeout=2, prompt=a_prompt("[[slow 3]]"), model="dall-e-3", user=user)
    assert len(images_of(answer)) == 1
    (job,) = jobs_of(api, user)
    assert (job["id"], job["attempt_count"]) == (answer._request_id, 1)  # noqa: SLF001


def test_an_instance_that_dies_costs_no_second_job(darkroom: RunningStack, api: Api) -> None:
    """The client's own repeat finds the first call's job, at whichever instance answers it."""
    wanted: dict[str, Any] = {"prompt": a_prompt("[[slow 2]]"), "model": "dall-e-3", "user": (user := uuid4().hex)}
    options: dict[str, Any] = {"base_url": f"{darkroom.base_url}/v1", "api_key": "none", "max_retries": 10}
    with (
        ThreadPoolExecutor(1) as pool,
        openai.OpenAI(**options, http_client=openai.DefaultHttpxClient(trust_env=False)) as client,
    ):
        answering = pool.submit(lambda: client.images.generate(**wanted))
        until(lambda: jobs_of(api, user))
        darkroom.restart("openai")
        answer = answering.result(timeout=60)
    (job,) = jobs_of(api, user)
    assert (job["id"], job["attempt_count"]) == (answer._request_id, 1)  # noqa: SLF001


def test_equal_calls_at_once_are_jobs_of_their_own(darkroom: RunningStack, api: Api) -> None:
    """Who asks three times wants three images."""
    wanted: dict[str, Any] = {"prompt": a_prompt(), "model": "dall-e-2", "user": (user := uuid4().hex)}

    async def three() -> list[ImagesResponse]:
        options: dict[str, Any] = {"base_url": f"{darkroom.base_url}/v1", "api_key": "none"}
        http = openai.DefaultAsyncHttpxClient(trust_env=False)
        async with openai.AsyncOpenAI(**options, http_client=http) as client:
            return await asyncio.gather(*(client.images.generate(**wanted) for _ in range(3)))

    answers = asyncio.run(three())
    assert {answer._request_id for answer in answers} == {job["id"] for job in jobs_of(api, user)}  # noqa: SLF001
    assert len(jobs_of(api, user)) == 3


def test_a_key_names_one_call(ask: Ask) -> None:
    """A repeat is answered by the same job, another request under it not at all."""
    wanted: dict[str, Any] = {"prompt": a_prompt(), "extra_headers": {"Idempotency-Key": a_key()}}
    first, again = ask("generate", **wanted), ask("generate", **wanted)
    assert first._request_id == again._request_id  # noqa: SLF001
    with pytest.raises(openai.UnprocessableEntityError) as refused:
        ask("generate", **wanted | {"n": 2})
    assert refused.value.code == "idempotency_key_reused"
