"""NanoBanana over HTTP: submit, then poll; the id of the operation is stored before the first poll.

Whoever takes the job over polls on, and pays nothing again.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

import httpx
import msgspec
from msgspec import Meta

from shared.catalog import catalog, price
from shared.domain.errors import RETRYABLE, FailureType, ProviderError
from shared.domain.job import Job
from shared.pinned import LIMITS
from shared.ports import Checkpoint, Clock, Given, Outcome
from shared.providers.download import download
from shared.providers.gates import Gates
from shared.providers.picture import picture_of
from shared.providers.retrying import Run, call

DEFAULT_ORIGIN = "https://api.nanobananaapi.ai"
POLL_SECONDS = 1.0
POLL_FOR = timedelta(seconds=60)
TIMEOUT = httpx.Timeout(30.0, connect=10.0)  # seconds a request
LONGEST_ASKED = 86400.0  # seconds that a Retry-After may ask for
RECORD = "/api/v1/nanobanana/record-info"
RUNNING, SUCCEEDED = 0, 1
SERVER_ERROR = 500

# What a refusal means, by the status of the answer or the `code` in its body; any other below 500 is PERMANENT.
KINDS: Mapping[int, tuple[FailureType, str]] = {
    401: ("AUTH_ERROR", "model_unauthorized"),
    402: ("PERMANENT", "provider_credits_exhausted"),
    403: ("AUTH_ERROR", "model_forbidden"),
    404: ("PERMANENT", "model_not_found"),
    408: ("TEMPORARY", "model_unavailable"),
    429: ("RATE_LIMIT", "model_rate_limit"),
    455: ("TEMPORARY", "model_unavailable"),  # its own: under maintenance
}
REFUSALS = ("safety", "policy", "prohibited", "sensitive", "nsfw")


class _Answer(msgspec.Struct):
    code: int
    msg: str | None = None
    data: msgspec.Raw = msgspec.Raw(b"null")


class _Submitted(msgspec.Struct, rename="camel"):
    task_id: Annotated[str, Meta(min_length=1)]


class _Result(msgspec.Struct, rename="camel"):
    result_image_url: str | None = None


class _Record(msgspec.Struct, rename="camel"):
    success_flag: int
    response: _Result | None = None
    error_message: str | None = None


T = TypeVar("T", _Submitted, _Record)


def base_url(configured: str | None) -> str:
    """The API's address: NANO_BANANA_API_URL is an origin; a path of `/` or `/v1` is dropped, another is a prefix."""
    parts = urlsplit(configured or DEFAULT_ORIGIN)
    path = parts.path.rstrip("/")
    return f"{parts.scheme}://{parts.netloc}{'' if path == '/v1' else path}"


