"""Storyboards from the request to their pictures, with fakes all around."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Any

import msgspec
import pytest

from shared.config import Settings
from shared.domain.errors import ProviderError, Rejected
from shared.domain.inputs import Reference
from shared.domain.job import Artifact, Job, Status
from shared.domain.storyboard import Render, Scene, SceneChange, StoryboardRequest
from shared.ports.scene_writer import Written
from shared.use_cases.carry_out import CarryOut
from shared.use_cases.change_storyboard import CANCEL, RETRY, ChangeStoryboard
from shared.use_cases.command import CommandJob
from shared.use_cases.command_batch import CommandBatch
from shared.use_cases.follow_storyboard import FollowStoryboard
from shared.use_cases.parents import Parents
from shared.use_cases.read_storyboard import BoardState, ReadStoryboard
from shared.use_cases.regenerate_scene import RegenerateScene
from shared.use_cases.submit_storyboard import SubmitStoryboard
from shared.use_cases.tenants import RecentTenants
from shared.use_cases.wait import Wait
from tests.builders import DEFAULTS, a_caller, a_job
from tests.fakes.clock import FakeClock
from tests.fakes.image_provider import PRICE
from tests.fakes.job_watcher import FakeJobWatcher
from tests.fakes.ledger import FakeLedger
from tests.fakes.tenant_store import FakeTenantStore
from tests.unit.shared.use_cases.batches import limited
from tests.unit.shared.use_cases.workshop import Workshop

CALLER = a_caller(idempotency_key="board-1")
WRITTEN = StoryboardRequest(prompt="a fox sees the sea", scene_count=3, render=Render(), project_id="film")
GIVEN = StoryboardRequest(
    scenes=(Scene(prompt="a fox"), Scene(prompt="the sea", seed=7, scene_id="end")),
    render=Render(width=1920, height=1080, fit="cover"),
    project_id="film",
)


PORTRAIT = Reference(job_id="p" * 26, description="Ada, in a red coat")  # which there is not
IMAGE = Artifact(index=0, uri="gs://b/i.png", sha256="i", mime_type="image/png", width=2, height=3, bytes=4)
BY_GEMINI = Render(model="gemini-3-pro-image")


class Died(BaseException):
    """The process is no more."""


class Studio:
    """`submit` and `generate` of storyboards."""

    def __init__(self, **settings: Any) -> None:
        self.shop = Workshop()
        self.jobs = self.shop.jobs
        tenants = RecentTenants(self.shop.stores.tenants, self.shop.clock)
        world = self.jobs, self.shop.queue, tenants, self.shop.clock
        self.submit = SubmitStoryboard(*world, DEFAULTS, settings=Settings(**settings))
        parents = self.shop.batches
        self.read = ReadStoryboard(self.jobs, parents, FakeLedger(self.jobs.ledger))
        self.regenerate = RegenerateScene(self.jobs, parents, *world[1:], read=self.read, defaults=DEFAULTS)
        of_parents = Parents(self.jobs, parents, self.shop.queue, self.shop.clock)
        command = CommandJob(*world)
        carry_out = CarryOut(self.jobs, parents, self.shop.clock, command=command, of_parents=of_parents)
        pictures = CommandBatch(parents, carry_out, self.shop.clock, kind="storyboard")
        self.change = ChangeStoryboard(self.jobs, parents, command, pictures)
        self.watcher = FakeJobWatcher(self.jobs)
        wait = Wait(self.jobs, self.watcher, FakeClock(patient=True), 10)
        self.follow = FollowStoryboard(self.read, wait)

    async def take(self, request: StoryboardRequest = WRITTEN) -> Job:
        """The storyboard's job, queued."""
        job, _ = await self.submit(request, CALLER)
        return job

    async def run(self) -> None:
        """Every announced job is worked on, as often as it is announced."""
        while self.shop.queue.announced:
            await self.shop.deliver(self.shop.queue.announced.pop(0).id)

    async def made(self, request: StoryboardRequest = WRITTEN) -> Job:
        """A storyboard that has ended."""
        board = await self.take(request)
        await self.run()
        return self.jobs.job(board.id)

    async def state(self, board: Job) -> BoardState:
        """As a client sees it."""
        return await self.read("local", board.id)

    def pictures(self, board: Job) -> list[Job]:
        """Its children that are stored, by their index."""
        ids = dict.fromkeys(job.id for job in self.jobs.history if job.parent_id == board.id)
        found = [job for each in ids if (job := self.jobs.find(each))]
        return sorted(found, key=lambda job: job.parent_index or 0)

    def parent_status(self, board: Job) -> str | None:
        """Of its pictures together."""
        found = self.shop.batches.parent(board.id)
        return found.status if found else None


