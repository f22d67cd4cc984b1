"""NanoBanana over HTTP: tasks that are submitted, then polled; one image each.

Source of the paths and fields: https://docs.nanobananaapi.ai
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from shared.catalog import catalog, price
from shared.domain.errors import FailureType, ProviderError
from shared.domain.job import Job
from shared.ports import Checkpoint, Clock, Given, Outcome
from shared.providers.download import image_client
from shared.providers.gates import Gates
from shared.providers.json_api import KINDS, JsonApi, T
from shared.providers.operations import awaiting, fetched, operation_of, polled, without_image
from shared.providers.retrying import Run

NAME = "NanoBanana"
DEFAULT_ORIGIN = "https://api.nanobananaapi.ai"
GENERATE = "/api/v1/nanobanana/generate"
RECORD = "/api/v1/nanobanana/record-info"
RUNNING, SUCCEEDED = 0, 1
OK = 200
# A status, or the `code` in a body.
CODES: Mapping[int, tuple[FailureType, str]] = {
    **KINDS,
    455: ("TEMPORARY", "model_unavailable"),  # under maintenance
}


class _Answer(msgspec.Struct):
    code: int
    msg: str | None = None
    data: msgspec.Raw = msgspec.Raw(b"null")


class _Submitted(msgspec.Struct, rename="camel"):
    task_id: Annotated[str, Meta(pattern=r"^[!-~]{1,256}\Z")]  # operations are stored with blanks between them


class _Result(msgspec.Struct, rename="camel"):
    result_image_url: str | None = None


class _Record(msgspec.Struct, rename="camel"):
    success_flag: int
    response: _Result | None = None
    error_message: str | None = None


def base_url(configured: str | None) -> str:
    """The API's address: NANO_BANANA_API_URL is an origin; a path of `/` or `/v1` is dropped, another is a prefix."""
    parts = urlsplit(configured or DEFAULT_ORIGIN)
    path = parts.path.rstrip("/")
    return f"{parts.scheme}://{parts.netloc}{'' if path == '/v1' else path}"


class NanoBanana:
    """Text to image, and images to image."""

    def __init__(
        self,
        url: str,
        key: str,
        clock: Clock,
        gates: Gates,
        *,
        callback: Callable[[Job], str] | None = None,
        allow_private: bool = False,
    ) -> None:
        """`url` as `base_url` gives it.

        `callback` is the address that the vendor is to call about a job; with None, it is polled. `allow_private` lets
        images be fetched from this machine, for local work.
        """
        self._callback = callback
        self._clock = clock
        self._gates = gates
        self._allow_private = allow_private
        self._api = JsonApi(NAME, url, key, clock, CODES)
        self._images = image_client()

    async def close(self) -> None:
        """Close its connections; in a function they last as long as the process."""
        await self._api.close()
        await self._images.aclose()

    def estimate(self, job: Job) -> int | None:
        """See ImageProvider.estimate."""
        return price(catalog().models[job.model], job.image_size, job.n)

    async def generate(self, job: Job, given: Sequence[Given], deadline: datetime, checkpoint: Checkpoint) -> Outcome:
        """See ImageProvider.generate; a job with an operation under way is not submitted again.

        Raises:
            ProviderError, AwaitsCallback: as there.
            ImageStoreError: a reference cannot be handed to the vendor.
        """
        run = Run(self._gates(job.provider, job.model), self._clock, deadline, checkpoint)
        operation = await operation_of(job, run, lambda: self._submit(job, given, checkpoint), self.estimate(job))
        calls_back = self._callback is not None
        if calls_back and job.provider_operation is None:  # nothing can have come of it yet
            raise awaiting(NAME, lambda: self._ended(operation))
        record = await polled(NAME, self._clock, deadline, lambda: self._ended(operation), calls_back=calls_back)
        address = self._address(record)
        each = price(catalog().models[job.model], job.image_size, 1)
        pictures = await fetched(self._images, [address], each, allow_private=self._allow_private)
        return Outcome(pictures=pictures, cost_micros=each)

    async def _submit(self, job: Job, given: Sequence[Given], checkpoint: Checkpoint) -> str:
        body: dict[str, Any] = {
            "prompt": job.told.prompt,
            "type": "IMAGETOIAMGE" if given else "TEXTTOIAMGE",  # as the API spells them
            "numImages": job.n,
            "image_size": job.aspect_ratio,
        }
        if given:
            body["imageUrls"] = [await checkpoint.link(picture) for picture in given]
        if self._callback:
            body["callBackUrl"] = self._callback(job)
        return (await self._ask("POST", GENERATE, _Submitted, json=body)).task_id

    async def _ended(self, operation: str) -> _Record | None:
        """What became of the operation; None while it runs."""
        record = await self._ask("GET", RECORD, _Record, params={"taskId": operation})
        return None if record.success_flag == RUNNING else record

    async def _ask(self, method: str, path: str, kind: type[T], **request: Any) -> T:
        """The `data` of an answer that says it is one.

        Raises:
            ProviderError: anything else.
        """
        reply = await self._api.ask(method, path, **request)
        if not reply.is_success:
            raise self._api.refusal(reply.status, reply.shown(), reply.retry_after)
        answer = self._api.read(reply.body, _Answer)
        if answer.code != OK:
            raise self._api.refusal(answer.code, answer.msg or reply.shown(), reply.retry_after)
        return self._api.read(answer.data, kind)

    def _address(self, record: _Record) -> str:
        """Where the image of an operation lies that has ended.

        Raises:
            ProviderError: it has none, and its id is of no more use.
        """
        if record.success_flag != SUCCEEDED:
            said = record.error_message or f"successFlag {record.success_flag}"
            if blocked := self._api.blocked(said, "image"):
                raise blocked
            raise ProviderError("UNKNOWN", "provider_task_failed", f"{NAME}'s task failed: {said}", billed="unknown")
        if not (record.response and record.response.result_image_url):
            raise without_image(NAME)
        return record.response.result_image_url
