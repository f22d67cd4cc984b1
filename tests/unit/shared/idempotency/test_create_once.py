"""A key names one job."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.errors import AlreadyExists, OutcomeUnknown, Rejected, Unavailable
from shared.domain.ids import is_job_id
from shared.idempotency import LeaseRules, create_once, fresh_token, job_id
from tests.builders import a_job
from tests.fakes.clock import NOON
from tests.fakes.job_store import FakeJobStore


def test_a_key_names_the_same_job_for_ever() -> None:
    """The id is stored: a later version must derive the very same one."""
    assert job_id("local", "job", "key-1") == "qlnfiuw4fxiwpxjwypp3egpti4"


@pytest.mark.parametrize("other", [("other", "job", "key"), ("local", "batch", "key"), ("local", "job", "key2")])
def test_tenant_operation_and_key_each_make_another_job(other: tuple[str, str, str]) -> None:
    """Nobody meets another's job, and no operation another's."""
    assert job_id(*other) != job_id("local", "job", "key")


@given(st.tuples(st.text(), st.text(), st.text()), st.tuples(st.text(), st.text(), st.text()))
def test_no_two_names_run_together(one: tuple[str, str, str], other: tuple[str, str, str]) -> None:
    """("a", "bc") and ("ab", "c") are different, whatever stands in them."""
    assert (job_id(*one) == job_id(*other)) == (one == other)


def test_no_key_names_a_job_of_its_own() -> None:
    """Without a key every request is a new one."""
    assert job_id("local", "job", None) != job_id("local", "job", None)


@pytest.mark.parametrize("key", ["key", None])
def test_an_id_can_be_told_from_what_is_none(key: str | None) -> None:
    """26 characters of lower-case base32."""
    assert is_job_id(job_id("local", "job", key))


@pytest.mark.parametrize("text", ["", "a" * 25, "a" * 27, "A" * 26, "a" * 25 + "1", "a" * 25 + "/", "a" * 26 + "\n"])
def test_what_is_no_id_names_no_job(text: str) -> None:
    """Such a text never reaches the database."""
    assert not is_job_id(text)


def test_tokens_are_long_and_never_the_same() -> None:
    """130 bits at least."""
    assert len({fresh_token() for _ in range(1000)}) == 1000
    assert len(fresh_token()) == 26


async def test_a_new_job_is_stored() -> None:
    """One call, no read before it."""
    jobs = FakeJobStore()
    stored, created = await create_once(jobs, a_job())
    assert (stored.job, created, jobs.calls) == (a_job(), True, ["create"])


async def test_the_same_request_finds_the_job_of_its_key() -> None:
    """A replay gives what is stored, whatever became of it."""
    jobs = FakeJobStore()
    jobs.has(a_job(status="completed"))
    stored, created = await create_once(jobs, a_job(nonce="nonce-2"))
    assert (stored.job.status, stored.job.nonce, created) == ("completed", "nonce-1", False)
    assert len(jobs.history) == 1


async def test_another_request_under_the_key_is_refused() -> None:
    """422, and the text says what to do."""
    jobs = FakeJobStore()
    jobs.has(a_job())
    with pytest.raises(Rejected, match="Use a new key") as refusal:
        await create_once(jobs, a_job(nonce="nonce-2", fingerprint="fingerprint-2"))
    assert (refusal.value.status, refusal.value.code) == (422, "idempotency_key_reused")


async def test_the_key_of_a_deleted_job_is_gone() -> None:
    """410: the key does not make the job anew."""
    jobs = FakeJobStore()
    jobs.has(a_job(status="canceled", deleted_at=NOON))
    with pytest.raises(Rejected) as refusal:
        await create_once(jobs, a_job(nonce="nonce-2"))
    assert (refusal.value.status, refusal.value.code) == (410, "job_deleted")


async def test_an_own_create_that_the_library_repeated_is_new() -> None:
    """ALREADY_EXISTS with our own nonce is our own first write."""
    jobs = FakeJobStore()
    jobs.failures.lose_answer("create", AlreadyExists("repeated by the client library"))
    stored, created = await create_once(jobs, a_job())
    assert (stored.job, created) == (a_job(), True)


async def test_a_lost_answer_of_a_create_is_looked_up() -> None:
    """The job is there: it is new, and announced as such."""
    jobs = FakeJobStore()
    jobs.lose_answer("create")
    stored, created = await create_once(jobs, a_job())
    assert (stored.job, created) == (a_job(), True)


async def test_a_create_that_did_not_happen_is_503() -> None:
    """Nothing was written: the client may repeat."""
    jobs = FakeJobStore()
    jobs.failures.refuse("create", OutcomeUnknown("lost on the way there"))
    with pytest.raises(Unavailable) as refusal:
        await create_once(jobs, a_job())
    assert refusal.value.status == 503
    assert jobs.history == []


def test_everything_about_time_follows_from_the_lease() -> None:
    """170 · 180 · 200 s by default."""
    rules = LeaseRules()
    assert ((rules.lease - rules.margin).total_seconds(), rules.lease.total_seconds(), rules.ack_seconds) == (
        170, 180, 200
    )  # fmt: skip
