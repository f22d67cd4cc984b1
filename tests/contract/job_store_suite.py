"""What every JobStore does, in memory or over the wire: a case for each sentence of the port."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from shared.domain.control import ControlledBy
from shared.domain.errors import AlreadyExists, Conflict, OutcomeUnknown, Unavailable
from shared.domain.job import Job
from shared.domain.listing import COMBINATIONS, FIELDS, Listing
from shared.domain.render import Render
from shared.ports import JobStore, Position, RenderChange, Stored, StoredRender
from tests.builders import JOB_ID, a_job, a_job_in, a_lease
from tests.contract.full_job import A_FULL_JOB, AN_ARTIFACT
from tests.fakes.clock import NOON

OTHER = "b" * 26
VALUES = {"status": "failed", "job_type": "edit", "label": "a=b", "q": "fox"}
Fault = Callable[[str], AbstractContextManager[object]]


@dataclass(frozen=True)
class World:
    """A JobStore, and what can go wrong with it: each fault is given the name of the method that it strikes once."""

    jobs: JobStore
    lost_answer: Fault  # the call takes effect, and fails
    refused: Fault  # the call has no effect, and fails


class JobStoreSuite:
    """To be inherited with a fixture `world`."""

    @pytest.fixture
    def jobs(self, world: World) -> JobStore:
        """The store alone."""
        return world.jobs

    async def test_a_created_job_can_be_read(self, jobs: JobStore) -> None:
        """As it was, under the version that its creation gave."""
        created = await jobs.create(a_job())
        assert created.job == a_job()
        assert await jobs.get(JOB_ID) == created

    async def test_there_is_nothing_where_there_is_no_job(self, jobs: JobStore) -> None:
        """None, not an error."""
        assert await jobs.get(OTHER) is None

    async def test_a_second_create_is_refused(self, jobs: JobStore) -> None:
        """The first job stays."""
        created = await jobs.create(a_job())
        with pytest.raises(AlreadyExists):
            await jobs.create(a_job(nonce="nonce-2"))
        assert await jobs.get(JOB_ID) == created

    async def test_one_of_many_creates_at_once_wins(self, jobs: JobStore) -> None:
        """The id is the idempotency check."""
        tries = [jobs.create(a_job(nonce=f"nonce-{n}")) for n in range(8)]
        results = await asyncio.gather(*tries, return_exceptions=True)
        (won,) = [result for result in results if isinstance(result, Stored)]
        assert sum(isinstance(result, AlreadyExists) for result in results) == 7
        assert await jobs.get(JOB_ID) == won

    async def test_a_write_replaces_the_job(self, jobs: JobStore) -> None:
        """Under a new version, which the next write must meet."""
        first = await jobs.create(a_job())
        second = await jobs.write(first, a_job_in("processing"))
        third = await jobs.write(second, a_job_in("completed"))
        assert len({str(stored.version) for stored in (first, second, third)}) == 3
        assert await jobs.get(JOB_ID) == third
        assert third.job == a_job_in("completed")

    async def test_a_write_under_an_old_version_is_refused(self, jobs: JobStore) -> None:
        """Whoever wrote in between wins."""
        first = await jobs.create(a_job())
        second = await jobs.write(first, a_job_in("processing"))
        with pytest.raises(Conflict):
            await jobs.write(first, a_job(status="canceled"))
        assert await jobs.get(JOB_ID) == second

    async def test_a_job_that_is_gone_is_not_written_anew(self, jobs: JobStore) -> None:
        """A conflict, as with any other change."""
        there = await jobs.create(a_job())
        gone = Stored(a_job(id=OTHER), there.version)
        with pytest.raises(Conflict):
            await jobs.write(gone, a_job(id=OTHER, n=2))
        assert await jobs.get(OTHER) is None

    async def test_one_of_many_writes_at_once_wins(self, jobs: JobStore) -> None:
        """Two deliveries never hold the same job."""
        created = await jobs.create(a_job())
        tries = [jobs.write(created, a_job_in("processing", lease=a_lease(f"token-{n}"))) for n in range(8)]
        results = await asyncio.gather(*tries, return_exceptions=True)
        (won,) = [result for result in results if isinstance(result, Stored)]
        assert sum(isinstance(result, Conflict) for result in results) == 7
        assert await jobs.get(JOB_ID) == won

    async def test_every_field_comes_back_as_it_was(self, jobs: JobStore) -> None:
        """Microseconds, any text, keys with dots, whole numbers of 64 bits, nested values."""
        await jobs.create(A_FULL_JOB)
        found = await jobs.get(A_FULL_JOB.id)
        assert found is not None
        assert found.job == A_FULL_JOB
        assert _text(found.job) == _text(A_FULL_JOB)

    async def test_a_field_goes_back_to_its_default(self, jobs: JobStore) -> None:
        """What is left out is removed."""
        created = await jobs.create(A_FULL_JOB)
        plain = a_job(id=A_FULL_JOB.id)
        await jobs.write(created, plain)
        found = await jobs.get(A_FULL_JOB.id)
        assert found is not None
        assert found.job == plain

    async def test_a_job_may_become_full_by_writes(self, jobs: JobStore) -> None:
        """An update writes every kind of field, too."""
        created = await jobs.create(a_job(id=A_FULL_JOB.id))
        await jobs.write(created, A_FULL_JOB)
        found = await jobs.get(A_FULL_JOB.id)
        assert found is not None
        assert found.job == A_FULL_JOB

    async def test_due_gives_the_longest_due_first_up_to_the_limit(self, jobs: JobStore) -> None:
        """From the very moment on; never what has no time, or a later one."""
        ages = {"c": 0, "d": 3, "e": 2, "f": -1, "g": None}
        for letter, age in ages.items():
            wake_at = None if age is None else NOON - timedelta(seconds=age)
            await jobs.create(a_job(id=letter * 26, wake_at=wake_at))
        assert [stored.job.id[0] for stored in await jobs.due(NOON, 10)] == ["d", "e", "c"]
        assert [stored.job.id[0] for stored in await jobs.due(NOON, 2)] == ["d", "e"]
        assert await jobs.due(NOON - timedelta(seconds=4), 10) == []

    async def test_what_is_due_can_be_written(self, jobs: JobStore) -> None:
        """It comes with its version."""
        await jobs.create(a_job())
        (due,) = await jobs.due(NOON, 10)
        await jobs.write(due, a_job(wake_at=None))
        assert await jobs.due(NOON, 10) == []

    async def test_dead_letters_come_newest_first_in_pages(self, jobs: JobStore) -> None:
        """Only the tenant's, only those that gave up; those of the same moment in a fixed order."""
        for letter, seconds in {"c": 1, "d": 3, "e": 2, "f": 2, "g": 9, "h": 9}.items():
            fields = {"tenant": "another" if letter == "g" else "local", "gave_up": letter != "h"}
            ended = NOON + timedelta(seconds=seconds)
            await jobs.create(a_job(id=letter * 26, status="failed", completed_at=ended, **fields))
        everything = [stored.job for stored in await jobs.gave_up("local", 10)]
        assert [job.id[0] for job in everything] == ["d", "f", "e", "c"]
        pages: list[Job] = []
        while page := [s.job for s in await jobs.gave_up("local", 1, _end(pages))]:
            pages += page
        assert pages == everything

    @pytest.mark.parametrize("names", COMBINATIONS, ids=lambda names: "+".join(sorted(names)) or "none")
    async def test_a_listing_finds_what_it_asks_for(self, jobs: JobStore, names: frozenset[str]) -> None:
        """Each allowed combination of filters, by its index; the newest first, after a moment, in pages."""
        values = {name: VALUES.get(name, "x") for name in names}
        fit: dict[str, Any] = {FIELDS.get(name, name): value for name, value in values.items()}
        fit |= {name: (value, "other") for name, value in fit.items() if name in FIELDS.values()}
        for letter, seconds, fields in (("c", 1, fit), ("d", 3, fit), ("e", 2, fit), ("f", 2, {}), ("g", 9, fit)):
            hidden = {"listed_for": None} if letter == "g" else {}
            at = NOON + timedelta(seconds=seconds)
            await jobs.create(a_job(id=letter * 26, created_at=at, **fields, **hidden))
        wanted = ["d", "e", "c"] if names else ["d", "f", "e", "c"]
        found = [stored.job for stored in await jobs.page("local", Listing(where=values), 10)]
        assert [job.id[0] for job in found] == wanted
        after = Position(found[0].created_at, found[0].id)
        late = Listing(where=values, created_after=NOON + timedelta(seconds=1))
        assert [stored.job.id[0] for stored in await jobs.page("local", late, 1, after)] == wanted[1:2]
        assert await jobs.page("other", Listing(where=values), 10) == []

    async def test_what_changed_since_a_time_comes_in_its_order_in_pages(self, jobs: JobStore) -> None:
        """Deleted jobs too, the tenant's alone; those of one moment by their ids."""
        minutes = {"a": 3, "b": 1, "c": 2, "d": 2, "e": 4}
        for letter, minute in minutes.items():
            deleted = {"listed_for": None, "deleted_at": NOON} if letter == "c" else {}
            await jobs.create(a_job(id=letter * 26, updated_at=NOON + timedelta(minutes=minute), **deleted))
        await jobs.create(a_job(id="f" * 26, tenant="rival", updated_at=NOON + timedelta(minutes=5)))
        found, after = "", None
        while page := [stored.job for stored in await jobs.changed("local", NOON + timedelta(minutes=1), 3, after)]:
            found += "".join(job.id[0] for job in page)
            after = Position(page[-1].updated_at, page[-1].id)
        assert found == "cdae"

    async def test_jobs_ahead_are_those_queued_before_in_the_same_lane(self, jobs: JobStore) -> None:
        """Whoever's they are."""
        for letter, seconds, fields in (
            ("c", -1, {"tenant": "other"}),
            ("d", -1, {"priority": "batch"}),
            ("e", -1, {"status": "processing"}),
            ("f", 1, {}),
        ):
            await jobs.create(a_job(id=letter * 26, queued_at=NOON + timedelta(seconds=seconds), **fields))
        assert await jobs.ahead(a_job()) == 1

    @pytest.mark.parametrize(("field", "value"), [("priority", "batch"), ("provider", "gemini"), ("tenant", "acme")])
    async def test_queued_jobs_of_a_control_come_oldest_first(
        self, jobs: JobStore, field: ControlledBy, value: str
    ) -> None:
        """In pages, of which none loses a job that was queued at the same moment as another."""
        held: dict[str, Any] = {field: value}
        working = held | {"status": "processing"}
        for letter, seconds, fields in (
            ("c", 2, held),
            ("d", 1, held),
            ("e", 1, held),
            ("f", 0, {}),
            ("g", 0, working),
        ):
            await jobs.create(a_job(id=letter * 26, queued_at=NOON + timedelta(seconds=seconds), **fields))
        found: list[Job] = []
        after: Position | None = None
        while page := await jobs.queued(field, value, 1, after):
            found += [stored.job for stored in page]
            after = Position(found[-1].queued_at, found[-1].id)
        assert [job.id[0] for job in found] == ["d", "e", "c"]
        assert [stored.job for stored in await jobs.queued(field, value, 10)] == found

    async def test_jobs_are_created_together_or_not_at_all(self, jobs: JobStore) -> None:
        """One that is there already refuses all; who exists can be asked for many at once."""
        there = await jobs.create(a_job())
        with pytest.raises(AlreadyExists):
            await jobs.create_all([a_job(id=OTHER), a_job(nonce="nonce-2")])
        assert await jobs.known([JOB_ID, OTHER]) == {JOB_ID}
        await jobs.create_all([a_job(id=OTHER), A_FULL_JOB])
        assert await jobs.known([JOB_ID, OTHER, A_FULL_JOB.id, "z" * 26]) == {JOB_ID, OTHER, A_FULL_JOB.id}
        found = await jobs.get(A_FULL_JOB.id)
        assert found is not None
        assert (found.job, await jobs.get(JOB_ID)) == (A_FULL_JOB, there)

    async def test_jobs_are_discarded_together_or_not_at_all(self, jobs: JobStore) -> None:
        """One that changed since it was read, or is gone, keeps all."""
        first, second = await jobs.create(a_job()), await jobs.create(a_job(id=OTHER))
        changed = await jobs.write(second, a_job(id=OTHER, n=2))
        with pytest.raises(Conflict):
            await jobs.discard([first, second])
        assert await jobs.known([JOB_ID, OTHER]) == {JOB_ID, OTHER}
        await jobs.discard([first, changed])
        assert await jobs.known([JOB_ID, OTHER]) == frozenset()
        with pytest.raises(Conflict):
            await jobs.discard([first])

    async def test_the_jobs_of_a_parent_are_counted(self, jobs: JobStore) -> None:
        """By their statuses; neither another's, nor those that are deleted."""
        stored: dict[str, dict[str, Any]] = {
            "c": {"status": "queued"}, "d": {"status": "failed"}, "e": {"status": "failed"},
            "f": {"status": "failed", "parent_id": "other"}, "g": {"status": "failed", "tenant": "other"},
            "h": {"status": "failed", "listed_for": None},
        }  # fmt: skip
        for letter, fields in stored.items():
            await jobs.create(a_job(id=letter * 26, **{"parent_id": "p", **fields}))
        assert await jobs.count("local", "p", ["failed"]) == 2
        assert await jobs.count("local", "p", ["queued", "processing", "generating", "uploading", "failed"]) == 3
        assert await jobs.count("local", "p", ["completed"]) == 0

    async def test_what_is_done_to_many_may_fail_too(self, world: World) -> None:
        """With a lost answer, after it happened; or refused, and nothing happened."""
        with world.refused("create_all"), pytest.raises(Unavailable):
            await world.jobs.create_all([a_job()])
        with world.refused("known"), pytest.raises(Unavailable):
            await world.jobs.known([JOB_ID])
        with world.refused("count"), pytest.raises(Unavailable):
            await world.jobs.count("local", "p", ["queued"])
        assert await world.jobs.known([JOB_ID]) == frozenset()
        with world.lost_answer("create_all"), pytest.raises(OutcomeUnknown):
            await world.jobs.create_all([a_job()])
        stored = await world.jobs.get(JOB_ID)
        assert stored is not None
        with world.lost_answer("discard"), pytest.raises(OutcomeUnknown):
            await world.jobs.discard([stored])
        assert await world.jobs.known([JOB_ID]) == frozenset()

    async def test_followers_are_those_that_wait_for_the_job(self, jobs: JobStore) -> None:
        """Up to the limit."""
        for letter in "cde":
            await jobs.create(a_job(id=letter * 26, waiting_for=JOB_ID if letter != "e" else OTHER))
        assert {stored.job.id[0] for stored in await jobs.followers(JOB_ID, 10)} == {"c", "d"}
        assert len(await jobs.followers(JOB_ID, 1)) == 1
        assert await jobs.followers("f" * 26, 10) == []

    async def test_there_is_nothing_where_there_is_no_record(self, jobs: JobStore) -> None:
        """None, not an error."""
        assert await jobs.get_render("local_pixels") is None

    async def test_a_record_lives_and_ends_with_writes_of_its_job(self, jobs: JobStore) -> None:
        """Its version is the job's; it is made, changed and removed."""
        stored = await jobs.create(a_job())
        leads = Render(leader=JOB_ID)
        stored = await jobs.write(stored, a_job_in("generating"), RenderChange("r", None, leads))
        first = StoredRender(leads, stored.version)
        assert await jobs.get_render("r") == first
        made = Render(leader=JOB_ID, artifacts=(AN_ARTIFACT,), prompt_used="a fox, in oil")
        stored = await jobs.write(stored, a_job_in("completed"), RenderChange("r", first, made))
        second = StoredRender(made, stored.version)
        assert await jobs.get_render("r") == second
        await jobs.write(stored, a_job_in("completed", wake_at=None), RenderChange("r", second, None))
        assert await jobs.get_render("r") is None

    async def test_neither_is_written_where_the_record_is_not_as_it_was(self, jobs: JobStore) -> None:
        """It is there already, has changed, or is gone."""
        stored = await jobs.create(a_job())
        stored = await jobs.write(stored, a_job_in("processing"), RenderChange("r", None, Render(leader=JOB_ID)))
        record = await jobs.get_render("r")
        assert record is not None
        other = await jobs.create(a_job(id=OTHER))
        stale = StoredRender(record.render, other.version)
        for change in (
            RenderChange("r", None, Render(leader=OTHER)),
            RenderChange("r", stale, Render(leader=OTHER)),
            RenderChange("r", stale, None),
            RenderChange("gone", stale, Render(leader=OTHER)),
        ):
            with pytest.raises(Conflict):
                await jobs.write(other, a_job(id=OTHER, n=2), change)
        assert await jobs.get(OTHER) == other
        assert await jobs.get_render("r") == record
        assert await jobs.get_render("gone") is None

    async def test_no_record_is_written_where_the_job_is_not_as_it_was(self, jobs: JobStore) -> None:
        """Both or neither."""
        first = await jobs.create(a_job())
        await jobs.write(first, a_job_in("processing"))
        with pytest.raises(Conflict):
            await jobs.write(first, a_job(n=2), RenderChange("r", None, Render(leader=JOB_ID)))
        assert await jobs.get_render("r") is None

    async def test_a_create_whose_answer_is_lost_is_unknown(self, world: World) -> None:
        """And may have happened."""
        with world.lost_answer("create"), pytest.raises(OutcomeUnknown):
            await world.jobs.create(a_job())
        found = await world.jobs.get(JOB_ID)
        assert found is not None
        assert found.job == a_job()

    async def test_a_write_whose_answer_is_lost_is_unknown(self, world: World) -> None:
        """And may have happened."""
        stored = await world.jobs.create(a_job())
        with world.lost_answer("write"), pytest.raises(OutcomeUnknown):
            await world.jobs.write(stored, a_job_in("processing"))
        found = await world.jobs.get(JOB_ID)
        assert found is not None
        assert found.job == a_job_in("processing")

    async def test_a_database_that_refuses_is_said(self, world: World) -> None:
        """Nothing was written, nothing is known."""
        with world.refused("create"), pytest.raises(Unavailable):
            await world.jobs.create(a_job())
        assert await world.jobs.get(JOB_ID) is None
        with world.refused("get"), pytest.raises(Unavailable):
            await world.jobs.get(JOB_ID)
        with world.refused("get_render"), pytest.raises(Unavailable):
            await world.jobs.get_render("r")
        with world.refused("due"), pytest.raises(Unavailable):
            await world.jobs.due(NOON, 1)
        with world.refused("followers"), pytest.raises(Unavailable):
            await world.jobs.followers(JOB_ID, 1)
        with world.refused("gave_up"), pytest.raises(Unavailable):
            await world.jobs.gave_up("local", 1)


def _text(job: Job) -> bytes:
    """The types too: what equals may still be written differently."""
    return msgspec.json.encode(job, order="deterministic")


def _end(jobs: list[Job]) -> Position | None:
    if not jobs:
        return None
    assert jobs[-1].completed_at is not None
    return Position(jobs[-1].completed_at, jobs[-1].id)
