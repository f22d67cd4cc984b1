"""Pictures to start from, on their way to the bucket."""

import hashlib
from base64 import b64encode
from pathlib import Path

from .attempts import AGAIN, Call, Session, answered, back_off
from .bodies import json_body
from .effects import Answer, Do, Request, Send, Sleep, Steps
from .errors import NotDarkroom, Timeout, Unreachable

REPLACING = b"storage.objects.delete"  # the permission that it takes to write over an object, which nobody has here


def uploaded(
    session: Session,
    picture: bytes | str | Path,
    mime_type: str,
    idempotency_key: str | None,
    timeout: float | None,
) -> Steps[str]:
    """The id of the upload, once the bucket has all of it.

    Raises:
        OSError: the file cannot be read.
        Unreachable: the bucket does not take it.
    """
    until = session.now() + (session.timeout if timeout is None else timeout)
    content: bytes = picture if isinstance(picture, bytes) else (yield Do(Path(picture).read_bytes))
    digest = b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()
    body = json_body({"mime_type": mime_type, "bytes": len(content), "md5": digest})
    left = max(0.0, until - session.now())
    call = Call(method="POST", path="/v1/uploads", idempotency_key=idempotency_key, timeout=left, **body)
    upload = (yield from answered(session, call)).json()
    try:
        request = Request(
            method=str(upload["method"]),
            url=str(upload["upload_url"]),
            headers={"User-Agent": session.agent, **upload["headers"]},
            content=content,
            until=until,
        )
        upload_id = str(upload["id"])
    except (KeyError, TypeError) as exc:
        text = f"/v1/uploads does not say where the file is to go: {exc!r}"
        raise NotDarkroom(text, "Use the darkroom of the deployment's version.") from exc
    yield from _sent(session, request)
    return upload_id


def _sent(session: Session, request: Request) -> Steps[None]:
    for attempt in range(1, session.retries + 2):
        error: Unreachable | Timeout | None = None
        try:
            answer: Answer = yield Send(request)
        except (Unreachable, Timeout) as exc:
            error = exc
        else:
            if answer.is_success or _is_there(answer):
                return
            text = f"the bucket answered {answer.status} to the file"
            error = Unreachable(text, "Upload it again: the address it was to go to is for 15 minutes.")
            if answer.status not in AGAIN:
                raise error
        delay = back_off(attempt)
        if attempt > session.retries or session.now() + delay >= request.until:
            raise error
        yield Sleep(delay)


def _is_there(answer: Answer) -> bool:
    """Whether the bucket refuses the file since it has it: its answer was lost, or the idempotency key is known.

    It has these very bytes: the address was given for their MD5.
    """
    return answer.status == 412 or (answer.status == 403 and REPLACING in answer.content)  # noqa: PLR2004 - as HTTP has them
