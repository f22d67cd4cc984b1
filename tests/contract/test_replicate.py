"""ImageProvider: Replicate over HTTP, whose predictions are submitted, then polled."""

from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from email.utils import format_datetime
from typing import Any

import pytest

from shared.config import load
from shared.domain.errors import Canceled, ProviderError
from shared.domain.request import ProviderOptions
from shared.providers import Providers
from shared.providers.gates import Gates
from shared.providers.replicate import Replicate, base_url
from tests.builders import a_job, image_bytes
from tests.contract.image_provider_suite import ASKED, LATE
from tests.contract.operation_suite import OperationSuite, OperationWorld
from tests.fakes.checkpoint import FakeCheckpoint
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.http_server import Answer, json_answer
from tests.fakes.replicate_server import KEY, ReplicateServer, problem

Make = Callable[..., Replicate]
EACH = 40_000  # micro-USD
DATE = format_datetime(NOON.replace(second=ASKED), usegmt=True)
SENSITIVE = "The input or output was flagged as sensitive. Please try again with different inputs. (E005) (x)"
SUBMITS = {
    "reset": Answer(reset=True),
    "malformed": Answer(status=201, body=b'{"id": '),
    "no id": json_answer({"status": "starting"}, 201),
    "an odd id": json_answer({"id": "../account", "status": "starting"}, 201),
    "502 in HTML": Answer(502, b"<html>"),
    "429": problem(429, "Request was throttled."),
    "429 with Retry-After": Answer(429, headers={"Retry-After": str(ASKED)}),
    "429 with a date": Answer(429, headers={"Retry-After": DATE}),
    "429 that says when": problem(429, "Your rate limit resets in ~7s.", retry_after=ASKED),
    "refused at once": problem(422, "The prompt was flagged as sensitive. (E005)"),
}
IMAGES = {
    "truncated": Answer(body=image_bytes()[:40]),
    "wrong type": Answer(body=b"<html>", headers={"Content-Type": "image/png"}),
}
FAILED = {"status": "failed", "error": SENSITIVE}


@pytest.fixture
def server() -> Iterator[ReplicateServer]:
    """The vendor."""
    with ReplicateServer().running() as running:
        assert isinstance(running, ReplicateServer)
        yield running


@contextmanager
def _fault(server: ReplicateServer, name: str, times: int) -> Iterator[None]:
    """See World.fault."""
    if name == "slow":
        with server.slow("POST"):
            yield
        return
    if name == "refused when it ran":
        server.ends.extend([FAILED] * times)
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

    def make(url: str, clock: FakeClock, *, key: str = KEY, allow_private: bool = True) -> Replicate:
        providers.append(Replicate(url, key, clock, Gates(clock), allow_private=allow_private))
        return providers[-1]

    yield make
    for provider in providers:
        await provider.close()


