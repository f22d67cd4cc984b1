"""What Celery tells of its tasks through Redis: one subscription, by Redis's own protocol.

Source of the protocol: https://redis.io/docs/latest/develop/reference/protocol-spec/.
"""

import asyncio
from typing import Any

CHANNEL = "celery-task-meta-"  # of a task, with its id
ENDS = (b'"SUCCESS"', b'"FAILURE"', b'"REVOKED"')


def command(*words: str) -> bytes:
    """A command as it is sent."""
    parts = [f"*{len(words)}\r\n", *(f"${len(word.encode())}\r\n{word}\r\n" for word in words)]
    return "".join(parts).encode()


async def reply(reader: asyncio.StreamReader) -> Any:
    """The next reply: bytes, a number, or a list of replies.

    Raises:
        RuntimeError: Redis refuses.
    """
    line = (await reader.readuntil(b"\r\n"))[:-2]
    kind, rest = line[:1], line[1:]
    match kind:
        case b"*":
            return [await reply(reader) for _ in range(int(rest))]
        case b"$":
            return (await reader.readexactly(int(rest) + 2))[:-2]
        case b":":
            return int(rest)
        case b"-":
            raise RuntimeError(f"Redis says {rest.decode()}")
        case _:
            return rest


def ended(message: Any) -> tuple[str, bytes] | None:
    """The task of a message that tells of an end, and what is told; None of any other message."""
    kind, *rest = message
    if kind != b"pmessage":
        return None
    _, channel, told = rest
    return (channel.decode().removeprefix(CHANNEL), told) if any(end in told for end in ENDS) else None
