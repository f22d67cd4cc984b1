"""Calls that read jobs and their images."""

from typing import Annotated

from msgspec import Meta

from shared.api.contract.codes import PAGED
from shared.api.contract.examples import COMPLETED, QUEUED, shown
from shared.api.contract.parameters import (
    FLAG,
    IF_NONE_MATCH,
    JOB_ID,
    JOB_ID_EXAMPLE,
    LAST_EVENT_ID,
    LAST_EVENT_OF_ALL,
    MOMENT,
    PAGES,
    PREFER,
)
from shared.api.contract.parts import Answer, Call, Parameter, event_of, events_of
from shared.api.image_calls import ImageData
from shared.api.views import JobPage, JobView
from shared.domain.job import Status
from shared.domain.listing import COMBINATIONS
from shared.domain.request import JobType

Value = Annotated[str, Meta(min_length=1, max_length=500)]
_TOGETHER = "; ".join(" and ".join(sorted(names)) for names in COMBINATIONS if len(names) > 1)
_FILTERS = (
    Parameter("status", "query", Status, "Jobs in this status.", "completed"),
    Parameter("job_type", "query", JobType, "Jobs of this type.", "image"),
    Parameter("project_id", "query", Value, "Jobs of this project.", "film-7"),
    Parameter("scene_id", "query", Value, "Jobs of this scene.", "3"),
    Parameter("user_id", "query", Value, "Jobs asked for with this X-User-ID.", "ada"),
    Parameter("workflow_id", "query", Value, "Jobs asked for with this X-Workflow-ID.", "wf-2026-11-21"),
    Parameter("parent_id", "query", Value, "Jobs that are parts of this one.", JOB_ID_EXAMPLE),
    Parameter(
        "label",
        "query",
        Annotated[str, Meta(min_length=1, max_length=500, pattern="=")],
        "Jobs with this label, `name=value`.",
        "mood=quiet",
    ),
    Parameter(
        "q",
        "query",
        Value,
        "Jobs whose prompt has all these words.",
        "lighthouse fog",
    ),
    Parameter("created_after", "query", MOMENT, "Jobs asked for after this time or day.", "2026-11-01"),
)
_WAITED = ("ETag", "Preference-Applied")
_EVENT = ':\nretry: 1000\nid: 3\nevent: job\ndata: {"id": "…", "status": "generating", …}\n\n:\n'
_OF_ALL = (
    ":\nretry: 1000\nid: 1795262400000000\nevent: open\ndata: {}\n\n"
    'id: 1795262403250000\nevent: job\ndata: {"id": "…", "status": "generating", …}\n\n:\n'
    'id: 1795262407000000\nevent: deleted\ndata: {"id": "…"}\n\n'
)
_EVENTS = {"anyOf": [events_of("job", "Job"), *map(event_of, ("open", "deleted"))]}
_INDEX = Parameter("index", "path", Annotated[int, Meta(ge=0, le=9)], "Which image, from 0.", 0)

CALLS = {
    "getJob": Call(
        "Jobs",
        "Look at a job",
        "The job as it is now. With the ETag of the last answer in `If-None-Match`, an unchanged job is 304. With "
        "`Prefer: wait`, the answer comes once the job has ended or, with `If-None-Match`, has changed; when the time "
        "is up before, it is what it is then.",
        {
            200: Answer("The job.", JobView, shown(COMPLETED), (*_WAITED, "Deprecation", "Sunset", "Link")),
            304: Answer("It has not changed.", headers=_WAITED),
        },
        ("job_not_found", "too_many_waiters"),
        (JOB_ID, IF_NONE_MATCH, PREFER),
    ),
    "followJob": Call(
        "Jobs",
        "Follow a job",
        "Server-sent events: the job as it is, then each change of it, until it has ended; comments in between keep "
        "the connection alive. An event's id is the job's `status_sequence`, its data the job in JSON. Who comes back "
        "with `Last-Event-ID` is sent what it lacks, nothing twice. Changes in quick succession may come as one: the "
        "job's `timeline` has them all.",
        {
            200: Answer("Events, as they happen.", events_of("job", "Job"), _EVENT, media_type="text/event-stream"),
            204: Answer("The job has ended, and the client knows: there is nothing to come back for."),
        },
        ("invalid_header", "job_not_found", "too_many_waiters"),
        (JOB_ID, LAST_EVENT_ID),
    ),
    "followJobs": Call(
        "Jobs",
        "Follow all jobs",
        "Server-sent events of each change of any of the caller's jobs, for as long as they are listened to; comments "
        "in between keep the connection alive. The first, `open`, says that each change is told from then on: what is "
        "listed after it can go stale only by what follows. `job` has a job as it is after a change, `deleted` the id "
        "of one that was deleted. Who comes back with `Last-Event-ID`, or asks `since` when, is sent what changed in "
        "between. A change is told at least once, and never after a later one of the same job: compare "
        "`status_sequence`. Changes of a job in quick succession may come as one.",
        {200: Answer("Events, as they happen.", _EVENTS, _OF_ALL, media_type="text/event-stream")},
        ("invalid_header", "unknown_filter", "invalid_filter", "too_many_waiters"),
        (
            LAST_EVENT_OF_ALL,
            Parameter("last_event_id", "query", str, "The same, where no header can be sent.", None),
            Parameter("since", "query", MOMENT, "From when to tell; now, where it is not given.", "2026-11-21"),
            Parameter("project_id", "query", Value, "Jobs of this project alone.", "film-7"),
        ),
    ),
    "listJobs": Call(
        "Jobs",
        "List jobs",
        f"A page of jobs, the newest first; pages stay as they are while new jobs come. These filters go together: "
        f"{_TOGETHER}. `created_after` goes with each. A search for several words may give fewer than `page_size` "
        "jobs and still have a next page.",
        {200: Answer("A page.", JobPage, JobPage(jobs=(shown(QUEUED),), next_page_token=None))},
        (*PAGED, "unknown_filter", "invalid_filter", "unsupported_filters"),
        (*_FILTERS, *PAGES),
    ),
    "getImage": Call(
        "Images",
        "Open an image",
        "Redirects to a link to the image's bytes, which needs no key and is good for an hour.",
        {
            302: Answer("Follow it.", headers=("Location",)),
            200: Answer(
                "With `base64`, the bytes; with `redirect=false`, the link.",
                ImageData,
                {"image_base64": "iVBORw0KGgo=", "mime_type": "image/png"},
            ),
        },
        ("job_not_found", "image_not_found", "image_gone", "thumbnail_not_found",
         "original_not_found", "image_too_large"),
        (
            JOB_ID,
            _INDEX,
            Parameter("thumbnail", "query", FLAG, "The thumbnail instead, where the job asked for one.", ""),
            Parameter("original", "query", FLAG, "The model's own bytes instead, where the image is not those.", ""),
            Parameter("download", "query", FLAG, "A link that a browser saves under a file's name.", ""),
            Parameter("redirect", "query", FLAG, "`false`: the link in the answer, to open without a key.", "false"),
            Parameter("base64", "query", FLAG, "The bytes in the answer, at most 25 MiB, instead of a link.", ""),
        ),
    ),
    "listDeadLetters": Call(
        "Dead letters",
        "List jobs that gave up",
        "A page of jobs that failed for something that another try might mend, the newest first.",
        {200: Answer("A page.", JobPage, JobPage(jobs=(), next_page_token=None))},
        PAGED,
        PAGES,
    ),
}  # fmt: skip
