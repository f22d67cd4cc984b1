"""Storyboards from the request to their pictures, with fakes all around."""

from typing import Any

import msgspec
import pytest

from shared.config import Settings
from shared.domain.errors import ProviderError, Rejected
from shared.domain.job import Job
from shared.domain.storyboard import Render, Scene, StoryboardRequest
from shared.use_cases.submit_storyboard import SubmitStoryboard
from shared.use_cases.tenants import RecentTenants
from tests.builders import DEFAULTS, a_caller
from tests.unit.shared.use_cases.workshop import Workshop

CALLER = a_caller(idempotency_key="board-1")
WRITTEN = StoryboardRequest(prompt="a fox sees the sea", scene_count=3, render=Render(), project_id="film")
GIVEN = StoryboardRequest(
    scenes=(Scene(prompt="a fox"), Scene(prompt="the sea", seed=7, scene_id="end")),
    render=Render(width=1920, height=1080, fit="cover"),
    project_id="film",
)


class Died(BaseException):
    """The process is no more."""


class Studio:
    """`submit` and `generate` of storyboards."""

    def __init__(self, **settings: Any) -> None:
        self.shop = Workshop()
        self.jobs = self.shop.jobs
        tenants = RecentTenants(self.shop.stores.tenants, self.shop.clock)
        self.submit = SubmitStoryboard(
            self.jobs, self.shop.queue, tenants, self.shop.clock, DEFAULTS, settings=Settings(**settings)
        )

    async def take(self, request: StoryboardRequest = WRITTEN) -> Job:
        """The storyboard's job, queued."""
        job, _ = await self.submit(request, CALLER)
        return job

    async def run(self) -> None:
        """Every announced job is worked on, as often as it is announced."""
        while self.shop.queue.announced:
            await self.shop.deliver(self.shop.queue.announced.pop(0).id)

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


async def test_without_render_there_are_scenes_alone() -> None:
    """No picture, and no parent."""
    studio = Studio()
    board = await studio.take(msgspec.structs.replace(WRITTEN, render=None))
    await studio.run()
    assert studio.jobs.job(board.id).status == "completed"
    assert (studio.pictures(board), studio.parent_status(board)) == ([], None)


async def test_a_worker_that_dies_after_the_scenes_is_taken_over_without_paying_again() -> None:
    """Whoever takes over records the pictures under the same ids: none is lost, none is there twice."""
    studio = Studio()
    board = await studio.take()

    async def dies(job: Job) -> None:
        await record(job)
        raise Died

    record = studio.shop.boards.record
    studio.shop.boards.record = dies  # type: ignore[assignment]
    studio.shop.queue.announced.clear()
    with pytest.raises(Died):
        await studio.shop.deliver(board.id)
    studio.shop.boards.record = record
    left = studio.jobs.job(board.id)
    assert (left.status, len(left.scenes), studio.parent_status(board)) == ("uploading", 3, "recording")
    first = [job.id for job in studio.pictures(board)]
    studio.shop.clock.move(400)  # the lease is over, and the parent's time to be recorded too
    await studio.shop.swept()
    await studio.run()
    assert studio.jobs.job(board.id).status == "completed"
    assert [job.id for job in studio.pictures(board)] == first
    assert {job.status for job in studio.pictures(board)} == {"completed"}
    assert (len(studio.shop.writer.asked), studio.parent_status(board)) == (1, "completed")


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
    second, _ = await studio.submit(
        msgspec.structs.replace(WRITTEN, version_of=first.id), a_caller(idempotency_key="board-2")
    )
    assert second.board
    assert (second.board.version, second.board.first_version) == (2, first.id)
    assert second.label_terms == (f"/versions={first.id}",) == first.label_terms


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
