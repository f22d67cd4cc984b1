"""ImageProvider: Gemini by google-genai, on the local Vertex AI and on a server that misbehaves as that never does."""

import threading
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from shared.config import load
from shared.domain.errors import ProviderError
from shared.domain.inputs import ReferenceType
from shared.domain.request import ProviderOptions
from shared.ports import Given
from shared.providers import Providers
from shared.providers.gates import Gates
from shared.providers.gemini import Door, Gemini
from shared.providers.gemini.errors import BAD_KEY
from tests.builders import image_bytes
from tests.contract.image_provider_suite import ASKED, RemoteProviderSuite, World
from tests.fakes.clock import FakeClock
from tests.fakes.gemini_server import GeminiServer, part, refused_prompt, said
from tests.fakes.http_server import Answer, json_answer
from tests.processes import RunningCloud

FLASH = "gemini-3.1-flash-image"
EACH = 67_000  # micro-USD
CODES = {
    "429": "RESOURCE_EXHAUSTED", "500": "INTERNAL", "503": "UNAVAILABLE", "504": "DEADLINE_EXCEEDED",
    "409": "ABORTED", "401": "UNAUTHENTICATED", "403": "PERMISSION_DENIED",
}  # fmt: skip
RULES: dict[str, dict[str, Any]] = {
    "reset": {"effect": "lose_response"},
    "slow": {"effect": "delay", "latency_ms": 300},
}
Make = Callable[..., Gemini]


# What the local Vertex AI never does.
ANSWERS: dict[str, list[Answer]] = {
    "429 with Retry-After": [Answer(429, headers={"Retry-After": str(ASKED)})],
    "malformed": [Answer(body=b'{"candidates": [{"content": ')],
    "no JSON": [Answer(body=b"<html>")],
    "408": [Answer(408)],
    "502 in HTML": [Answer(502, b"<html>")],
    "cut off": [Answer(body=b'{"candidates": ', length=5000)],
    "truncated": [said(part(image_bytes()[:40]))],
    "wrong type": [said(part(b"<html>"))],
    "no base64": [said(part("no base64!"))],
    "no bytes": [said(part(""))],
    "key not valid": [
        json_answer({"error": {"code": 400, "status": "INVALID_ARGUMENT", "details": [{"reason": BAD_KEY}]}}, 400)
    ],
    "some refused": [said(reason="IMAGE_SAFETY"), refused_prompt("BLOCKLIST")],
}


@pytest.fixture
def vendor() -> Iterator[GeminiServer]:
    """One that misbehaves."""
    with GeminiServer().running() as running:
        assert isinstance(running, GeminiServer)
        yield running


@pytest.fixture
async def made() -> AsyncIterator[Make]:
    """Makes providers."""
    providers = []

    def make(url: str, clock: FakeClock, *, api_key: str | None = None) -> Gemini:
        door = Door("p", api_key=api_key, base_url=url, local=True)
        providers.append(Gemini(door, "us-central1", clock, Gates(clock)))
        return providers[-1]

    yield make
    for provider in providers:
        await provider.close()


@contextmanager
def _fault(
    world: World, cloud: RunningCloud, take_over: Callable[[], GeminiServer], name: str, times: int
) -> Iterator[None]:
    """See World.fault."""
    if name in ANSWERS:
        take_over().next.extend(ANSWERS[name] * times)
        yield
        return
    if name in TestGemini.refusals:
        fields, world.fields = world.fields, world.fields | {"prompt": f"[[{name}]] a fox"}
        yield
        world.fields = fields
        return
    with cloud.control.fault("vertex", "GenerateContent", count=times, **(RULES.get(name) or {"code": CODES[name]})):
        yield


