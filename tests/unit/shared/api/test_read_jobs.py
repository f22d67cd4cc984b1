"""GET of jobs and images, and what a router does with all else."""

from datetime import timedelta

import msgspec
import pytest

from shared.api.job_view import view
from shared.domain.errors import ImageStoreError
from shared.domain.job import Artifact
from tests.builders import JOB_ID, a_job, a_job_in
from tests.contract.full_job import A_FULL_JOB
from tests.fakes.clock import NOON
from tests.unit.shared.api.asking import Api

ARTIFACT = Artifact(
    index=0, uri="gs://fake-bucket/a/b.png", sha256="0" * 64, mime_type="image/png", width=2, height=3, bytes=4
)
OURS = (
    "fingerprint", "nonce", "lease", "write_id", "tenant", "trace", "render_key", "outbox", "commands", "wake_at",
    "provider_operation", "took_over", "waiting_for", "deleted_at", "purge_at", "counted_attempts",
)  # fmt: skip


def done() -> Api:
    """An API that knows one completed job."""
    api = Api()
    api.jobs.has(a_job_in("completed", artifacts=(ARTIFACT,), completed_at=NOON))
    return api


def test_a_view_leaks_nothing_of_ours() -> None:
    """Neither by name nor by value."""
    shown = msgspec.structs.asdict(view(A_FULL_JOB, "https://x.test"))
    assert set(OURS) & shown.keys() == set()
    values = [A_FULL_JOB.nonce, A_FULL_JOB.fingerprint, A_FULL_JOB.tenant, A_FULL_JOB.trace or ""]
    text = repr({name: value for name, value in shown.items() if name != "images"})
    assert [value for value in values if value in text] == []


def test_a_completed_job_shows_its_images() -> None:
    """Under our own address, with hash, size and type."""
    (image,) = done().status.get(f"/v1/jobs/{JOB_ID}").json()["images"]
    assert image["url"] == f"http://api.test/v1/jobs/{JOB_ID}/images/0"
    assert (image["sha256"], image["width"], image["height"], image["mime_type"]) == ("0" * 64, 2, 3, "image/png")


def test_timings_are_in_milliseconds_and_null_where_nothing_is_known() -> None:
    """From the job's own times."""
    at = [NOON + timedelta(milliseconds=ms) for ms in (10, 30, 70, 150)]
    job = a_job(started_at=at[0], generating_at=at[1], generated_at=at[2], completed_at=at[3], artifacts=(ARTIFACT,))
    assert msgspec.structs.asdict(view(job, "").timings) == {
        "queued_ms": 10,
        "generating_ms": 40,
        "uploading_ms": 80,
        "total_ms": 150,
    }
    assert set(msgspec.structs.asdict(view(a_job(), "").timings).values()) == {None}


def test_an_unchanged_job_is_304() -> None:
    """By its ETag; a change makes another."""
    api = done()
    tag = api.status.get(f"/v1/jobs/{JOB_ID}").headers["etag"]
    answer = api.status.get(f"/v1/jobs/{JOB_ID}", headers={"If-None-Match": tag})
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
    api.jobs.has(a_job_in("generating"))
    assert api.status.get(f"/v1/jobs/{JOB_ID}", headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize("job_id", ["b" * 26, "x", "..", "a" * 5000])
def test_a_job_that_is_not_there_is_404(job_id: str) -> None:
    """With a stable code."""
    answer = Api().status.get(f"/v1/jobs/{job_id}")
    assert (answer.status_code, answer.json()["code"] in {"job_not_found", "not_found"}) == (404, True)


def test_another_tenant_s_job_is_404_word_for_word() -> None:
    """Nobody can tell it from one that is not there."""
    api = Api()
    missing = api.status.get(f"/v1/jobs/{JOB_ID}").json()
    api.jobs.has(a_job(tenant="another", artifacts=(ARTIFACT,)))
    assert api.status.get(f"/v1/jobs/{JOB_ID}").json() == missing
    assert api.status.get(f"/v1/jobs/{JOB_ID}/images/0").json() == missing


def test_an_image_is_a_redirect_to_a_fresh_link() -> None:
    """To be stored by nobody; `?download` names the file."""
    api = done()
    answer = api.status.get(f"/v1/jobs/{JOB_ID}/images/0")
    assert (answer.status_code, answer.headers["cache-control"]) == (302, "no-store")
    assert answer.headers["location"].startswith("https://fake.test/a/b.png?")
    named = api.status.get(f"/v1/jobs/{JOB_ID}/images/0?download").headers["location"]
    assert f"{JOB_ID}_0.png" in named


@pytest.mark.parametrize("index", ["1", "-1", "x", "0x0", "٣", "9" * 5000])
def test_an_image_that_is_not_there_is_404(index: str) -> None:
    """Whatever stands where an index belongs."""
    answer = done().status.get(f"/v1/jobs/{JOB_ID}/images/{index}")
    assert (answer.status_code, answer.json()["code"]) == (404, "image_not_found")


def test_a_bucket_that_cannot_sign_is_503() -> None:
    """With its own code, and the time after which to ask again."""
    api = done()
    api.images.failures.refuse("signed_url", ImageStoreError("TEMPORARY", "store_unavailable", "Down."))
    answer = api.status.get(f"/v1/jobs/{JOB_ID}/images/0")
    assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")
    assert int(answer.headers["retry-after"]) > 0


def test_what_is_nowhere_is_404() -> None:
    """As a problem."""
    answer = Api().status.get("/v2/jobs")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert answer.json()["code"] == "not_found"


def test_another_method_is_405_and_names_those_that_are_taken() -> None:
    """Allow, as HTTP has it."""
    api = Api()
    for client, path, allowed in (
        (api.status, f"/v1/jobs/{JOB_ID}", "DELETE, GET, HEAD"),
        (api.submit, "/v1/estimate", "POST"),
    ):
        answer = client("PUT", path)
        assert (answer.status_code, answer.headers["allow"], answer.json()["code"]) == (
            405,
            allowed,
            "method_not_allowed",
        )


def test_head_is_get_without_a_body() -> None:
    """Same status, same headers."""
    answer = done().status("HEAD", f"/v1/jobs/{JOB_ID}")
    assert (answer.status_code, "etag" in answer.headers) == (200, True)


def test_health_asks_nobody() -> None:
    """It answers while the database is down, and without credentials."""
    api = Api()
    assert api.status.get("/health").json() == {"status": "ok"}
    assert api.jobs.calls == []


def test_dead_letters_come_in_pages() -> None:
    """The token of one answer leads to the next."""
    api = Api()
    for number in range(3):
        ended = NOON + timedelta(seconds=number)
        api.jobs.has(a_job(id="bcd"[number] * 26, status="failed", gave_up=True, completed_at=ended))
    first = api.status.get("/v1/dead-letters?page_size=2").json()
    assert [job["id"][0] for job in first["jobs"]] == ["d", "c"]
    second = api.status.get("/v1/dead-letters", params={"page_token": first["next_page_token"]}).json()
    assert ([job["id"][0] for job in second["jobs"]], second["next_page_token"]) == (["b"], None)


@pytest.mark.parametrize("query", ["page_size=0", "page_size=501", "page_size=x", "page_token=x", "page_token=e30="])
def test_a_page_that_cannot_be_is_400(query: str) -> None:
    """Its parameters are checked, not guessed at."""
    assert Api().status.get(f"/v1/dead-letters?{query}").status_code == 400
