"""Many calls of the JSON API in one request (multipart/mixed), answered in their order."""

import re
from email import message_from_bytes
from email.message import Message
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

from infra.local.rest import HttpService
from infra.local.rest import unimplemented as refuse
from infra.local.storage.refusals import invalid, unimplemented

MOST = 1000  # calls; Google's client sends no more
BLANK_LINE = re.compile(rb"\r?\n\r?\n")


class Batch:
    """The operation that runs others."""

    def __init__(self, service: HttpService) -> None:
        self._service = service

    def offer(self) -> None:
        """Add the operation to the service that it runs the others of."""
        self._service.route_escaped("batch", "POST", "/batch/storage/v1", self.run)

    async def run(self, request: Request) -> Response:
        """Run each call as if it had come alone."""
        head = f"content-type: {request.headers.get('content-type', '')}\r\n\r\n".encode()
        message = message_from_bytes(head + await request.body())
        parts = message.get_payload() if message.is_multipart() else []
        if not isinstance(parts, list) or not 1 <= len(parts) <= MOST:
            raise invalid(f"A batch is multipart/mixed with 1 to {MOST} calls.")
        boundary = f"batch_{uuid4().hex}"
        calls = [part for part in parts if isinstance(part, Message)]
        answers = [self._framed(boundary, call, await self._answer(request, call)) for call in calls]
        body = b"".join(answers) + f"--{boundary}--\r\n".encode()
        return Response(body, media_type=f"multipart/mixed; boundary={boundary}")

    @staticmethod
    def _framed(boundary: str, part: Message, answer: bytes) -> bytes:
        content_id = part.get("content-id", "").strip("<>")
        head = f"--{boundary}\r\nContent-Type: application/http\r\nContent-ID: <response-{content_id}>\r\n\r\n"
        return head.encode() + answer + b"\r\n"

    async def _answer(self, outer: Request, part: Message) -> bytes:
        payload = part.get_payload(decode=True)
        head, _, body = _split(payload if isinstance(payload, bytes) else b"")
        first, *lines = head.decode("latin-1").splitlines()
        verb, target, _ = [*first.split(" "), "", ""][:3]
        url = urlsplit(target)
        if not url.path.startswith("/storage/v1/"):
            raise unimplemented(f"{verb} {url.path} in a batch")
        headers = [(name.strip().lower().encode(), value.strip().encode()) for name, _, value in _fields(lines)]
        headers = [pair for pair in headers if pair[0] != b"host"]
        scope = {
            "type": "http",
            "asgi": outer.scope["asgi"],
            "http_version": "1.1",
            "method": verb,
            "scheme": outer.url.scheme,
            "path": unquote(url.path),
            "raw_path": url.path.encode("latin-1"),
            "query_string": url.query.encode("latin-1"),
            "headers": [*headers, (b"host", outer.headers["host"].encode())],
            "client": outer.scope.get("client"),
            "server": outer.scope.get("server"),
            "extensions": outer.scope["extensions"],
        }
        return await _called(self._service, scope, body, outer)


async def _called(service: HttpService, scope: dict[str, Any], body: bytes, outer: Request) -> bytes:
    """Run one call; gives its answer as HTTP has it."""
    start: dict[str, Any] = {}
    chunks: list[bytes] = []
    sent = False

    async def receive() -> Any:
        nonlocal sent
        if sent:  # only a cut waits for the end of the connection
            return await outer.receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(event: Any) -> None:
        if event["type"] == "http.response.start":
            start.update(event)
        else:
            chunks.append(event.get("body", b""))

    everything_else = Route("/{path:path}", refuse, methods=[scope["method"]])
    await Router(routes=[*service.routes, everything_else])(scope, receive, send)
    status = start.get("status", 500)
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}".encode()]
    lines += [name + b": " + value for name, value in start.get("headers", ())]
    return b"\r\n".join(lines) + b"\r\n\r\n" + b"".join(chunks)


def _split(payload: bytes) -> tuple[bytes, bytes, bytes]:
    found = BLANK_LINE.search(payload)
    if found is None:
        return payload, b"", b""
    return payload[: found.start()], found.group(), payload[found.end() :]


def _fields(lines: list[str]) -> list[tuple[str, str, str]]:
    return [line.partition(":") for line in lines if ":" in line]