async def test_scenes_are_written_once_and_become_pictures() -> None:
    """One paid call; as many pictures as scenes, placed by project, scene and shot; then the parent ends."""
    studio = Studio()
    board = await studio.take()
    await studio.run()
    done = studio.jobs.job(board.id)
    assert (done.status, len(done.scenes), done.actual_micros) == ("completed", 3, 7)
    assert len(studio.shop.writer.asked) == 1
    pictures = studio.pictures(board)
    assert [(job.prompt, job.scene_id, job.shot_id, job.job_type) for job in pictures] == [
        (f"scene {number}", str(number + 1), "1", "start_frame") for number in range(3)
    ]
    assert {job.status for job in pictures} == {"completed"}
    assert studio.parent_status(board) == "completed"


async def test_given_scenes_ask_no_model() -> None:
    """They are pictures at once, as they were given; nothing is paid for text."""
    studio = Studio()
    board = await studio.take(GIVEN)
    await studio.run()
    assert studio.shop.writer.asked == []
    pictures = studio.pictures(board)
    assert [(job.prompt, job.seed, job.scene_id, job.width, job.fit) for job in pictures] == [
        ("a fox", None, "1", 1920, "cover"),
        ("the sea", 7, "end", 1920, "cover"),
    ]
    assert studio.jobs.job(board.id).spend == ()


async def test_characters_are_told_and_painted_from() -> None:
    """The writer is told who is in it; each picture starts from who that is."""
    studio = Studio()
    studio.jobs.has(a_job(id="p" * 26, status="completed", artifacts=(IMAGE,)))
    request = msgspec.structs.replace(WRITTEN, character_references=(PORTRAIT,), render=BY_GEMINI)
    board = await studio.take(request)
    assert "Ada, in a red coat" in board.told.prompt
    await studio.shop.deliver(board.id)
    pictures = studio.pictures(board)
    assert [job.references for job in pictures] == [(PORTRAIT,)] * 3
    assert {job.negative_prompt for job in pictures} == {None}  # that model does not know it


async def test_without_render_there_are_scenes_alone() -> None:
    """No picture, and no parent."""
    studio = Studio()
    board = await studio.take(msgspec.structs.replace(WRITTEN, render=None))
    await studio.run()
    assert studio.jobs.job(board.id).status == "completed"
    assert (studio.pictures(board), studio.parent_status(board)) == ([], None)


@pytest.mark.parametrize("recorded", ["nothing", "the parent", "some pictures", "everything"])
async def test_a_worker_that_dies_after_the_scenes_is_taken_over_without_paying_again(recorded: str) -> None:
    """Whoever takes over records the pictures under the same ids: none is lost, none is there twice."""
    studio = Studio()
    board = await studio.take()
    shop, record = studio.shop, studio.shop.boards.record
    create_all = studio.jobs.create_all

    async def dies(job: Job) -> None:
        if recorded != "nothing":
            await record(job)
        raise Died

    async def records_some(jobs: Sequence[Job]) -> None:
        if recorded == "some pictures":
            await create_all(jobs[:1])
        raise Died

    shop.boards.record = dies  # type: ignore[assignment]
    if recorded in {"the parent", "some pictures"}:
        studio.jobs.create_all = records_some  # type: ignore[method-assign]
    shop.queue.announced.clear()
    with pytest.raises(Died):
        await shop.deliver(board.id)
    shop.boards.record, studio.jobs.create_all = record, create_all  # type: ignore[method-assign]
    left = studio.jobs.job(board.id)
    assert (left.status, len(left.scenes)) == ("uploading", 3)
    assert studio.parent_status(board) == (None if recorded == "nothing" else "recording")
    first = {job.id for job in studio.pictures(board)}
    shop.clock.move(400)  # the lease is over, and the parent's time to be recorded too
    await shop.swept()
    await studio.run()
    assert studio.jobs.job(board.id).status == "completed"
    pictures = studio.pictures(board)
    assert [job.parent_index for job in pictures] == [0, 1, 2]
    assert first <= {job.id for job in pictures}
    assert {job.status for job in pictures} == {"completed"}
    assert (len(shop.writer.asked), studio.parent_status(board)) == (1, "completed")
    assert len(shop.provider.calls) == 3