class TestGemini(RemoteProviderSuite):
    """What every provider does, and what comes of one image a call."""

    busy = ("429", "429 with Retry-After")
    patient = ("429 with Retry-After",)
    broken = ("500", "503", "504", "409", "408", "502 in HTML", "reset", "cut off", "malformed")
    unreadables = ("malformed", "no JSON")
    outsiders = ("401", "403", "key not valid")
    refusals = ("image-safety", "image-prohibited", "image-recitation", "safety", "prompt-blocked")
    no_images = ("truncated", "wrong type", "no base64", "no bytes")
    partials = ("some refused",)
    slows = ("slow",)
    nobodies = ("127.0.0.1:9", "nobody.invalid:443")

    @pytest.fixture
    def world(self, cloud: RunningCloud, vendor: GeminiServer, made: Make) -> World:
        """Counts and faults by the local cloud's control port; refusals by words in the prompt."""
        clock, control = FakeClock(), cloud.control
        control.reset_counts()

        def take_over() -> GeminiServer:
            world.provider = made(vendor.url, clock)
            return vendor

        world = World(
            made(cloud.environment["GOOGLE_VERTEX_BASE_URL"], clock),
            clock,
            {"provider": "gemini", "model": FLASH},
            lambda: control.counts().get("vertex.GenerateContent", 0) + len(vendor.asked),
            lambda name, times: _fault(world, cloud, take_over, name, times),
            elsewhere=lambda host: made(f"http://{host}", clock),
            handed=lambda: vendor.asked[-1].body.count(b"inlineData"),
        )
        return world

    @pytest.fixture
    def misbehaving(self, world: World, vendor: GeminiServer, made: Make) -> GeminiServer:
        """The vendor that the provider asks from now on."""
        world.provider = made(vendor.url, world.clock)
        return vendor

    async def test_it_asks_as_documented(self, world: World, misbehaving: GeminiServer) -> None:
        """At the model's own location, with the time that is left; the smallest size by Google's name of it."""
        options = ProviderOptions(person_generation="dont_allow")
        shape = {"aspect_ratio": "21:9", "image_size": "512px", "mime_type": "image/jpeg", "compression": 80}
        await world.make(world.job(prompt="a fox", provider_options=options, **shape))
        (asked,) = misbehaving.asked
        assert asked.path == f"/v1beta1/projects/p/locations/global/publishers/google/models/{FLASH}:generateContent"
        assert asked.headers["x-server-timeout"] == "120"
        assert asked.json() == {
            "contents": [{"role": "user", "parts": [{"text": "a fox"}]}],
            "generationConfig": {
                "responseModalities": ["IMAGE"],
                "imageConfig": {
                    "aspectRatio": "21:9",
                    "imageSize": "512",
                    "personGeneration": "ALLOW_NONE",
                    "imageOutputOptions": {"mimeType": "image/jpeg", "compressionQuality": 80},
                },
            },
        }

    @pytest.mark.usefixtures("misbehaving")
    async def test_it_starts_from_what_it_is_given(self, world: World) -> None:
        """As every provider; the local Vertex AI does not tell what it was handed."""
        await super().test_it_starts_from_what_it_is_given(world)

    async def test_pictures_are_given_with_what_is_said_of_them(self, world: World, misbehaving: GeminiServer) -> None:
        """Each after its own words, before the prompt; fourteen of them."""
        given = [_given(), _given("style"), _given("subject", "our hero"), *[_given()] * 11]
        outcome = await world.make(world.job(prompt="a fox"), given)
        parts = misbehaving.asked[0].json()["contents"][0]["parts"]
        image = {"inlineData": {"mime_type": "image/png", "data": urlsafe_b64encode(image_bytes()).decode()}}
        style, subject = "Take the style from this picture.", "Show the subject of this picture. our hero"
        assert parts[:5] == [image, {"text": style}, image, {"text": subject}, image]
        assert parts[5:] == [*[image] * 11, {"text": "a fox"}]
        assert len(outcome.pictures) == 1

    async def test_a_given_picture_shows_in_the_new_one(self, world: World) -> None:
        """As the local Vertex AI paints it."""
        job = world.job()
        with_it = await world.make(job, [_given()])
        without = await world.make(job)
        assert with_it.pictures[0].data != without.pictures[0].data

    async def test_it_makes_the_shape_and_size_asked_for(self, world: World) -> None:
        """By the model itself, and by its price."""
        outcome = await world.make(world.job(aspect_ratio="16:9", image_size="2K", mime_type="image/jpeg"))
        (picture,) = outcome.pictures
        assert (picture.mime_type, picture.width, picture.height) == ("image/jpeg", 2816, 1536)
        assert (picture.cost_micros, outcome.cost_micros) == (101_000, 101_000)

    async def test_several_images_are_as_many_calls_at_once(self, world: World, misbehaving: GeminiServer) -> None:
        """Each is priced by itself; none waits for another."""
        together = threading.Barrier(4)
        misbehaving.answer = lambda _: said(part()) if together.wait(60) >= 0 else Answer(500)
        outcome = await world.make(world.job(n=4))
        assert [picture.cost_micros for picture in outcome.pictures] == [EACH] * 4
        assert (outcome.cost_micros, world.calls(), world.checkpoint.failed) == (4 * EACH, 4, [])

    async def test_each_image_that_is_missing_says_why(self, world: World, misbehaving: GeminiServer) -> None:
        """What is refused is neither made again nor paid; bytes that are no image are paid, and not made again."""
        misbehaving.next += [
            said(reason="IMAGE_SAFETY"),
            refused_prompt("BLOCKLIST"),
            said(part(b"<html>")),
        ]
        outcome = await world.make(world.job(n=4))
        assert (len(outcome.pictures), world.calls(), outcome.cost_micros) == (1, 4, 2 * EACH)
        missing = {(one.code, one.billed, one.safety and one.safety.filtered) for one in outcome.missing}
        assert missing == {
            ("safety_blocked", "no", "image"),
            ("safety_blocked", "no", "prompt"),
            ("not_an_image", "yes", None),
        }

    async def test_only_what_may_pass_is_asked_for_again(self, world: World, misbehaving: GeminiServer) -> None:
        """Of three, one at a time."""
        misbehaving.next += [Answer(503), Answer(429)]
        outcome = await world.make(world.job(n=3))
        assert (len(outcome.pictures), world.calls()) == (3, 5)
        assert world.checkpoint.booked == [2 * EACH]

    async def test_a_model_that_answers_in_words_is_quoted(self, world: World) -> None:
        """It is no success, and most often says why."""
        error = await world.refused(world.job(prompt="[[text-only]] a fox"))
        assert (error.kind, error.code) == ("PERMANENT", "no_image")
        assert "I can describe this picture" in error.message

    async def test_the_error_s_own_words_count_as_retry_after(self, world: World, misbehaving: GeminiServer) -> None:
        """A RetryInfo among its details."""
        details = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34.5s"}]
        misbehaving.next.append(json_answer({"error": {"code": 429, "details": details}}, 429))
        assert (await world.make()).pictures
        assert world.clock.slept == [34.5]

    async def test_nobody_is_waited_for_beyond_the_deadline(self, world: World, misbehaving: GeminiServer) -> None:
        """The model may still work, and be paid."""
        release = threading.Event()
        misbehaving.next.append(Answer(held=release))
        soon = world.clock.now() + timedelta(seconds=1)
        with pytest.raises(ProviderError) as refusal:
            await world.provider.generate(world.job(), (), soon, world.checkpoint)
        release.set()
        error = refusal.value
        assert (error.kind, error.code, error.billed) == ("TEMPORARY", "model_timeout", "unknown")
        assert world.calls() == 1

    async def test_a_model_that_is_gone_is_told(self, world: World) -> None:
        """404 helps no other try."""
        error = await world.refused(world.job(prompt="[[retired]] a fox"))
        assert (error.kind, error.code, error.billed, world.calls()) == ("PERMANENT", "model_not_found", "no", 1)

    async def test_a_request_that_is_wrong_is_not_repeated(self, world: World) -> None:
        """400, with what Google says."""
        error = await world.refused(world.job(prompt="[[error 400]] a fox"))
        assert (error.kind, error.code, world.calls()) == ("PERMANENT", "model_refused_request", 1)
        assert "INVALID_ARGUMENT" in error.message

    async def test_the_developer_api_is_another_door(self, world: World, misbehaving: GeminiServer, made: Make) -> None:
        """With a key, which no message shows, and without what only Vertex AI knows."""
        world.provider = made(misbehaving.url, world.clock, api_key="k-1")
        misbehaving.next.append(Answer(500))
        assert (await world.make(world.job(mime_type="image/jpeg", compression=80))).pictures
        asked = misbehaving.asked[-1]
        assert (asked.path, asked.headers["x-goog-api-key"]) == (f"/v1beta/models/{FLASH}:generateContent", "k-1")
        assert "authorization" not in asked.headers
        assert asked.json()["generationConfig"]["imageConfig"] == {"aspectRatio": "1:1", "imageSize": "1K"}
        assert "k-1" not in world.checkpoint.failed[0].message
        options = ProviderOptions(person_generation="allow_all")
        error = await world.refused(world.job(provider_options=options))
        assert (error.kind, error.code, len(misbehaving.asked)) == ("PERMANENT", "unsupported_by_model", 2)

    @pytest.mark.parametrize("more", [{}, {"GEMINI_API_KEY": "k-1"}], ids=["vertex", "developer"])
    async def test_by_the_settings_it_asks_the_local_vertex(
        self, world: World, cloud: RunningCloud, more: dict[str, str]
    ) -> None:
        """By either door: a key in the environment leads nobody to Google by accident."""
        settings = load({"GOOGLE_CLOUD_PROJECT": "p"} | cloud.environment | more)
        provider = await Providers(settings, world.clock)("gemini")
        assert isinstance(provider, Gemini)
        world.provider = provider
        assert (await world.make()).pictures
        await provider.close()
        assert world.calls() == 1


async def test_an_emulator_without_this_door_is_not_google_s() -> None:
    """One that only speaks gRPC: the setting that is missing is named."""
    settings = load({"GOOGLE_CLOUD_PROJECT": "p", "VERTEX_EMULATOR_HOST": "127.0.0.1:9"})
    with pytest.raises(ProviderError, match="GOOGLE_VERTEX_BASE_URL") as refusal:
        await Providers(settings, FakeClock())("gemini")
    assert (refusal.value.kind, refusal.value.code) == ("PERMANENT", "provider_not_configured")


def _given(kind: ReferenceType = "raw", description: str | None = None) -> Given:
    data = image_bytes()
    return Given(
        data=data, mime_type="image/png", width=2, height=3, type=kind, description=description, uri="gs://b/1"
    )
