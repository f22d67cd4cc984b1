"""ImageProvider: NanoBanana over HTTP, whose tasks are submitted, then polled."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from email.utils import format_datetime
from typing import Any

import pytest

from shared.domain.errors import ImageStoreError
from shared.providers.gates import Gates
from shared.providers.nanobanana import NanoBanana, base_url
from tests.builders import image_bytes
from tests.contract.image_provider_suite import ASKED, a_reference
from tests.contract.operation_suite import OperationSuite, OperationWorld
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.http_server import Answer, json_answer
from tests.fakes.nanobanana_server import GENERATE_FAILED, KEY, RUNNING, NanoBananaServer

Make = Callable[..., NanoBanana]
REFUSED = "Your prompt violates our content policy"
DATE = format_datetime(NOON.replace(second=ASKED), usegmt=True)


def _record(**data: Any) -> Answer:
    return json_answer({"code": 200, "msg": "success", "data": data})


SUBMITS = {
    "reset": Answer(reset=True),
    "malformed": Answer(body=b'{"code": 200, "data": '),
    "no task": _record(taskId=None),
    "an odd task": _record(taskId="task 1"),
    "endless": Answer(body=b" " * (17 * 1024 * 1024)),
    "429 in the body": json_answer({"code": 429, "msg": "Against our rate policy"}),
    "429 with Retry-After": Answer(429, headers={"Retry-After": str(ASKED)}),
    "429 with a date": Answer(429, headers={"Retry-After": DATE}),
    "refused by its body": json_answer({"code": 400, "msg": REFUSED}),
    "refused by its status": Answer(400, REFUSED.encode()),
}
IMAGES = {
    "truncated": Answer(body=image_bytes()[:40]),
    "wrong type": Answer(body=b"<html>", headers={"Content-Type": "image/png"}),
}


@pytest.fixture
def server() -> Iterator[NanoBananaServer]:
    """The vendor."""
    with NanoBananaServer().running() as running:
        assert isinstance(running, NanoBananaServer)
        yield running


@contextmanager
def _fault(server: NanoBananaServer, name: str, times: int) -> Iterator[None]:
    """See World.fault."""
    if name == "slow":
        with server.slow("POST"):
            yield
        return
    if name == "refused when it ran":
        server.flag, server.error = GENERATE_FAILED, REFUSED
    elif name in IMAGES:
        server.on_image.extend([IMAGES[name]] * times)
    else:
        server.on_submit.extend([SUBMITS[name] if name in SUBMITS else Answer(int(name))] * times)
    yield
    server.on_submit.clear()


@pytest.fixture
async def made() -> AsyncIterator[Make]:
    """Makes providers; their images may lie on this machine, unless `allow_private` says otherwise."""
    providers = []

    def make(url: str, clock: FakeClock, *, key: str = KEY, allow_private: bool = True) -> NanoBanana:
        providers.append(NanoBanana(url, key, clock, Gates(clock), allow_private=allow_private))
        return providers[-1]

    yield make
    for provider in providers:
        await provider.close()


class TestNanoBanana(OperationSuite):
    """What every provider does that submits and polls, and what is NanoBanana's own."""

    busy = ("429", "429 in the body", "429 with Retry-After")
    broken = ("500", "502", "503", "455", "reset", "malformed")
    unreadables = ("malformed", "no task", "an odd task", "endless")
    refusals = ("refused by its body", "refused by its status", "refused when it ran")
    first = "task-1"
    unreadable_polls = (Answer(body=b"{"), _record(successFlag="x"), _record())

    @pytest.fixture
    def world(self, server: NanoBananaServer, made: Make) -> OperationWorld:
        """The provider and its vendor."""
        clock = FakeClock()
        return OperationWorld(
            made(server.url, clock),
            clock,
            {"provider": "nanobanana", "model": "nanobanana"},
            lambda: server.submits,
            lambda name, times: _fault(server, name, times),
            elsewhere=lambda host: made(f"http://{host}", clock),
            handed=lambda: len(list(server.tasks.values())[-1].request.get("imageUrls", ())),
            server=server,
            in_public=lambda: made(server.url, clock, allow_private=False),
        )

    async def test_it_asks_as_documented(self, world: OperationWorld, server: NanoBananaServer) -> None:
        """The key goes to the API alone, not to where images lie."""
        await world.make(world.job(prompt="a fox", aspect_ratio="16:9"))
        assert server.tasks["task-1"].request == {
            "prompt": "a fox",
            "type": "TEXTTOIAMGE",
            "numImages": 1,
            "image_size": "16:9",
        }
        assert [asked.headers.get("authorization") for asked in server.asked] == [*[f"Bearer {KEY}"] * 4, None]

    async def test_references_are_handed_as_links(self, world: OperationWorld, server: NanoBananaServer) -> None:
        """That open without credentials; one taken over needs none any more."""
        await world.make(given=[a_reference("a"), a_reference("b")])
        request = server.tasks["task-1"].request
        assert request["type"] == "IMAGETOIAMGE"
        assert request["imageUrls"] == ["https://links.test/bucket/a.png", "https://links.test/bucket/b.png"]

        async def unsigned(_: object) -> str:
            raise ImageStoreError("TEMPORARY", "store_unavailable", "nothing can be signed now")

        world.checkpoint.link = unsigned  # type: ignore[method-assign, assignment]
        taken_over = world.job(provider_operation="task-1")
        assert (await world.make(taken_over, given=[a_reference()])).pictures
        with pytest.raises(ImageStoreError):
            await world.make(given=[a_reference()])
        assert server.submits == 1

    async def test_a_task_that_failed_is_not_kept(self, world: OperationWorld, server: NanoBananaServer) -> None:
        """Nor tried again by itself: it may have been paid."""
        for flag in (2, 3):
            server.flag, server.error = flag, "internal error"
            error = await world.refused()
            assert (error.kind, error.code, error.billed) == ("UNKNOWN", "provider_task_failed", "unknown")
            assert not error.keeps_operation

    async def test_a_task_without_an_image_is_not_paid_again(
        self, world: OperationWorld, server: NanoBananaServer
    ) -> None:
        """A user may."""
        for response in (None, {}, {"resultImageUrl": None}, {"resultImageUrl": ""}):
            server.on_poll.append(_record(successFlag=1, response=response))
            error = await world.refused()
            assert (error.kind, error.billed) == ("UNKNOWN", "yes")

    async def test_a_wrong_key_is_one_call(self, server: NanoBananaServer, world: OperationWorld, made: Make) -> None:
        """As the vendor answers it."""
        world.provider = made(server.url, world.clock, key="another")
        assert (await world.refused()).kind == "AUTH_ERROR"
        assert server.submits == 1

    async def test_a_task_that_runs_says_nothing_more(self, world: OperationWorld, server: NanoBananaServer) -> None:
        """`successFlag` 0 is all that is looked at."""
        server.on_poll.append(_record(successFlag=RUNNING, response={"resultImageUrl": "http://nobody.invalid"}))
        assert (await world.make()).pictures


@pytest.mark.parametrize(
    ("configured", "url"),
    [
        (None, "https://api.nanobananaapi.ai"),
        ("https://x.test", "https://x.test"),
        ("https://x.test/", "https://x.test"),
        ("https://x.test/v1", "https://x.test"),
        ("https://x.test/v1/", "https://x.test"),
        ("http://x.test:81/proxy/", "http://x.test:81/proxy"),
    ],
)
def test_the_address_is_an_origin(configured: str | None, url: str) -> None:
    """A path of `/` or `/v1` is dropped."""
    assert base_url(configured) == url
