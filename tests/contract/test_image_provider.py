"""ImageProvider: the fake, the placeholder, and Imagen over the wire."""

from collections.abc import AsyncIterator
from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from shared.domain.errors import Billed, FailureType, ProviderError
from shared.ports import ImageProvider, Outcome
from shared.providers.imagen import Imagen, client
from shared.providers.placeholder import Placeholder
from tests.builders import a_job
from tests.fakes.clock import FakeClock
from tests.fakes.image_provider import FakeImageProvider
from tests.processes import RunningCloud

ERRORS: list[tuple[str, FailureType, str, Billed]] = [
    ("[[rate-limit]]", "RATE_LIMIT", "model_rate_limit", "no"),
    ("[[retired]]", "PERMANENT", "model_not_found", "no"),
    ("[[error 400]]", "PERMANENT", "model_refused_request", "no"),
    ("[[error 401]]", "AUTH_ERROR", "model_unauthorized", "no"),
    ("[[error 403]]", "AUTH_ERROR", "model_forbidden", "no"),
    ("[[error 409]]", "TEMPORARY", "model_unavailable", "no"),
    ("[[error 499]]", "TEMPORARY", "model_unavailable", "unknown"),
    ("[[error 500]]", "TEMPORARY", "model_unavailable", "unknown"),
    ("[[error 503]]", "TEMPORARY", "model_unavailable", "unknown"),
    ("[[error 504]]", "TEMPORARY", "model_timeout", "unknown"),
    ("[[refused]]", "PERMANENT", "safety_blocked", "no"),
    ("[[blocked]]", "PERMANENT", "safety_blocked", "no"),
    ("[[empty]]", "PERMANENT", "safety_blocked", "no"),
]


class Booked:
    """A checkpoint that notes what it was asked to book."""

    def __init__(self) -> None:
        self.after: list[ProviderError] = []
        self.waited: list[float] = []  # seconds

    async def paying_again(self, after: ProviderError) -> None:
        """See Checkpoint.paying_again."""
        self.after.append(after)

    async def wait(self, seconds: float) -> None:
        """See Checkpoint.wait; it is over at once."""
        self.waited.append(seconds)

    async def submitted(self, operation: str) -> None:
        """See Checkpoint.submitted."""
        raise AssertionError(f"none of these submits and then polls: {operation}")


async def made(provider: ImageProvider, booked: Booked | None = None, **fields: Any) -> Outcome:
    """What a job brings that has a minute."""
    clock = FakeClock()
    return await provider.generate(a_job(**fields), clock.now() + timedelta(minutes=1), booked or Booked())


class ImageProviderSuite:
    """To be inherited with a fixture `provider`."""

    async def test_an_estimate_grows_with_the_images(self, provider: ImageProvider) -> None:
        """Or is unknown, or nothing."""
        one, four = provider.estimate(a_job(n=1)), provider.estimate(a_job(n=4))
        assert (one is None and four is None) or (one is not None and four == 4 * one)

    @pytest.mark.parametrize("n", [1, 3])
    async def test_there_are_as_many_pictures_as_asked_for(self, provider: ImageProvider, n: int) -> None:
        """Each whole, each another, each what it says it is."""
        outcome = await made(provider, n=n, seed=5)
        assert len(outcome.pictures) == n
        assert len({sha256(picture.data).digest() for picture in outcome.pictures}) == n
        for picture in outcome.pictures:
            with Image.open(BytesIO(picture.data)) as image:
                image.load()
                assert image.size == (picture.width, picture.height)
                assert image.get_format_mimetype() == picture.mime_type

    async def test_the_cost_is_known_as_well_as_the_estimate(self, provider: ImageProvider) -> None:
        """What was estimated is what it comes to, where nothing goes wrong."""
        outcome = await made(provider, n=2)
        assert outcome.cost_micros == provider.estimate(a_job(n=2))

    async def test_a_call_that_succeeds_is_booked_once(self, provider: ImageProvider) -> None:
        """By the job itself, before it."""
        booked = Booked()
        await made(provider, booked)
        assert booked.after == []


class TestFake(ImageProviderSuite):
    """The one that other tests are built on."""

    @pytest.fixture
    def provider(self) -> ImageProvider:
        """Without a plan."""
        return FakeImageProvider()


