"""The call of `generate`: a message of Pub/Sub that names a job; any 2xx acknowledges it."""

import logging
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from shared.api.responses import json
from shared.api.router import Router, messages
from shared.api.tracing import received
from shared.domain.errors import Rejected
from shared.shutdown import on_shutdown
from shared.telemetry import begin_trace, event, span
from shared.triggers import Message, NotAMessage, message_of
from shared.use_cases.generate import Generate

Prepare = Callable[[str], None]  # what a provider of that name needs, while its job is claimed


class Deliveries:
    """POST of messages, to whatever path the subscription or the trigger names."""

    def __init__(self, generate: Generate, prepare: Prepare) -> None:
        self._generate = generate
        self._prepare = prepare

    async def post(self, request: Request) -> Response:
        """Work on one job. Only what cannot be parsed, and an unreachable database, are not acknowledged."""
        try:
            message = message_of(request.headers, await request.body())
            job_id = _job_named(message)
        except NotAMessage as exc:
            event("not a message", level=logging.ERROR, reason=str(exc))
            raise Rejected(400, "not_a_message", f"This function takes Pub/Sub messages: {exc}.") from exc
        self._prepare(message.attributes.get("provider", ""))
        begin_trace(message.attributes.get("traceparent"))
        with span("process jobs", "consumer", received(message)) as processed:
            result = await self._generate(job_id)
            processed.set({"darkroom.job_id": job_id, "darkroom.result": result})
        return json({"job_id": job_id, "result": result}, 200, {})


def _job_named(message: Message) -> str:
    job_id = message.attributes.get("job_id") or message.data.decode(errors="replace")
    if not job_id:
        raise NotAMessage("the message names no job, neither by its attribute job_id nor by its data")
    return job_id


def router(generate: Generate, prepare: Prepare) -> Router:
    """Every call that `generate` answers, until its instance is told to go. To be called inside the event loop."""
    on_shutdown(generate.stop)
    return messages(Deliveries(generate, prepare).post)