class TestReplicate(OperationSuite):
    """What every provider does that submits and polls, and what is Replicate's own."""

    patient = ("429 with Retry-After", "429 with a date", "429 that says when")
    broken = ("500", "502 in HTML", "503", "reset", "malformed")
    unreadables = ("malformed", "no id", "an odd id")
    refusals = ("refused at once", "refused when it ran")
    partials = ("refused when it ran",)
    first = "p1"
    unreadable_polls = (Answer(body=b"{"), json_answer({"id": "p1", "status": "dreaming"}), json_answer([]))

    @pytest.fixture
    def world(self, server: ReplicateServer, made: Make) -> OperationWorld:
        """The provider and its vendor."""
        clock = FakeClock()
        return OperationWorld(
            made(server.url, clock),
            clock,
            {"provider": "replicate", "model": "google/imagen-4"},
            lambda: server.submits,
            lambda name, times: _fault(server, name, times),
            elsewhere=lambda host: made(f"http://{host}", clock),
            server=server,
            in_public=lambda: made(server.url, clock, allow_private=False),
        )

    async def test_it_asks_as_documented(self, world: OperationWorld, server: ReplicateServer) -> None:
        """The key goes to the API alone, not to where images lie; it never waits with the id unknown."""
        options = ProviderOptions(safety_setting="block_only_high")
        job = world.job(prompt="a fox", aspect_ratio="16:9", mime_type="image/jpeg", provider_options=options)
        await world.make(job)
        assert server.predictions["p1"].input == {
            "prompt": "a fox",
            "aspect_ratio": "16:9",
            "safety_filter_level": "block_only_high",
            "output_format": "jpg",
        }
        assert [asked.headers.get("authorization") for asked in server.asked] == [*[f"Bearer {KEY}"] * 4, None]
        assert not any("prefer" in asked.headers for asked in server.asked)

    @pytest.mark.parametrize("count", [1, 2])
    async def test_an_output_may_be_a_list(self, world: OperationWorld, server: ReplicateServer, count: int) -> None:
        """Each of its addresses is an image, and has its price."""
        server.ends.append({"status": "succeeded", "output": [f"{server.url}/images/{i}.png" for i in range(count)]})
        outcome = await world.make()
        assert (len(outcome.pictures), outcome.cost_micros) == (count, count * EACH)

    async def test_an_image_may_come_within_the_answer(self, world: OperationWorld, server: ReplicateServer) -> None:
        """As a data URL."""
        data = f"data:image/png;base64,{b64encode(image_bytes()).decode()}"
        server.ends.append({"status": "succeeded", "output": data})
        (picture,) = (await world.make()).pictures
        assert picture.data == image_bytes()

    @pytest.mark.parametrize("output", [None, [], ""])
    async def test_a_prediction_without_an_image_is_not_paid_again(
        self, world: OperationWorld, server: ReplicateServer, output: Any
    ) -> None:
        """A user may."""
        server.ends.append({"status": "succeeded", "output": output})
        error = await world.refused()
        assert (error.kind, error.billed) == ("UNKNOWN", "yes")

    @pytest.mark.parametrize(
        ("status", "said", "end"),
        [
            ("failed", "CUDA out of memory", ("UNKNOWN", "unknown")),
            ("failed", {"odd": 1}, ("UNKNOWN", "unknown")),
            ("canceled", None, ("UNKNOWN", "unknown")),
            ("aborted", None, ("TEMPORARY", "no")),
        ],
    )
    async def test_a_prediction_that_ended_otherwise_is_not_kept(
        self, world: OperationWorld, server: ReplicateServer, status: str, said: Any, end: tuple[str, str]
    ) -> None:
        """What may have run is not tried again by itself; what never began is."""
        server.ends.append({"status": status, "error": said})
        error = await world.refused()
        assert ((error.kind, error.billed), error.keeps_operation) == (end, False)

    @pytest.mark.parametrize(
        ("ends", "end"),
        [
            (("aborted", "failed"), ("UNKNOWN", "unknown", None)),
            (("failed", "aborted"), ("UNKNOWN", "unknown", None)),
            (("aborted", "aborted"), ("TEMPORARY", "no", 0)),
            (("succeeded", "aborted"), ("UNKNOWN", "yes", EACH)),
        ],
    )
    async def test_what_several_failed_predictions_cost_is_told(
        self,
        world: OperationWorld,
        server: ReplicateServer,
        ends: tuple[str, ...],
        end: tuple[str, str, int | None],
    ) -> None:
        """Whichever failed first: what may have been paid is not told as free, and not paid again by itself."""
        server.ends.extend({"status": status, "output": []} for status in ends)
        error = await world.refused(world.job(n=2))
        assert (error.kind, error.billed, error.cost_micros) == end

    async def test_what_may_have_been_paid_beside_an_image_is_not_told_as_free(
        self, world: OperationWorld, server: ReplicateServer
    ) -> None:
        """One image came; of the other prediction nobody knows."""
        server.ends.append({"status": "failed", "error": "CUDA out of memory"})
        outcome = await world.make(world.job(n=2))
        assert (len(outcome.pictures), outcome.cost_micros) == (1, None)
        assert [gone.billed for gone in outcome.missing] == ["unknown"]

    async def test_a_refusal_names_its_support_code(self, world: OperationWorld, server: ReplicateServer) -> None:
        """As Replicate's support wants to hear it."""
        server.ends.append(FAILED)
        error = await world.refused()
        assert error.safety
        assert (error.safety.filtered, error.safety.support_codes) == ("image", ("E005",))

    async def test_a_parameter_that_it_does_not_take_is_no_refusal_of_the_prompt(
        self, world: OperationWorld, server: ReplicateServer
    ) -> None:
        """Though its name speaks of safety."""
        server.on_submit.append(problem(422, "- input.safety_filter_level: must be one of the following"))
        error = await world.refused()
        assert (error.kind, error.code, server.submits) == ("PERMANENT", "model_refused_request", 1)

    @pytest.mark.parametrize("asked", [1e300, -1e300])
    async def test_a_wait_without_measure_is_bounded(
        self, world: OperationWorld, server: ReplicateServer, asked: float
    ) -> None:
        """At most a day, and none backwards."""
        server.on_submit.extend([problem(429, "Throttled.", retry_after=asked)] * 9)
        error = await world.refused()
        assert (error.kind, error.retry_after) == ("RATE_LIMIT", 86400 if asked > 0 else 0)

    async def test_credit_that_is_used_up_is_told(self, world: OperationWorld, server: ReplicateServer) -> None:
        """No other try helps until somebody pays."""
        server.on_submit.append(problem(402, "You have insufficient credit to run this model."))
        error = await world.refused()
        assert (error.kind, error.code, server.submits) == ("PERMANENT", "provider_credits_exhausted", 1)

    async def test_several_images_are_a_prediction_each(self, world: OperationWorld, server: ReplicateServer) -> None:
        """Their ids are stored as they become known: a takeover submits only those that were not."""
        await world.make(world.job(n=3))
        assert world.checkpoint.operations == ["p1", "p1 p2", "p1 p2 p3"]
        outcome = await world.make(world.job(n=3, provider_operation="p1 p2"))
        assert (len(outcome.pictures), outcome.cost_micros, server.submits) == (3, 3 * EACH, 4)

    async def test_several_predictions_are_booked_as_one(self, world: OperationWorld, server: ReplicateServer) -> None:
        """The second submission of three is tried again: what is booked anew are all three, and they are paid once."""
        usual, busy = server.answer, [Answer(429)]
        server.answer = lambda asked: busy.pop() if busy and server.submits == 2 else usual(asked)
        outcome = await world.make(world.job(n=3))
        assert (world.checkpoint.booked, outcome.cost_micros, server.submits) == ([3 * EACH], 3 * EACH, 4)

    async def test_what_was_taken_goes_on_without_the_rest(
        self, world: OperationWorld, server: ReplicateServer
    ) -> None:
        """The second of three is not taken: no more are asked for, and they are listed."""
        first = server.answer

        def answer(asked: Any) -> Answer:
            return problem(402, "no credit") if asked.method == "POST" and server.predictions else first(asked)

        server.answer = answer
        outcome = await world.make(world.job(n=3))
        assert (len(outcome.pictures), outcome.cost_micros) == (1, EACH)
        assert [gone.code for gone in outcome.missing] == ["provider_credits_exhausted"] * 2

    async def test_one_that_runs_on_keeps_them_all(self, world: OperationWorld, server: ReplicateServer) -> None:
        """The next attempt asks for each again, and pays for none."""
        usual, still = server.answer, json_answer({"id": "p2", "status": "processing"})
        server.answer = lambda asked: still if asked.path.endswith("/p2") else usual(asked)
        error = await world.refused(world.job(n=2))
        assert (error.kind, error.billed, error.keeps_operation) == ("TEMPORARY", "unknown", True)
        server.answer = usual
        outcome = await world.make(world.job(n=2, provider_operation="p1 p2"))
        assert (len(outcome.pictures), server.submits) == (2, 2)

    async def test_a_prediction_nobody_wants_any_more_is_stopped(
        self, world: OperationWorld, server: ReplicateServer
    ) -> None:
        """The user canceled the job while it was submitted."""

        def canceled() -> None:
            raise Canceled("by its user")

        world.checkpoint.on_submitted = canceled
        with pytest.raises(Canceled):
            await world.make()
        assert (server.predictions["p1"].canceled, server.polled) == (True, 0)

    async def test_a_wrong_key_is_one_call(self, server: ReplicateServer, world: OperationWorld, made: Make) -> None:
        """As the vendor answers it."""
        world.provider = made(server.url, world.clock, key="another")
        assert (await world.refused()).kind == "AUTH_ERROR"
        assert server.submits == 1


async def test_a_deployment_names_it_by_its_variables(server: ReplicateServer) -> None:
    """The key by its old name, and another address."""
    clock = FakeClock()
    settings = load({"REPLICATE_API_KEY": KEY, "REPLICATE_API_URL": server.url, "PRIVATE_ADDRESSES": "true"})
    provider = await Providers(settings, clock)("replicate")
    assert isinstance(provider, Replicate)
    job = a_job(provider="replicate", model="google/imagen-4")
    assert (await provider.generate(job, (), LATE, FakeCheckpoint(clock))).pictures
    await provider.close()
    with pytest.raises(ProviderError) as refusal:
        await Providers(load({}), clock)("replicate")
    assert (refusal.value.code, "REPLICATE_API_TOKEN" in refusal.value.message) == ("provider_not_configured", True)


@pytest.mark.parametrize(
    ("configured", "url"),
    [
        (None, "https://api.replicate.com"),
        ("http://127.0.0.1:81/", "http://127.0.0.1:81"),
        ("https://x.test/proxy/v1", "https://x.test/proxy"),
    ],
)
def test_the_address_may_have_its_version(configured: str | None, url: str) -> None:
    """Which the paths have already."""
    assert base_url(configured) == url
