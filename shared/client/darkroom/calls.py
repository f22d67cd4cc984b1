"""Every call, once; Client gives their results, AsyncClient has them awaited.

A call that is refused or not answered raises as errors.py says. Its `timeout` is in seconds, and bounds it with all of
its attempts; without one, the client's does. A write goes with an idempotency key: one that is made for the call, or
the caller's own, under which it may be repeated later and is still done once.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Unpack

from .attempts import Call, Session, answered, exchanged
from .bodies import json_body
from .downloads import Kind, fetched
from .effects import Answer, Items, Steps
from .errors import NotFound
from .fields import Filters, JobFields, UsageFilters
from .listing import each_of, jobs_of
from .methods import call, items
from .reading import batch_of, job_of
from .records import Batch, Image, Job
from .sse import Event
from .streaming import followed, job_followed
from .uploading import uploaded
from .waiting import batch_now, batch_waited, commanded, job_now, path_of, waited

WAIT_TIMEOUT = 600.0  # seconds


class Calls:
    """What Client and AsyncClient can be asked for."""

    _session: Session

    @call
    def submit(
        self,
        prompt: str,
        *,
        idempotency_key: str | None = None,
        workflow_id: str | None = None,
        user_id: str | None = None,
        extra: Mapping[str, Any] | None = None,
        timeout: float | None = None,
        **fields: Unpack[JobFields],
    ) -> Steps[Job]:
        """Ask for a job; `extra` are fields that this version does not know. It is queued: `wait` gives its end."""
        names = {"X-Workflow-ID": workflow_id, "X-User-ID": user_id}
        sent = json_body({"prompt": prompt, **fields, **(extra or {})})
        call = Call(method="POST", path="/v1/jobs", idempotency_key=idempotency_key, timeout=timeout, **sent)
        answer = yield from answered(self._session, call.with_headers(names))
        return job_of(answer.json(), replayed=answer.replayed)

    @call
    def get(self, job: Job | str, *, timeout: float | None = None) -> Steps[Job]:
        """The job as it is now."""
        return (yield from job_now(self._session, job, timeout))

    @call
    def wait(self, job: Job | str, *, timeout: float = WAIT_TIMEOUT, check: bool = True) -> Steps[Job]:
        """The job once it has ended; with `check`, only with its images.

        Raises:
            JobFailed: it ended without them; JobCanceled: because it was canceled.
            Timeout: it has not ended in `timeout` seconds; its `job` is as it was last seen.
        """
        return (yield from waited(self._session, job, timeout, check=check))

    @items
    def stream(self, job: Job | str, *, timeout: float | None = None, last_event_id: str = "") -> Items[Job]:
        """The job as it is, then each change of it as it happens, until its end; over cuts of the connection.

        Without a timeout it lasts as long as the job. `last_event_id` is a `status_sequence`: it goes on after that.
        """
        return job_followed(self._session, job, timeout, last_event_id)

    @call
    def images(
        self,
        job: Job | str,
        *,
        folder: str | Path | None = None,
        kind: Kind = "image",
        timeout: float = WAIT_TIMEOUT,
    ) -> Steps[tuple[Image, ...]]:
        """The job's images, once it has ended: with their bytes (`content`) or, with a `folder`, saved (`path`).

        Each is checked against its SHA-256; a file is there whole or not at all, as `<job id>_<index>.<extension>`.
        `kind` may name what lies beside the images, where it does: `original` or `thumbnail`.

        Raises:
            JobFailed: there are none.
            Corrupt: other bytes come than the job names.
            OSError: a file cannot be written.
        """
        until = self._session.now() + timeout
        ended = yield from waited(self._session, job, timeout, check=True)
        left = max(0.0, until - self._session.now())
        return (yield from fetched(self._session, ended, kind, None if folder is None else Path(folder), left))

    @items
    def list(self, *, page_size: int = 50, timeout: float | None = None, **filters: Unpack[Filters]) -> Items[Job]:
        """The jobs that the filters let through, the newest first; a page is asked for when it is needed."""
        return jobs_of(self._session, filters, page_size, timeout)

    @call
    def batch(
        self,
        items: Iterable[str | Mapping[str, Any]],
        *,
        defaults: Mapping[str, Any] | None = None,
        partial: bool = False,
        labels: Mapping[str, str] | None = None,
        webhook: Mapping[str, Any] | None = None,
        idempotency_key: str | None = None,
        timeout: float | None = None,
    ) -> Steps[Batch]:
        """Ask for up to 1,000 jobs at once: prompts, or the fields of each.

        With `partial`, those that cannot be taken are left out, and told in `errors`; else they refuse all.
        """
        listed = [{"prompt": item} if isinstance(item, str) else item for item in items]
        body = {"items": listed, "defaults": defaults, "partial": partial, "labels": labels, "webhook": webhook}
        call = Call(
            method="POST", path="/v1/batches", idempotency_key=idempotency_key, timeout=timeout, **json_body(body)
        )
        answer = yield from answered(self._session, call)
        return batch_of(answer.json(), replayed=answer.replayed)

    @call
    def get_batch(self, batch: Batch | str, *, timeout: float | None = None) -> Steps[Batch]:
        """The batch as it is now."""
        return (yield from batch_now(self._session, batch, timeout))

    @call
    def wait_batch(self, batch: Batch | str, *, timeout: float = WAIT_TIMEOUT) -> Steps[Batch]:
        """The batch once all of its jobs have ended, however; `list(parent_id=batch.id)` are these.

        Raises:
            Timeout: not in `timeout` seconds.
        """
        return (yield from batch_waited(self._session, batch, timeout))

    @call
    def cancel(self, job: Job | str, *, idempotency_key: str | None = None, timeout: float | None = None) -> Steps[Job]:
        """Cancel a job: it is canceled, or its worker is asked to stop (`cancel_requested`).

        Raises:
            Conflict: it has ended otherwise.
        """
        return (yield from commanded(self._session, job, "cancel", idempotency_key, timeout))

    @call
    def retry(self, job: Job | str, *, idempotency_key: str | None = None, timeout: float | None = None) -> Steps[Job]:
        """Queue a failed job again.

        Raises:
            Conflict: it has not failed.
        """
        return (yield from commanded(self._session, job, "retry", idempotency_key, timeout))

    @call
    def delete(
        self, job: Job | str, *, idempotency_key: str | None = None, timeout: float | None = None
    ) -> Steps[None]:
        """Delete a job and its images; one that has not ended is canceled."""
        call = Call(method="DELETE", path=path_of("jobs", job), idempotency_key=idempotency_key, timeout=timeout)
        try:
            yield from answered(self._session, call)
        except NotFound as exc:
            if exc.attempts == 1:  # else the attempt before has done it, and its answer was lost
                raise

    @call
    def estimate(
        self,
        prompt: str,
        *,
        extra: Mapping[str, Any] | None = None,
        timeout: float | None = None,
        **fields: Unpack[JobFields],
    ) -> Steps[dict[str, Any]]:
        """What the same job would be and cost; nothing is stored."""
        sent = json_body({"prompt": prompt, **fields, **(extra or {})})
        answer = yield from answered(self._session, Call(method="POST", path="/v1/estimate", timeout=timeout, **sent))
        return answer.json()

    @call
    def usage(
        self,
        *,
        since: datetime | str | None = None,
        until: datetime | str | None = None,
        group_by: str | None = None,
        timeout: float | None = None,
        **where: Unpack[UsageFilters],
    ) -> Steps[dict[str, Any]]:
        """What was spent, in micro-USD: of the last 30 days, by `day`, unless it is said otherwise.

        `group_by` may be project_id, user_id, job_type, provider or model, too; `where` is one of the filters.
        """
        params = {"from": since, "to": until, "group_by": group_by, **where}
        answer = yield from answered(
            self._session, Call(method="GET", path="/v1/usage", params=params, timeout=timeout)
        )
        return answer.json()

    @call
    def upload(
        self,
        picture: bytes | str | Path,
        mime_type: str,
        *,
        idempotency_key: str | None = None,
        timeout: float | None = None,
    ) -> Steps[str]:
        """Send a picture to start from, as bytes or by its path; gives its id: `references=[{"upload_id": id}]`."""
        return (yield from uploaded(self._session, picture, mime_type, idempotency_key, timeout))

    @call
    def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        content: bytes | None = None,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        idempotency_key: str | None = None,
        timeout: float | None = None,
        anonymous: bool = False,
        check: bool = True,
    ) -> Steps[Answer]:
        """Any call of the API (GET /docs), with the key, the retries, the idempotency key and the errors of the others.

        `path` is such as `/v1/keys`. The body is `json`, or `content` with its own Content-Type in `headers`.
        Parameters that are None are left out. `anonymous` leaves out the key. Without `check`, a refusal is an answer
        like any other.
        """
        sent = {"content": content} if json is None else json_body(json)
        call = Call(
            method=method.upper(), path=path, params=params, idempotency_key=idempotency_key, timeout=timeout,
            anonymous=anonymous, **sent,
        ).with_headers(headers or {})  # fmt: skip
        if check:
            return (yield from answered(self._session, call))
        answer, _ = yield from exchanged(self._session, call)
        return answer

    @items
    def each(
        self, path: str, *, params: Mapping[str, Any] | None = None, timeout: float | None = None
    ) -> Items[dict[str, Any]]:
        """What any listing of the API has, over its pages: `each("/v1/keys")`; each as it came."""
        return each_of(self._session, path, params or {}, timeout)

    @items
    def events(
        self,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        timeout: float | None = None,
        last_event_id: str = "",
    ) -> Items[Event]:
        """Any stream of server-sent events of the API, over cuts of the connection, until nothing is left to tell."""
        call = Call(method="GET", path=path, params=params, timeout=timeout)
        return followed(self._session, call, last_event_id, lambda event: event, lambda _: False)