class NanoBanana:
    """Text to image."""

    def __init__(self, url: str, key: str, clock: Clock, gates: Gates, *, allow_private: bool = False) -> None:
        """`url` as `base_url` gives it; `allow_private` lets images be fetched from this machine, for local work."""
        self._clock = clock
        self._gates = gates
        self._allow_private = allow_private
        headers = {"Authorization": f"Bearer {key}"}
        self._http = httpx.AsyncClient(base_url=url, headers=headers, timeout=TIMEOUT, trust_env=False)
        # No key goes to where images lie.
        self._images = httpx.AsyncClient(timeout=TIMEOUT, limits=LIMITS, trust_env=False)

    async def close(self) -> None:
        """Close its connections; in a function they last as long as the process."""
        await self._http.aclose()
        await self._images.aclose()

    def estimate(self, job: Job) -> int | None:
        """See ImageProvider.estimate."""
        return price(catalog().models[job.model], job.image_size, job.n)

    async def generate(
        self,
        job: Job,
        given: Sequence[Given],  # noqa: ARG002 - not taken yet
        deadline: datetime,
        checkpoint: Checkpoint,
    ) -> Outcome:
        """See ImageProvider.generate; a job with an operation under way is not submitted again."""
        operation = job.provider_operation
        if operation is None:
            run = Run(self._gates(job.provider, job.model), self._clock, deadline, checkpoint)
            operation = await call(run, lambda: self._submit(job), self.estimate(job))
            await checkpoint.submitted(operation)
        address = await self._result(operation, min(deadline, self._clock.now() + POLL_FOR))
        data = await download(self._images, address, allow_private=self._allow_private)
        try:
            picture = picture_of(data, cost_micros=self.estimate(job))
        except ProviderError as error:
            error.keeps_operation = True  # it is paid: a next attempt fetches its image again
            raise
        return Outcome(pictures=(picture,), cost_micros=self.estimate(job))

    async def _submit(self, job: Job) -> str:
        body = {
            "prompt": job.told.prompt,
            "type": "TEXTTOIAMGE",  # as the API spells it
            "numImages": job.n,
            "image_size": job.aspect_ratio,
        }
        return (await self._ask("POST", "/api/v1/nanobanana/generate", _Submitted, json=body)).task_id

    async def _result(self, operation: str, until: datetime) -> str:
        """The address of the operation's image, polled for until then."""
        while True:
            wait = POLL_SECONDS
            try:
                record = await self._ask("GET", RECORD, _Record, params={"taskId": operation})
            except ProviderError as error:
                if error.code == "model_not_found":
                    text = f"NanoBanana does not know its task {operation} any more."
                    raise ProviderError("TEMPORARY", "operation_unknown", text, billed="unknown") from error
                error.billed = "unknown"
                error.keeps_operation = error.kind in RETRYABLE
                wait = max(wait, error.retry_after or 0)
                if not error.keeps_operation or self._clock.now() + timedelta(seconds=wait) > until:
                    raise
                record = _Record(RUNNING)
            if record.success_flag == SUCCEEDED:
                return _address(record)
            if record.success_flag != RUNNING:
                raise _ended(record)
            if self._clock.now() >= until:
                text = f"NanoBanana has not finished within {POLL_FOR.seconds} s; it is asked again later."
                raise ProviderError("TEMPORARY", "model_timeout", text, billed="unknown", keeps_operation=True)
            await self._clock.sleep(wait)

    async def _ask(self, method: str, path: str, kind: type[T], **request: Any) -> T:
        """The `data` of an answer that says it is one.

        Raises:
            ProviderError: anything else.
        """
        try:
            answer = await self._http.request(method, path, **request)
            found = msgspec.json.decode(answer.content, type=_Answer) if answer.is_success else None
            if found and found.code == httpx.codes.OK:
                return msgspec.json.decode(found.data, type=kind)
        except (httpx.ConnectError, httpx.ConnectTimeout) as exc:
            raise ProviderError("TEMPORARY", "model_unavailable", f"NanoBanana: {exc!r}") from exc
        except httpx.HTTPError as exc:
            raise ProviderError("TEMPORARY", "model_unavailable", f"NanoBanana: {exc!r}", billed="unknown") from exc
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as exc:
            text = f"NanoBanana's answer cannot be read: {exc}"
            raise ProviderError("TEMPORARY", "malformed_answer", text, billed="unknown") from exc
        status, said = (found.code, found.msg) if found else (answer.status_code, None)
        raise _refused(status, said or answer.text[:200], _seconds(answer.headers.get("retry-after")))


def _refused(status: int, said: str, retry_after: float | None) -> ProviderError:
    if status not in KINDS and any(word in said.lower() for word in REFUSALS):
        return ProviderError("PERMANENT", "safety_blocked", f"NanoBanana refused: {said}")
    other: tuple[FailureType, str] = ("PERMANENT", "model_refused_request")
    if status >= SERVER_ERROR:
        other = ("TEMPORARY", "model_unavailable")
    kind, code = KINDS.get(status, other)
    return ProviderError(kind, code, f"NanoBanana answered {status}: {said}", retry_after=retry_after)


def _ended(record: _Record) -> ProviderError:
    """An operation that failed; its id is of no more use."""
    said = record.error_message or f"successFlag {record.success_flag}"
    if any(word in said.lower() for word in REFUSALS):
        return ProviderError("PERMANENT", "safety_blocked", f"NanoBanana refused: {said}")
    return ProviderError("UNKNOWN", "provider_task_failed", f"NanoBanana's task failed: {said}", billed="unknown")


def _address(record: _Record) -> str:
    address = record.response.result_image_url if record.response else None
    if not address:
        # To ask again would bring the same, and to submit again would be to pay again: that is for the user to say.
        text = "NanoBanana's task succeeded without an image."
        raise ProviderError("UNKNOWN", "malformed_answer", text, billed="yes")
    return address


def _seconds(retry_after: str | None) -> float | None:
    """`Retry-After` in seconds; a date is not read."""
    return min(float(retry_after), LONGEST_ASKED) if retry_after and retry_after.isdecimal() else None
