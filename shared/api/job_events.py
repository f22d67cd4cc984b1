"""The call of `notify`: a message of Pub/Sub with an event of a job; any 2xx acknowledges it."""

import logging
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from shared.api.batch_view import batch_view
from shared.api.job_view import view
from shared.api.responses import json
from shared.api.router import Router, messages
from shared.api.tracing import received
from shared.domain.errors import Rejected
from shared.domain.job import Event, Job
from shared.telemetry import begin_trace, span
from shared.telemetry import event as log_event
from shared.triggers import NotAMessage, message_of
from shared.use_cases.notify import Notify
from shared.use_cases.read_batch import BatchState

MAX_PAYLOAD = 20_000  # bytes, as Standard Webhooks 1.0 asks for
MAX_MESSAGE = 500  # characters
LONG_OF_BATCH = ("labels", "errors")
LONG = ("prompt", "negative_prompt", "timeline", "labels", "cost", "references", "mask", "missing")


class JobEvents:
    """POST of messages, to whatever path the subscription or the trigger names."""

    def __init__(self, notify: Notify) -> None:
        self._notify = notify

    async def post(self, request: Request) -> Response:
        """Deliver one event. Only what cannot be parsed, and an unreachable database, are not acknowledged."""
        try:
            message = message_of(request.headers, await request.body())
            event = msgspec.json.decode(message.data, type=Event)
            job_id = message.attributes["job_id"]
        except (NotAMessage, msgspec.MsgspecError, UnicodeDecodeError, RecursionError, KeyError) as exc:
            log_event("not an event", level=logging.ERROR, reason=repr(exc))
            text = f"This function takes Pub/Sub messages with an event of a job: {exc}."
            raise Rejected(400, "not_a_message", text) from exc
        begin_trace(message.attributes.get("traceparent"))
        with span("process job-events", "consumer", received(message)) as processed:
            result = await self._notify(event, job_id)
            processed.set({"darkroom.job_id": job_id, "darkroom.event": event.type, "darkroom.result": result})
        return json({"event_id": event.event_id, "result": result}, 200, {})


def payload_of(event: Event, about: Job | BatchState, base_url: str) -> str:
    """What the receiver gets: `{type, timestamp, status_sequence, data}`, below 20 kB."""
    return _of_job(event, about, base_url) if isinstance(about, Job) else _of_batch(event, about, base_url)


def _of_batch(event: Event, state: BatchState, base_url: str) -> str:
    """`data` is the batch; without its labels, and what was wrong with its items, where it would be too long."""
    data = batch_view(state, base_url)
    body: dict[str, Any] = {"type": event.type, "timestamp": event.at or state.parent.updated_at}
    body |= {"status_sequence": event.status_sequence, "data": data}
    text = msgspec.json.encode(body)
    if len(text) > MAX_PAYLOAD:
        fields = msgspec.structs.asdict(data)
        body["data"] = {name: value for name, value in fields.items() if name not in LONG_OF_BATCH}
        text = msgspec.json.encode(body)
    return text.decode()


def _of_job(event: Event, job: Job, base_url: str) -> str:
    """`data` is the job.

    The rest is of the change. `data` is the job as it is when the event is recorded, moments after it as a
    rule: it may have moved on, and its own `status_sequence` tells. It goes without the job's long parts where it
    would be too long; a failure's message, which a provider may have written, is then cut.
    """
    data = view(job, base_url)
    body: dict[str, Any] = {"type": event.type, "timestamp": event.at or job.updated_at}
    body |= {"status_sequence": event.status_sequence, "data": data}
    text = msgspec.json.encode(body)
    if len(text) > MAX_PAYLOAD:
        short = {name: value for name, value in msgspec.structs.asdict(data).items() if name not in LONG}
        short["images"] = [msgspec.structs.replace(image, original=None, thumbnail=None) for image in data.images]
        if job.failure:
            short["failure"] = msgspec.structs.replace(job.failure, message=job.failure.message[:MAX_MESSAGE])
        body["data"] = short
        text = msgspec.json.encode(body)
    return text.decode()


def router(notify: Notify) -> Router:
    """Every call that `notify` answers."""
    return messages(JobEvents(notify).post)