async def test_pictures_wait_for_the_storyboard_to_be_completed() -> None:
    """One that is canceled while its pictures are recorded makes none of them, and leaves none behind."""
    studio = Studio()
    board = await studio.take()
    record = studio.shop.boards.record

    async def canceled_meanwhile(job: Job) -> Any:
        recorded = await record(job)
        stored = await studio.jobs.get(board.id)
        assert stored
        await studio.jobs.write(
            stored, msgspec.structs.replace(stored.job, cancel_requested=True, write_id="the user's")
        )
        return recorded

    studio.shop.boards.record = canceled_meanwhile  # type: ignore[assignment]
    await studio.run()
    assert (studio.jobs.job(board.id).status, studio.parent_status(board)) == ("canceled", "recording")
    studio.shop.clock.move(400)
    await studio.shop.swept()
    await studio.run()
    assert (studio.pictures(board), studio.parent_status(board)) == ([], None)
    assert studio.shop.provider.calls == []


async def test_a_release_that_is_lost_is_made_up_for_by_sweep() -> None:
    """The storyboard is completed, and the worker died before its pictures were announced."""
    studio = Studio()
    board = await studio.take()

    async def lost(_: object) -> None:
        return None

    studio.shop.boards.record.release = lost  # type: ignore[method-assign,assignment]
    await studio.run()
    assert studio.parent_status(board) == "recording"
    studio.shop.clock.move(400)
    await studio.shop.swept()
    await studio.run()
    assert studio.parent_status(board) == "completed"


async def test_malformed_scenes_fail_and_a_retry_pays_anew() -> None:
    """A writer that failed says how; it is not tried by itself."""
    studio = Studio()
    error = ProviderError("UNKNOWN", "scenes_malformed", "No JSON.", billed="yes", cost_micros=5)
    studio.shop.writer.outcomes = [error]
    board = await studio.take()
    await studio.run()
    failed = studio.jobs.job(board.id)
    assert failed.failure
    assert (failed.status, failed.failure.code, failed.actual_micros) == ("failed", "scenes_malformed", 5)
    assert studio.pictures(board) == []


async def test_more_than_a_document_takes_is_no_storyboard() -> None:
    """What the model wrote is paid, and the job says why it cannot be kept."""
    studio = Studio()
    scenes = tuple(Scene(prompt="狐" * 4000, negative_prompt="海" * 4000) for _ in range(3)) * 10
    studio.shop.writer.outcomes = [Written(scenes=scenes, cost_micros=9)]
    board = await studio.made(msgspec.structs.replace(WRITTEN, scene_count=30))
    assert board.failure
    assert (board.status, board.failure.code, board.actual_micros) == ("failed", "scenes_malformed", 9)


async def test_what_is_given_is_searched_for_by_its_first_words() -> None:
    """The words of a hundred long scenes would not fit twice."""
    scenes = tuple(Scene(prompt=f"fox {number} " + "x" * 3900) for number in range(100))
    board = await Studio().take(StoryboardRequest(scenes=scenes))
    assert (len(board.prompt), len(board.scenes), board.words[:2]) == (32_000, 100, ("fox", "0"))


@pytest.mark.parametrize(("most", "status", "kind"), [(2, "failed", "UNKNOWN"), (3, "queued", "RATE_LIMIT")])
async def test_pictures_are_limited_as_any_jobs(most: int, status: str, kind: str) -> None:
    """A limit that will be free is waited for; one that they could never keep ends it. The scenes are kept either way.

    The storyboard itself is a job under way, too.
    """
    studio = Studio()
    tenants = studio.shop.stores.tenants
    assert isinstance(tenants, FakeTenantStore)
    tenants.has(limited(jobs_in_flight=most))
    board = await studio.take()
    await studio.shop.deliver(board.id)
    found = studio.jobs.job(board.id)
    assert found.failure
    assert (found.status, found.failure.type, found.failure.code) == (status, kind, "too_many_jobs")
    assert (len(found.scenes), found.actual_micros, studio.pictures(board)) == (3, 7, [])


async def test_the_debug_log_has_what_was_asked_and_told(caplog: pytest.LogCaptureFixture) -> None:
    """The request, and the words that the writer was told."""
    with caplog.at_level("DEBUG"):
        await Studio().made()
    fields = {record.getMessage(): record.fields for record in caplog.records}  # type: ignore[attr-defined]
    assert fields["storyboard asked for"]["arguments"]["prompt"] == WRITTEN.prompt
    assert "Write 3 scenes" in fields["writer asked"]["prompt"]


