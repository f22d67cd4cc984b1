"""A client of small cost: HTTP/1.1 over kept connections, one request at a time on each."""

import asyncio
import json
import socket
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from infra.local.ports import HOST


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes

    def json(self) -> Any:
        """The body's value."""
        return json.loads(self.body)


def request(method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> bytes:
    """A request as it is sent; the body becomes JSON."""
    content = b"" if body is None else json.dumps(body).encode()
    lines = [
        f"{method} {path} HTTP/1.1",
        "host: bench",
        *(f"{name}: {value}" for name, value in (headers or {}).items()),
    ]
    if content:
        lines += ["content-type: application/json", f"content-length: {len(content)}"]
    return "\r\n".join([*lines, "\r\n"]).encode() + content


def asked(connection: socket.socket, sent: bytes) -> Answer:
    """The answer to one request on an open connection."""
    connection.sendall(sent)
    with connection.makefile("rb") as incoming:
        head = iter(incoming.readline, b"\r\n")
        status, headers = _head(next(head), head)
        return Answer(status, headers, incoming.read(int(headers.get("content-length", 0))))


def load(port: int, requests: Callable[[int], bytes], count: int, connections: int, expected: int) -> None:
    """Ask `count` times, `requests(0)` to `requests(count - 1)`, over so many connections at once.

    Raises:
        RuntimeError: an answer has another status than is expected.
    """
    asyncio.run(_load(port, iter(range(count)), requests, connections, expected))


async def _load(
    port: int, numbers: Iterator[int], requests: Callable[[int], bytes], connections: int, expected: int
) -> None:
    async with asyncio.TaskGroup() as group:
        for _ in range(connections):
            group.create_task(_one(port, numbers, requests, expected))


async def _one(port: int, numbers: Iterator[int], requests: Callable[[int], bytes], expected: int) -> None:
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        for number in numbers:
            answer = await answered(reader, writer, requests(number))
            if answer.status != expected:
                raise RuntimeError(
                    f"{answer.status} came, not {expected}: {answer.body[:2000].decode(errors='replace')}"
                )
    finally:
        writer.close()
        await writer.wait_closed()


async def answered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, sent: bytes) -> Answer:
    """The answer to one request on an open connection."""
    writer.write(sent)
    lines = iter((await reader.readuntil(b"\r\n\r\n")).splitlines(keepends=True))
    status, headers = _head(next(lines), lines)
    return Answer(status, headers, await reader.readexactly(int(headers.get("content-length", 0))))


def _head(first: bytes, lines: Iterator[bytes]) -> tuple[int, dict[str, str]]:
    split = (line.decode("latin-1").strip().partition(":") for line in lines if line.strip())
    return int(first.split()[1]), {name.lower(): value.strip() for name, _, value in split}
