"""WebhookSender: the fake, and HTTP to a real receiver, which verifies with the library of Standard Webhooks."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from shared.clock import SystemClock
from shared.config import Settings
from shared.ports import Clock, WebhookSender
from shared.webhook_sender import HttpWebhookSender, sender_of
from tests.fakes.clock import FakeClock
from tests.fakes.http_server import Answer, Asked, HttpServer
from tests.fakes.webhook_sender import FakeWebhookSender

CURRENT = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
FORMER = "whsec_bG9jYWwtd2ViaG9va3MtYXJlLW5vLXNlY3JldA=="
PAYLOAD = '{"type": "job.completed", "data": {"prompt": "猫 🦊"}}'
ID = "evt_a_2"


@dataclass(frozen=True)
class World:
    """A sender, and a receiver whose answers are planned (None: it cuts the connection)."""

    sender: WebhookSender
    url: str
    then: Callable[[int | None], None]


class WebhookSenderSuite:
    """To be inherited with a fixture `world`."""

    @pytest.mark.parametrize("status", [200, 204, 302, 400, 410, 500])
    async def test_what_the_receiver_answers_is_told(self, world: World, status: int) -> None:
        """Whatever it is; to judge it is for another."""
        world.then(status)
        result = await world.sender.send(world.url, ID, PAYLOAD)
        assert (result.status, result.error) == (status, "")

    async def test_no_answer_is_told_too(self, world: World) -> None:
        """With a reason, and never as an exception."""
        world.then(None)
        result = await world.sender.send(world.url, ID, PAYLOAD)
        assert result.status is None
        assert result.error


class TestFake(WebhookSenderSuite):
    """The one that other tests are built on."""

    @pytest.fixture
    def world(self) -> World:
        """In memory."""
        sender = FakeWebhookSender(FakeClock())
        return World(sender, "https://receiver.test/", sender.then)


@pytest.fixture
def receiver() -> Iterator[HttpServer]:
    """A server that takes everything."""
    with HttpServer(lambda _: Answer(204)).running() as server:
        yield server


def a_sender(*secrets: str, clock: Clock | None = None, seconds: float = 20) -> HttpWebhookSender:
    """One that may ask this machine."""
    return HttpWebhookSender(secrets or (CURRENT,), clock or SystemClock(), allow_private=True, seconds=seconds)


class TestHttp(WebhookSenderSuite):
    """The real one."""

    @pytest.fixture
    def world(self, receiver: HttpServer) -> World:
        """Over the wire."""

        def then(status: int | None) -> None:
            answer = Answer(reset=True) if status is None else Answer(status, headers={"Location": f"{receiver.url}/x"})
            receiver.answer = lambda _: answer

        return World(a_sender(), f"{receiver.url}/hook?a=b", then)


async def _received(receiver: HttpServer, sender: WebhookSender) -> Asked:
    result = await sender.send(f"{receiver.url}/hook?a=b", ID, PAYLOAD)
    assert result.status == 204, result
    return receiver.asked[-1]


async def test_a_delivery_is_one_that_the_official_library_takes(receiver: HttpServer) -> None:
    """Byte for byte as it was recorded, under its id."""
    asked = await _received(receiver, a_sender())
    assert Webhook(CURRENT).verify(asked.body, asked.headers)["type"] == "job.completed"
    assert asked.body == PAYLOAD.encode()
    assert (asked.method, asked.path, asked.query) == ("POST", "/hook", {"a": "b"})
    assert (asked.headers["webhook-id"], asked.headers["content-type"]) == (ID, "application/json")
    assert asked.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert "authorization" not in asked.headers


async def test_while_secrets_are_rotated_each_of_them_verifies(receiver: HttpServer) -> None:
    """One signature a secret, the current one's first."""
    asked = await _received(receiver, a_sender(CURRENT, FORMER))
    for secret in (CURRENT, FORMER):
        assert Webhook(secret).verify(asked.body, asked.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_bm90IHRoZSByaWdodCBvbmU=").verify(asked.body, asked.headers)
    first, second = asked.headers["webhook-signature"].split(" ")
    assert first.startswith("v1,")
    assert first != second


async def test_a_delivery_that_was_tampered_with_is_rejected(receiver: HttpServer) -> None:
    """Its body, its id, its time, its signature."""
    asked = await _received(receiver, a_sender())
    later = str(int(asked.headers["webhook-timestamp"]) + 1)
    for change in ({"webhook-id": "evt_b_2"}, {"webhook-timestamp": later}, {"webhook-signature": "v1,AAAA"}):
        with pytest.raises(WebhookVerificationError):
            Webhook(CURRENT).verify(asked.body, asked.headers | change)
    with pytest.raises(WebhookVerificationError):
        Webhook(CURRENT).verify(asked.body.replace(b"completed", b"failed"), asked.headers)


async def test_an_old_delivery_is_rejected_and_a_later_try_is_not(receiver: HttpServer) -> None:
    """The time is that of the try: a replay after five minutes does not pass, a retry after hours does."""
    hours_ago = FakeClock(SystemClock().now() - timedelta(hours=2))
    asked = await _received(receiver, a_sender(clock=hours_ago))
    with pytest.raises(WebhookVerificationError, match="too old"):
        Webhook(CURRENT).verify(asked.body, asked.headers)
    hours_ago.move(2 * 3600)
    asked = await _received(receiver, a_sender(clock=hours_ago))
    assert Webhook(CURRENT).verify(asked.body, asked.headers)


async def test_nobody_follows_a_redirect(receiver: HttpServer) -> None:
    """Where it leads was not checked."""
    receiver.answer = lambda _: Answer(307, headers={"Location": f"{receiver.url}/elsewhere"})
    assert (await a_sender().send(receiver.url, ID, PAYLOAD)).status == 307
    assert len(receiver.asked) == 1


async def test_a_receiver_that_does_not_answer_is_left(receiver: HttpServer) -> None:
    """After the time that a request has in all."""
    release = threading.Event()
    receiver.answer = lambda _: Answer(held=release)
    result = await a_sender(seconds=0.2).send(receiver.url, ID, PAYLOAD)
    release.set()
    assert (result.status, result.error) == (None, "no answer within 0.2 s")
    assert result.duration_ms >= 150


async def test_many_slow_receivers_keep_no_other_waiting(receiver: HttpServer) -> None:
    """150 that hang at once, and one that answers."""
    release, hanging, loop = threading.Event(), asyncio.Event(), asyncio.get_running_loop()

    def answer(asked: Asked) -> Answer:
        if len(receiver.asked) == 120:
            loop.call_soon_threadsafe(hanging.set)
        return Answer(204, held=release if asked.path == "/slow" else None)

    receiver.answer = answer
    sender = a_sender()
    slow = [asyncio.create_task(sender.send(f"{receiver.url}/slow", ID, PAYLOAD)) for _ in range(150)]
    await hanging.wait()
    assert (await sender.send(f"{receiver.url}/quick", ID, PAYLOAD)).status == 204
    assert not any(task.done() for task in slow)
    release.set()
    assert {(await task).status for task in slow} == {204}


async def test_an_answer_s_body_is_not_waited_for(receiver: HttpServer) -> None:
    """However long it says it is: the status is what counts."""
    receiver.answer = lambda _: Answer(200, b"x" * 100_000, length=10**9)
    result = await a_sender().send(receiver.url, ID, PAYLOAD)
    assert (result.status, result.error) == (200, "")


async def test_nobody_there_is_told(receiver: HttpServer) -> None:
    """A refused connection, a name that nobody has, an answer that is no HTTP."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        refused = await a_sender().send(f"http://127.0.0.1:{free.getsockname()[1]}", ID, PAYLOAD)
    assert refused.error.startswith("ConnectError")
    unknown = await a_sender().send("https://nobody.invalid/", ID, PAYLOAD)
    assert (unknown.status, bool(unknown.error)) == (None, True)
    cut = await a_sender().send(f"https://127.0.0.1:{receiver.port}", ID, PAYLOAD)  # no TLS there
    assert cut.status is None


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::]",
        "0.0.0.0",  # noqa: S104 - an address that leads to this machine
        "2130706433",
        "0x7f.1",
        "169.254.169.254",
        "10.0.0.1",
        "user@127.0.0.1",
    ],
)
async def test_a_private_address_is_not_asked(receiver: HttpServer, host: str) -> None:
    """Unless it is allowed, for local work; the log of deliveries says why."""
    sender = HttpWebhookSender((CURRENT,), SystemClock())
    result = await sender.send(f"http://{host}:{receiver.port}/", ID, PAYLOAD)
    assert result.status is None
    assert "is not on the public internet" in result.error or "Error" in result.error
    assert receiver.asked == []


@pytest.mark.parametrize("url", ["", "ftp://x.test", "http://", "http://h\x00", "http://" + "a" * 64 + ".test"])
async def test_what_is_no_address_is_told(url: str) -> None:
    """Never as an exception."""
    result = await a_sender().send(url, ID, PAYLOAD)
    assert result.error.startswith("RefusedAddressError")


async def test_a_tenant_s_own_secrets_sign_instead_of_the_deployment_s(receiver: HttpServer) -> None:
    """Nobody who knows the one can sign for the other."""
    own = "whsec_dGVuYW50LWFjbWUtaGFzLWEtc2VjcmV0LW9mLWl0cy1vd24="
    await a_sender().send(f"{receiver.url}/hook", ID, PAYLOAD, (own,))
    asked = receiver.asked[-1]
    assert Webhook(own).verify(asked.body, asked.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(CURRENT).verify(asked.body, asked.headers)


@pytest.mark.parametrize("secrets", [None, " ,", "whsec_", "whsec_!!!", "whsec_a", f"{CURRENT},whsec_a"])
async def test_what_cannot_be_signed_is_not_sent_and_says_why(receiver: HttpServer, secrets: str | None) -> None:
    """A try like any other: the event is kept, and sent once the secret is right."""
    sender = sender_of(Settings(webhook_secrets=secrets, private_addresses=True), SystemClock())
    result = await sender.send(f"{receiver.url}/hook", ID, PAYLOAD)
    assert (result.status, result.error.startswith("not sent: "), "WEBHOOK_SECRETS" in result.error) == (
        None, True, True
    )  # fmt: skip
    assert receiver.asked == []


async def test_several_secrets_come_after_commas(receiver: HttpServer) -> None:
    """Blanks around them are nobody's."""
    sender = sender_of(Settings(webhook_secrets=f" {CURRENT} , {FORMER},", private_addresses=True), SystemClock())
    asked = await _received(receiver, sender)
    assert len(asked.headers["webhook-signature"].split(" ")) == 2