async def test_what_a_video_cost_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Its scenes and all of its pictures together, once it has ended."""
    with caplog.at_level("INFO"):
        await Studio().made()
    (record,) = [record for record in caplog.records if record.getMessage() == "storyboard completed"]
    assert record.fields["cost_micros"] == 7 + 3 * PRICE  # type: ignore[attr-defined]


async def test_a_key_names_one_storyboard() -> None:
    """A repeat is the same; another request under it is 422."""
    studio = Studio()
    board = await studio.take()
    again, replayed = await studio.submit(WRITTEN, CALLER)
    assert (again.id, replayed) == (board.id, True)
    with pytest.raises(Rejected, match="already names"):
        await studio.submit(GIVEN, CALLER)


async def test_a_version_knows_its_first() -> None:
    """A rewrite is a version: its number rises, and all are found by the first."""
    studio = Studio()
    first = await studio.take()
    studio.shop.clock.move(1)
    second, _ = await studio.submit(
        msgspec.structs.replace(WRITTEN, version_of=first.id), a_caller(idempotency_key="board-2")
    )
    assert second.board
    assert (second.board.version, second.board.first_version) == (2, first.id)
    assert second.label_terms == (f"/versions={first.id}",) == first.label_terms
    studio.shop.clock.move(1)
    third, _ = await studio.submit(
        msgspec.structs.replace(WRITTEN, version_of=first.id), a_caller(idempotency_key="board-3")
    )
    assert third.board
    assert (third.board.version, third.board.first_version) == (3, first.id)  # though it is made of the first, too


@pytest.mark.parametrize(
    ("request_", "pointer"),
    [
        (StoryboardRequest(), "/prompt"),
        (msgspec.structs.replace(GIVEN, prompt="x"), "/prompt"),
        (msgspec.structs.replace(GIVEN, scene_count=9), "/scene_count"),
        (msgspec.structs.replace(WRITTEN, render=Render(width=1920)), "/render/height"),
        (msgspec.structs.replace(WRITTEN, render=Render(model="no-such")), "/render/model"),
        (msgspec.structs.replace(GIVEN, scenes=(Scene(prompt="x", model="no-such"),)), "/scenes/0/model"),
        (msgspec.structs.replace(WRITTEN, style="no-such"), "/style"),
        (msgspec.structs.replace(WRITTEN, character_references=(PORTRAIT,)), "/character_references"),
        (
            msgspec.structs.replace(WRITTEN, character_references=(PORTRAIT,), render=BY_GEMINI),
            "/character_references/0/job_id",
        ),
        (msgspec.structs.replace(WRITTEN, project_id=".."), "/project_id"),
        (msgspec.structs.replace(WRITTEN, version_of="a" * 26), "/version_of"),
        (
            msgspec.structs.replace(GIVEN, scenes=(Scene(prompt="x", scene_id="2"), Scene(prompt="y"))),
            "/scenes/1/scene_id",
        ),
    ],
)
async def test_what_is_wrong_is_pointed_at(request_: StoryboardRequest, pointer: str) -> None:
    """Before anything is recorded."""
    studio = Studio()
    with pytest.raises(Rejected) as refused:
        await studio.take(request_)
    assert (refused.value.status, [where for where, _ in refused.value.errors]) == (400, [pointer])
    assert studio.jobs.history == []


async def test_without_real_images_scenes_are_not_real_either() -> None:
    """Nothing is asked of a vendor, and nothing costs."""
    board = await Studio(use_real_image=False).take()
    assert (board.provider, board.estimated_micros) == ("local", 0)


async def test_a_scene_is_made_again() -> None:
    """A new picture takes the place of the one before, whose own id still finds it; both are in what the video cost."""
    studio = Studio()
    board = await studio.made()
    (_, before, _) = studio.pictures(board)
    caller, change = a_caller(idempotency_key="again"), SceneChange(prompt="a fox at night", seed=3)
    new, replayed = await studio.regenerate(caller, board.id, 1, change)
    assert (new.prompt, new.seed, new.cache, new.scene_id, replayed) == ("a fox at night", 3, "off", "2", False)
    assert ((await studio.state(board)).status, studio.parent_status(board)) == ("running", "running")
    again, replayed = await studio.regenerate(caller, board.id, 1, change)
    assert (again.id, replayed) == (new.id, True)
    await studio.run()
    state = await studio.state(board)
    assert (state.status, state.pictures[1].id, len(state.pictures)) == ("completed", new.id, 3)
    assert studio.jobs.job(before.id).parent_id is None
    assert state.spent.micros == 4 * PRICE


async def test_an_older_key_takes_no_picture_from_its_scene() -> None:
    """It names the picture that it made, also while a newer one is made; whose place that is stays as it is."""
    studio = Studio()
    board = await studio.made()
    first, _ = await studio.regenerate(a_caller(idempotency_key="one"), board.id, 1, SceneChange(seed=1))
    await studio.run()
    second, _ = await studio.regenerate(a_caller(idempotency_key="two"), board.id, 1, SceneChange(seed=2))
    for _ in range(2):  # while it is made, and after
        again, replayed = await studio.regenerate(
            a_caller(idempotency_key="one"), board.id, 1, SceneChange(seed=1)
        )  # fmt: skip
        assert (again.id, replayed) == (first.id, True)
        await studio.run()
    assert (await studio.state(board)).pictures[1].id == second.id
    with pytest.raises(Rejected, match="made from another request"):
        await studio.regenerate(a_caller(idempotency_key="one"), board.id, 1, SceneChange(seed=3))


async def test_a_storyboard_whose_pictures_were_all_deleted_has_ended() -> None:
    """As it had before."""
    studio = Studio()
    board = await studio.made()
    for picture in (await studio.state(board)).pictures.values():
        studio.jobs.remove(picture.id)
    assert (await studio.state(board)).status == "completed"


async def test_a_scene_whose_picture_was_deleted_gets_another() -> None:
    """There is none that one would have to wait for."""
    studio = Studio()
    board = await studio.made()
    studio.jobs.remove((await studio.state(board)).pictures[1].id)
    new, _ = await studio.regenerate(a_caller(idempotency_key="anew"), board.id, 1, SceneChange())
    await studio.run()
    state = await studio.state(board)
    assert (state.status, state.pictures[1].id) == ("completed", new.id)


async def test_a_refused_scene_can_be_mended() -> None:
    """The storyboard is whole once the last of its failures was made again."""
    studio = Studio()
    studio.shop.provider.then(ProviderError("PERMANENT", "safety_blocked", "No."))
    board = await studio.made(GIVEN)
    state = await studio.state(board)
    assert state.status == "completed_with_failures"
    (failed,) = [index for index, picture in state.pictures.items() if picture.status == "failed"]
    await studio.regenerate(a_caller(idempotency_key="mend"), board.id, failed, SceneChange(prompt="a tame fox"))
    await studio.run()
    assert ((await studio.state(board)).status, studio.parent_status(board)) == ("completed", "completed")


@pytest.mark.parametrize(
    ("index", "status", "code"), [(0, 409, "scene_unfinished"), (3, 404, "scene_not_found")]
)  # fmt: skip
async def test_what_cannot_be_made_again(index: int, status: int, code: str) -> None:
    """A picture that has not ended, and one that there is not."""
    studio = Studio()
    board = await studio.take()
    await studio.shop.deliver(board.id)
    with pytest.raises(Rejected) as refused:
        await studio.regenerate(CALLER, board.id, index, SceneChange())
    assert (refused.value.status, refused.value.code) == (status, code)


async def test_a_cancel_stops_the_writing() -> None:
    """Before it began: at once, and there is nothing of it."""
    studio = Studio()
    board = await studio.take()
    assert await studio.change("local", board.id, CANCEL, None) is False
    assert ((await studio.state(board)).status, studio.shop.writer.asked) == ("canceled", [])


async def test_a_cancel_stops_the_pictures() -> None:
    """All that have not begun."""
    studio = Studio()
    board = await studio.take()
    await studio.shop.deliver(board.id)
    await studio.change("local", board.id, CANCEL, "stop")
    assert (await studio.state(board)).status == "canceled"
    assert studio.shop.provider.calls == []


async def test_what_has_ended_is_not_canceled() -> None:
    """409: there is nothing to cancel."""
    studio = Studio()
    board = await studio.made()
    with pytest.raises(Rejected, match="nothing to cancel"):
        await studio.change("local", board.id, CANCEL, None)


async def test_a_retry_is_of_what_failed() -> None:
    """Of the writing, paid anew; then of the pictures, and the scenes are paid no more."""
    studio = Studio()
    studio.shop.writer.outcomes = [ProviderError("UNKNOWN", "scenes_malformed", "No JSON.", billed="yes")]
    studio.shop.provider.then(ProviderError("PERMANENT", "safety_blocked", "No."))
    board = await studio.made()
    await studio.change("local", board.id, RETRY, "once")
    await studio.run()
    assert (await studio.state(board)).status == "completed_with_failures"
    await studio.change("local", board.id, RETRY, "twice")
    await studio.run()
    assert (await studio.state(board)).status == "completed"
    assert (len(studio.shop.writer.asked), len(studio.shop.provider.calls)) == (2, 4)


async def test_another_tenant_finds_nothing() -> None:
    """404, as for one that there is not; and for a job that is none."""
    studio = Studio()
    board = await studio.made()
    for tenant, board_id in (("other", board.id), ("local", "b" * 26), ("local", studio.pictures(board)[0].id)):
        with pytest.raises(Rejected, match="no storyboard"):
            await studio.read(tenant, board_id)


async def test_it_is_followed_to_its_end() -> None:
    """Its job's changes, then its pictures', each once, in one stream; the last is what is read after it."""
    studio = Studio()
    board = await studio.take()
    async with _listening(studio, board) as told:
        await studio.run()
    assert told[0].status == "queued"
    assert (told[-1].status, told[-1].spent.micros) == ("completed", 3 * PRICE)
    assert len({tuple(each.counts.items()) for each in told}) > 2
    assert [each.status for each in told].count("completed") == 1
    sequences = [each.sequence for each in told]
    assert sequences == sorted(set(sequences))
    read = await studio.state(board)
    assert (read.sequence, read.spent, read.status) == (sequences[-1], told[-1].spent, "completed")


async def test_each_end_is_told_with_what_is_spent_until_then() -> None:
    """No picture is shown as completed whose cost is not in the sum."""
    studio = Studio()
    board = await studio.take(GIVEN)
    await studio.shop.deliver(board.id)
    async with _listening(studio, board) as told:
        await studio.shop.deliver(studio.pictures(board)[0].id)
        await told.until("completed")
        await studio.run()
    assert [each.spent.micros for each in told] == [PRICE * each.counts["completed"] for each in told]
    assert told[-1].counts["completed"] == 2


async def test_what_is_made_again_meanwhile_is_followed_too() -> None:
    """The stream ends when nothing is left to come."""
    studio = Studio()
    board = await studio.take(GIVEN)
    await studio.shop.deliver(board.id)
    first, last = studio.pictures(board)
    async with _listening(studio, board) as told:
        await studio.shop.deliver(first.id)
        await told.until("completed")
        again, _ = await studio.regenerate(CALLER, board.id, 0, SceneChange(prompt="a wolf"))
        await studio.shop.deliver(last.id)
        await studio.run()
    assert (told[-1].status, told[-1].pictures[0].id) == ("completed", again.id)
    assert told[-1].spent.micros == 3 * PRICE


async def test_what_is_known_is_not_told_again() -> None:
    """Who comes back with the version that there is hears of what comes after it."""
    studio = Studio()
    board = await studio.take(GIVEN)
    seen = (await studio.state(board)).sequence
    async with _listening(studio, board, seen) as told:
        await studio.run()
    assert seen not in {each.sequence for each in told}
    assert told[-1].status == "completed"


class Told(list[BoardState]):
    """What a stream has told so far."""

    def __init__(self) -> None:
        super().__init__()
        self.more = asyncio.Event()

    async def until(self, status: Status) -> None:
        """A picture is told to be so."""
        while not (self and self[-1].counts[status]):
            self.more.clear()
            await asyncio.wait_for(self.more.wait(), 60)


@asynccontextmanager
async def _listening(studio: Studio, board: Job, seen: int | None = None) -> AsyncIterator[Told]:
    """What the stream tells: it is open before the block, and has ended after it."""
    told, opened = Told(), asyncio.Event()
    state = await studio.state(board)

    async def listen() -> None:
        async with aclosing(studio.follow(state, seen)) as changes:
            opened.set()
            async for change in changes:
                told.extend([change] if change else [])
                told.more.set()

    listening = asyncio.ensure_future(listen())
    await asyncio.wait_for(opened.wait(), 60)
    yield told
    await asyncio.wait_for(listening, 60)
