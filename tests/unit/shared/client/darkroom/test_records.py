"""What the deployment shows is understood: all of today's, and what a later version may add."""

from dataclasses import fields
from typing import Any

import msgspec
import pytest
from darkroom.errors import NotDarkroom
from darkroom.fields import Filters, JobFields
from darkroom.reading import job_of
from darkroom.records import ENDED, RUNNING

from shared.api.job_view import view
from shared.domain.job import TRANSITIONS
from shared.domain.listing import FILTERS
from shared.domain.request import JobRequest
from tests.contract.full_job import A_FULL_JOB

SHOWN: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(view(A_FULL_JOB, "https://d.example")))


def test_every_field_of_a_request_can_be_given() -> None:
    """And every filter: type checkers know just those that the deployment takes."""
    assert JobFields.__annotations__.keys() == set(JobRequest.__struct_fields__) - {"prompt"}
    assert Filters.__annotations__.keys() == {*FILTERS, "created_after"}


def test_every_state_of_today_is_known() -> None:
    """As running, or as an end."""
    ends = {status for status, following in TRANSITIONS.items() if not following - {"queued"}}
    assert {"completed", "canceled", "failed"} <= ends
    assert TRANSITIONS.keys() == RUNNING | ENDED
    assert ends >= ENDED


def test_a_job_is_read_as_it_is_shown() -> None:
    """Field by field; all of it, and so what is not read, is in `raw`."""
    job = job_of({**SHOWN, "a_later_field": {"x": 1}})
    ours = {field.name for field in fields(job)} - {"raw", "replayed", "settled"}
    plain = ours - {"images", "failure", "estimated_micros", "actual_micros", "created_at", "completed_at"}
    assert {name: getattr(job, name) for name in plain} == {name: SHOWN[name] for name in plain}
    assert (job.created_at, job.completed_at) == (A_FULL_JOB.created_at, A_FULL_JOB.completed_at)
    assert (job.estimated_micros, job.actual_micros) == (A_FULL_JOB.estimated_micros, A_FULL_JOB.actual_micros)
    for image, artifact in zip(job.images, A_FULL_JOB.artifacts, strict=True):
        same = ("index", "sha256", "uri", "mime_type", "width", "height", "seed", "cost_micros")
        assert [getattr(image, name) for name in same] == [getattr(artifact, name) for name in same]
        assert (image.size, image.job_id) == (artifact.bytes, job.id)
    assert job.failure
    assert A_FULL_JOB.failure
    assert (job.failure.code, job.failure.billed) == (A_FULL_JOB.failure.code, A_FULL_JOB.failure.billed)
    assert job.raw["a_later_field"] == {"x": 1}
    assert isinstance(hash(job), int)


@pytest.mark.parametrize("wrong", [None, 7, "x", [], {}, {"a": 1}, [{"a": 1}], True])
def test_a_field_that_is_otherwise_does_no_harm(wrong: object) -> None:
    """Of a version that shows it in another way, or not at all: the rest of the job is as it is."""
    for name in sorted(SHOWN.keys() - {"id", "status"}):
        job = job_of({**SHOWN, name: wrong})
        assert (job.id, job.status, job.raw[name]) == (SHOWN["id"], SHOWN["status"], wrong)
        assert isinstance(job.progress, float)
        assert isinstance(job.ended, bool)
        assert job_of({field: value for field, value in SHOWN.items() if field != name}).id == SHOWN["id"]


@pytest.mark.parametrize("answer", [None, [], "x", {}, {"id": "j"}, {"status": "queued"}])
def test_what_has_no_id_and_no_state_is_no_job(answer: object) -> None:
    """Another program answers."""
    with pytest.raises(NotDarkroom, match="what should be a job"):
        job_of(answer)
