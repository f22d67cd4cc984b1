"""SceneWriter: the local one, the fake, and Gemini, on the local Vertex AI and on a server that misbehaves."""

from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from shared.config import load
from shared.domain.errors import ProviderError
from shared.domain.storyboard import Scene
from shared.domain.text_price import TextPrice
from shared.ports.scene_writer import Ask, SceneWriter
from shared.providers.gates import Gates
from shared.providers.gemini import Door
from shared.scene_writers import SceneWriters
from shared.scene_writers.gemini import GeminiWriter
from shared.scene_writers.local import LocalWriter
from tests.fakes.checkpoint import FakeCheckpoint
from tests.fakes.clock import FakeClock
from tests.fakes.gemini_server import GeminiServer, refused_prompt
from tests.fakes.http_server import Answer, json_answer
from tests.fakes.scene_writer import FakeSceneWriter
from tests.processes import RunningCloud

ASK = Ask(
    job_id="a" * 26,
    model="gemini-2.5-flash",
    instruction="Write 3 scenes of a video. The idea: a fox sees the sea.",
    about="a fox sees the sea",
    count=3,
    estimate=2000,
    price=TextPrice(prompt=300_000, answer=2_500_000),
)
GOOD = {"scenes": [{"description": f"scene {number}", "negative_description": "fog"} for number in range(3)]}
Make = Callable[[str], GeminiWriter]


