"""A prediction service in this process: it answers each call, after some time, with one canned picture."""

import asyncio
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import grpc
from google.cloud.aiplatform_v1.types import PredictRequest, PredictResponse
from google.protobuf import json_format, struct_pb2

PREDICT = "/google.cloud.aiplatform.v1.PredictionService/Predict"
REFUSED = "[[refused]]"  # in a prompt


class VertexServer:
    """Answers with `data`, a PNG, after `seconds`; refuses what has REFUSED in its prompt, as late."""

    def __init__(self, data: bytes, seconds: float) -> None:
        self._seconds = seconds
        prediction = {"bytesBase64Encoded": b64encode(data).decode(), "mimeType": "image/png"}
        answer = PredictResponse()
        PredictResponse.pb(answer).predictions.append(json_format.ParseDict(prediction, struct_pb2.Value()))
        self._answer: bytes = PredictResponse.serialize(answer)
        self.calls = 0
        self.host = ""

    @contextmanager
    def running(self) -> Iterator["VertexServer"]:
        """It answers within the block, at `host`."""
        loop, ready, ended = asyncio.new_event_loop(), threading.Event(), asyncio.Event()
        thread = threading.Thread(target=lambda: loop.run_until_complete(self._serve(ready, ended)), daemon=True)
        thread.start()
        assert ready.wait(60)
        try:
            yield self
        finally:
            loop.call_soon_threadsafe(ended.set)
            thread.join()
            loop.close()

    async def _serve(self, ready: threading.Event, ended: asyncio.Event) -> None:
        server = grpc.aio.server()
        as_it_is: Callable[[bytes], bytes] = bytes
        method: Any = grpc.unary_unary_rpc_method_handler(self._predict, response_serializer=as_it_is)
        service, name = PREDICT.strip("/").split("/")
        server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(service, {name: method})])
        self.host = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
        await server.start()
        ready.set()
        await ended.wait()
        await server.stop(None)

    async def _predict(self, request: bytes, context: Any) -> bytes:
        self.calls += 1
        await asyncio.sleep(self._seconds)
        prompt = json_format.MessageToDict(PredictRequest.pb(PredictRequest.deserialize(request)).instances[0])[
            "prompt"
        ]
        if REFUSED in prompt:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "The prompt is against Responsible AI practices.")
        return self._answer
