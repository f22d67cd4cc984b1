"""Parameters that several calls have."""

from typing import Annotated

from msgspec import Meta

from shared.api.contract.parts import Parameter

JOB_ID_EXAMPLE = "k3v6nw5cq7ydm2xz4bta5r6eou"
MOMENT = {"type": "string", "anyOf": [{"format": "date-time"}, {"format": "date"}]}
Printable = Annotated[str, Meta(min_length=1, max_length=255, pattern=r"^[ -~]+$")]

JOB_ID = Parameter("job_id", "path", Annotated[str, Meta(min_length=1)], "The job's id.", JOB_ID_EXAMPLE)
BATCH_ID = Parameter("batch_id", "path", Annotated[str, Meta(min_length=1)], "The batch's id.", JOB_ID_EXAMPLE)
IDEMPOTENCY_KEY = Parameter(
    "Idempotency-Key",
    "header",
    Annotated[str, Meta(min_length=1, max_length=255, pattern=r"^[!-~]+$")],
    "Makes the call safe to repeat: the same key and the same request are done once, however often they are sent.",
    "film-7/scene-3/take-1",
)
WORKFLOW_ID = Parameter(
    "X-Workflow-ID", "header", Printable, "What the job belongs to; jobs are listed by it.", "wf-2026-11-21"
)
USER_ID = Parameter(
    "X-User-ID", "header", Printable, "On whose behalf; jobs, spend and limits are told apart by it.", "ada"
)
CALLER = (WORKFLOW_ID, USER_ID)
IF_NONE_MATCH = Parameter(
    "If-None-Match", "header", str, "Answer 304 while the version is one of these (RFC 9110).", 'W/"4"'
)
PREFER = Parameter(
    "Prefer",
    "header",
    str,
    "`wait=N`: wait N seconds, at most 60, for something worth an answer (RFC 7240).",
    "wait=20",
)
LAST_EVENT_ID = Parameter(
    "Last-Event-ID",
    "header",
    Annotated[str, Meta(pattern="^[0-9]{0,9}$")],
    "The id of the last event that the client has: what follows it is sent.",
    "3",
)
LAST_EVENT_OF_ALL = Parameter(
    "Last-Event-ID",
    "header",
    Annotated[str, Meta(pattern="^[0-9]{0,17}$")],
    "The id of the last event that the client has: what may have changed since is sent.",
    "1795262400000000",
)
PAGES = (
    Parameter("page_size", "query", Annotated[int, Meta(ge=1, le=500)], "How many, 50 where it is not given.", 50),
    Parameter("page_token", "query", str, "The `next_page_token` of the answer before, to the same request."),
)
WINDOW = (
    Parameter("from", "query", MOMENT, "The beginning: a time with its zone, or a day in UTC.", "2026-11-01"),
    Parameter("to", "query", MOMENT, "The end; of a day, its end. Now, where it is not given.", "2026-11-21T12:00:00Z"),
)
FLAG = {"type": "string", "enum": ["", "true", "false", "1", "0"]}
