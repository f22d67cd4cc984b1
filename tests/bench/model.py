"""A model for the benchmark: PredictionService, which answers any `Predict` with one picture, made beforehand.

`python -m tests.bench.model`, a process of its own, prints its port when it listens. How long it takes is in the
prompt: `[[200 ms]]`; at once, where it says nothing. The answer was serialised when the server began, and of a request
nothing is read but that: what the machine spends here is the model's, and should be next to nothing.
"""

import asyncio
import re
import struct
import subprocess
import sys
import zlib
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import grpc

from infra.local.ports import HOST, authority
from tests.bench.spawning import spawn
from tests.processes import ROOT, clean_environment

SERVICE = "google.cloud.aiplatform.v1.PredictionService"
PICTURE_BYTES = 1 << 20  # as large as the incumbent's
SIDE = 1024  # pixels, as the model's are
HEAD = 33  # bytes of a PNG: its signature and its first chunk
CHUNK = 12  # bytes of a chunk besides its data
TAKES = re.compile(rb"\[\[(\d+) ms\]\]")


def takes(milliseconds: int) -> str:
    """What a prompt says for its picture to take so long."""
    return f"[[{milliseconds} ms]]"


@cache
def picture() -> bytes:
    """A PNG of 1 MiB to the byte, as a model's are: painted, and filled up by a chunk that no reader looks at."""
    from shared.providers.painting import paint

    painted: bytes = paint("a watercolor fox", width=SIDE, height=SIDE, seed=1, mime_type="image/png")
    return padded(painted, PICTURE_BYTES)


def padded(png: bytes, size: int) -> bytes:
    """The PNG with a private, ancillary chunk behind its head, so that it has so many bytes.

    Raises:
        ValueError: it is larger already.
    """
    room = size - len(png) - CHUNK
    if room < 0:
        raise ValueError(f"a PNG of {len(png)} bytes cannot be filled up to {size}")
    named = b"fiLl" + bytes(room)
    chunk = struct.pack(">I", room) + named + struct.pack(">I", zlib.crc32(named))
    return png[:HEAD] + chunk + png[HEAD:]


def _answer() -> bytes:
    """`PredictResponse`, serialised."""
    from google.protobuf import json_format

    from infra.local.vertex.messages import PredictResponse

    prediction = {"bytesBase64Encoded": b64encode(picture()).decode(), "mimeType": "image/png"}
    answered: bytes = json_format.ParseDict({"predictions": [prediction]}, PredictResponse()).SerializeToString()
    return answered


def _delay(request: bytes) -> float:
    """Seconds."""
    found = TAKES.search(request)
    return int(found[1]) / 1000 if found else 0.0


async def _serve() -> None:
    answer = _answer()

    async def predict(request: bytes, _: Any) -> bytes:
        if delay := _delay(request):
            await asyncio.sleep(delay)
        return answer

    server = grpc.aio.server(options=[("grpc.max_send_message_length", -1), ("grpc.so_reuseport", 0)])
    handler: Any = grpc.unary_unary_rpc_method_handler(predict)  # bytes in, bytes out
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(SERVICE, {"Predict": handler})])
    port = server.add_insecure_port(authority(HOST, 0))
    await server.start()
    print(port, flush=True)
    await server.wait_for_termination()


@contextmanager
def model() -> Iterator[str]:
    """A model in a process of its own; gives its address, `VERTEX_EMULATOR_HOST`. It ends with the block."""
    words = [sys.executable, "-m", "tests.bench.model"]
    process = spawn(words, cwd=ROOT, env=clean_environment(), stdout=subprocess.PIPE)
    try:
        line = process.stdout.readline() if process.stdout else b""
        if not line:
            raise RuntimeError(f"the benchmark's model ended with {process.wait()} before it listened; see above")
        yield authority(HOST, int(line))
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


if __name__ == "__main__":
    import uvloop

    uvloop.run(_serve())