class World:
    """A writer with a clock and a checkpoint."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.checkpoint = FakeCheckpoint(self.clock)

    async def write(self, writer: SceneWriter, ask: Ask = ASK) -> Any:
        """What it gives within two minutes."""
        return await writer.write(ask, self.clock.now() + timedelta(minutes=2), self.checkpoint)

    async def refused(self, writer: SceneWriter, ask: Ask = ASK) -> ProviderError:
        """How it fails."""
        with pytest.raises(ProviderError) as caught:
            await self.write(writer, ask)
        return caught.value


@pytest.fixture
def world() -> World:
    """A new one."""
    return World()


@pytest.fixture
async def made(world: World) -> AsyncIterator[Make]:
    """Makes writers."""
    writers = []

    def make(url: str) -> GeminiWriter:
        door = Door("p", base_url=url, local=True)
        writers.append(GeminiWriter(door, "us-central1", world.clock, Gates(world.clock)))
        return writers[-1]

    yield make
    for writer in writers:
        await writer.close()


@pytest.fixture
def vendor() -> Iterator[GeminiServer]:
    """One that answers what it is told."""
    with GeminiServer().running() as running:
        assert isinstance(running, GeminiServer)
        yield running


class SceneWriterSuite:
    """What every writer does."""

    @pytest.fixture
    def writer(self) -> SceneWriter:
        """The writer."""
        raise NotImplementedError

    @pytest.mark.parametrize("count", [1, 3, 12])
    async def test_it_writes_as_many_as_asked_for(self, world: World, writer: SceneWriter, count: int) -> None:
        """Each of them says something, and none more than a scene may."""
        written = await world.write(writer, msgspec.structs.replace(ASK, count=count))
        assert len(written.scenes) == count
        assert msgspec.json.decode(msgspec.json.encode(written.scenes), type=tuple[Scene, ...]) == written.scenes
        assert len({scene.prompt for scene in written.scenes}) == count


class TestLocalWriter(SceneWriterSuite):
    """Without a model."""

    @pytest.fixture
    def writer(self) -> SceneWriter:
        """The one of laptops and of deployments without real images."""
        return LocalWriter()

    async def test_equal_words_give_equal_scenes(self, world: World, writer: SceneWriter) -> None:
        """At no cost; other words give others."""
        first, second = await world.write(writer), await world.write(writer)
        other = await world.write(writer, msgspec.structs.replace(ASK, about="a wolf in the hills"))
        assert (first, first.cost_micros) == (second, 0)
        assert first.scenes != other.scenes
        assert all("a fox sees the sea" in scene.prompt for scene in first.scenes)

    async def test_a_very_long_idea_fits(self, world: World, writer: SceneWriter) -> None:
        """What is too long for a scene is cut."""
        written = await world.write(writer, msgspec.structs.replace(ASK, about="fox " * 8000))
        assert max(len(scene.prompt) for scene in written.scenes) <= 4000


class TestFakeSceneWriter(SceneWriterSuite):
    """The one of other tests."""

    @pytest.fixture
    def writer(self) -> SceneWriter:
        """The fake."""
        return FakeSceneWriter()


class TestGeminiWriter(SceneWriterSuite):
    """By a text model."""

    @pytest.fixture
    def writer(self, cloud: RunningCloud, made: Make) -> SceneWriter:
        """On the local Vertex AI."""
        return made(cloud.environment["GOOGLE_VERTEX_BASE_URL"])

    async def test_its_cost_is_by_its_tokens(self, world: World, made: Make, vendor: GeminiServer) -> None:
        """Thoughts are paid as the answer; rounded up to a micro-USD. Unknown without a price, or without counts."""
        usage = {"promptTokenCount": 100, "candidatesTokenCount": 40, "thoughtsTokenCount": 2}
        vendor.next += [_said(GOOD, usage), _said(GOOD, usage), _said(GOOD)]
        writer = made(vendor.url)
        assert (await world.write(writer)).cost_micros == 30 + 105
        assert (await world.write(writer, msgspec.structs.replace(ASK, price=None))).cost_micros is None
        assert (await world.write(writer)).cost_micros is None

    async def test_it_asks_for_json_by_a_schema(self, world: World, made: Make, vendor: GeminiServer) -> None:
        """Of exactly so many scenes, at the model's own location."""
        vendor.next += [_said(GOOD)]
        written = await world.write(made(vendor.url), msgspec.structs.replace(ASK, location="global"))
        (asked,) = vendor.asked
        assert "/locations/global/publishers/google/models/gemini-2.5-flash:generateContent" in asked.path
        config = asked.json()["generationConfig"]
        assert config["responseMimeType"] == "application/json"
        scenes = config["responseJsonSchema"]["properties"]["scenes"]
        assert (scenes["minItems"], scenes["maxItems"]) == (3, 3)
        assert [(scene.prompt, scene.negative_prompt) for scene in written.scenes] == [
            (f"scene {number}", "fog") for number in range(3)
        ]

    @pytest.mark.parametrize(
        "bad",
        [
            "Sure! Here is the JSON: {",
            '{"scenes": []}',
            '{"scenes": [{"description": "", "negative_description": ""}]}',
            '{"scenes": [{"description": "x"}]}',
            '["scenes"]',
        ],
    )
    async def test_what_does_not_follow_the_schema_is_sent_back_once(
        self, world: World, made: Make, vendor: GeminiServer, bad: str
    ) -> None:
        """With what is wrong; the second call is booked after the first is paid."""
        usage = {"promptTokenCount": 100, "candidatesTokenCount": 40}
        vendor.next += [_said(bad, usage), _said(GOOD, usage)]
        written = await world.write(made(vendor.url))
        assert (len(written.scenes), written.cost_micros) == (3, 130)
        assert [error.cost_micros for error in world.checkpoint.failed] == [130]
        assert world.checkpoint.booked == [2000]
        turns = vendor.asked[1].json()["contents"]
        assert [turn["role"] for turn in turns] == ["user", "model", "user"]
        assert turns[1]["parts"] == [{"text": bad}]

    async def test_what_is_wrong_twice_fails(self, world: World, made: Make, vendor: GeminiServer) -> None:
        """Paid, and not tried again by itself."""
        usage = {"promptTokenCount": 100, "candidatesTokenCount": 40}
        vendor.next += [_said("no", usage), _said("no", usage), _said(GOOD)]
        error = await world.refused(made(vendor.url))
        assert (error.kind, error.code, error.cost_micros) == ("UNKNOWN", "scenes_malformed", 130)
        assert len(vendor.asked) == 2

    async def test_the_local_vertex_ai_is_mended_too(self, world: World, writer: SceneWriter) -> None:
        """By the words in a prompt that make it answer no JSON."""
        told = f"[[bad-json]] {ASK.instruction}"
        written = await world.write(writer, msgspec.structs.replace(ASK, instruction=told))
        assert (len(written.scenes), len(world.checkpoint.failed)) == (3, 1)

    @pytest.mark.parametrize(
        ("marker", "kind", "code"),
        [
            ("safety", "PERMANENT", "safety_blocked"),
            ("prompt-blocked", "PERMANENT", "safety_blocked"),
            ("retired", "PERMANENT", "model_not_found"),
            ("error 403", "AUTH_ERROR", "model_forbidden"),
        ],
    )
    async def test_refusals_are_typed(
        self, world: World, writer: SceneWriter, marker: str, kind: str, code: str
    ) -> None:
        """As those of a picture, and not asked again."""
        error = await world.refused(writer, msgspec.structs.replace(ASK, instruction=f"[[{marker}]] x"))
        assert (error.kind, error.code) == (kind, code)

    async def test_a_text_that_was_cut_off_is_no_scene(self, world: World, writer: SceneWriter) -> None:
        """Its end is told from one that does not follow the schema."""
        error = await world.refused(writer, msgspec.structs.replace(ASK, instruction="[[max-tokens]] x"))
        assert "MAX_TOKENS" in error.message

    async def test_what_may_pass_is_tried_again(self, world: World, made: Make, vendor: GeminiServer) -> None:
        """Each further call is booked."""
        vendor.next += [Answer(503), _said(GOOD)]
        assert len((await world.write(made(vendor.url))).scenes) == 3
        assert world.checkpoint.booked == [2000]

    async def test_a_blocked_prompt_says_so(self, world: World, made: Make, vendor: GeminiServer) -> None:
        """With the reason, and nothing is billed."""
        vendor.next += [refused_prompt("BLOCKLIST")]
        error = await world.refused(made(vendor.url))
        assert (error.code, error.billed, error.safety and error.safety.categories) == (
            "safety_blocked", "no", ("blocklist",),
        )  # fmt: skip


async def test_the_table_makes_each_writer_once(cloud: RunningCloud) -> None:
    """By its name; one that there is not is told of, as is a setting that lacks."""
    writers = SceneWriters(load({**cloud.environment, "GOOGLE_CLOUD_PROJECT": "p"}), FakeClock())
    assert isinstance(await writers("gemini"), GeminiWriter)
    assert await writers("local") is await writers("local")
    with pytest.raises(ProviderError, match="no writer nobody"):
        await writers("nobody")
    with pytest.raises(ProviderError, match="GOOGLE_CLOUD_PROJECT"):
        await SceneWriters(load({}), FakeClock())("gemini")


def _said(text: object, usage: dict[str, int] | None = None) -> Answer:
    words = text if isinstance(text, str) else msgspec.json.encode(text).decode()
    candidate = {"content": {"role": "model", "parts": [{"text": words}]}, "finishReason": "STOP"}
    return json_answer({"candidates": [candidate], **({"usageMetadata": usage} if usage else {})})