class TestPlaceholder(ImageProviderSuite):
    """It paints by itself."""

    @pytest.fixture
    def provider(self) -> ImageProvider:
        """There is but one kind."""
        return Placeholder()

    @pytest.mark.parametrize("mime_type", ["image/png", "image/jpeg", "image/webp"])
    async def test_it_paints_in_every_format_for_nothing(self, provider: ImageProvider, mime_type: str) -> None:
        """The same picture for the same seed."""
        outcomes = [await made(provider, mime_type=mime_type, seed=3) for _ in range(2)]
        assert outcomes[0] == outcomes[1]
        assert (outcomes[0].pictures[0].mime_type, outcomes[0].cost_micros) == (mime_type, 0)


@pytest.mark.usefixtures("one_loop")
class TestImagen(ImageProviderSuite):
    """The real one."""

    @pytest.fixture
    def clock(self) -> FakeClock:
        """Whoever sleeps on it moves it."""
        return FakeClock()

    @pytest.fixture
    async def provider(
        self, deployed_cloud: RunningCloud, project: str, clock: FakeClock
    ) -> AsyncIterator[ImageProvider]:
        """On Google's asynchronous client."""
        prediction = client("us-central1", deployed_cloud.host("vertex"))
        yield Imagen(prediction, project, "us-central1", clock)
        await prediction.transport.close()

    @pytest.mark.parametrize(("marker", "kind", "code", "billed"), ERRORS)
    async def test_an_error_says_what_kind_it_is(
        self, provider: ImageProvider, marker: str, kind: FailureType, code: str, billed: Billed
    ) -> None:
        """Every shape of a refusal and of a failure, and what is known of its price."""
        with pytest.raises(ProviderError) as failure:
            await made(provider, prompt=f"a fox {marker}")
        assert (failure.value.kind, failure.value.code, failure.value.billed) == (kind, code, billed)
        assert failure.value.message

    async def test_what_is_given_beside_a_refusal_is_kept(self, provider: ImageProvider) -> None:
        """Two of three, the reason for the third, and the price of two."""
        outcome = await made(provider, prompt="a fox [[some-blocked]]", n=3)
        assert (len(outcome.pictures), len(outcome.blocked)) == (2, 1)
        assert outcome.cost_micros == provider.estimate(a_job(n=2))

    async def test_a_failure_that_passes_is_booked_and_tried_again(
        self, provider: ImageProvider, deployed_cloud: RunningCloud
    ) -> None:
        """With the wait before it, and the reason for it."""
        booked = Booked()
        with deployed_cloud.control.fault("vertex", "Predict", code="UNAVAILABLE", count=2):
            await made(provider, booked)
        assert [failed.code for failed in booked.after] == ["model_unavailable"] * 2
        assert [int(seconds) for seconds in booked.waited] == [1, 2]  # with up to 0.5 s of jitter

    async def test_no_call_is_made_after_the_deadline(
        self, provider: ImageProvider, deployed_cloud: RunningCloud, clock: FakeClock
    ) -> None:
        """The wait would end too late."""
        booked = Booked()
        with deployed_cloud.control.fault("vertex", "Predict", code="UNAVAILABLE"), pytest.raises(ProviderError):
            await provider.generate(a_job(), clock.now() + timedelta(seconds=1), booked)
        assert booked.after == []

    @pytest.mark.parametrize(
        ("ratio", "mime_type"), [("16:9", "image/jpeg"), ("9:16", "image/png"), ("3:4", "image/png")]
    )
    async def test_ratio_and_format_are_those_asked_for(
        self, provider: ImageProvider, ratio: str, mime_type: str
    ) -> None:
        """As the parameters of the call say."""
        (picture,) = (await made(provider, aspect_ratio=ratio, mime_type=mime_type)).pictures
        wide, high = (int(part) for part in ratio.split(":"))
        assert picture.mime_type == mime_type
        assert abs(picture.width / picture.height - wide / high) < 0.06  # Imagen’s own sizes are near the ratio

    async def test_the_same_seed_gives_the_same_picture(self, provider: ImageProvider) -> None:
        """And says so."""
        one, same, other = [(await made(provider, seed=seed)).pictures[0] for seed in (7, 7, 8)]
        assert one == same
        assert (one.seed, other.seed) == (7, 8)
        assert one.data != other.data
