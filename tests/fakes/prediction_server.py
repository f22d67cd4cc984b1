"""A prediction service in this process that notes what it is asked: it answers as the test says, or asks another."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import grpc
from google.cloud.aiplatform_v1.types import PredictRequest, PredictResponse
from google.protobuf import duration_pb2, json_format, struct_pb2
from google.rpc import code_pb2, error_details_pb2, status_pb2

PREDICT = "/google.cloud.aiplatform.v1.PredictionService/Predict"
Predictions = Sequence[Any]


class Asked(NamedTuple):
    """A request, as JSON has it."""

    model: str
    instance: dict[str, Any]
    parameters: dict[str, Any]


class Refused(NamedTuple):
    """An answer that is an error."""

    code: str  # of gRPC
    message: str = "No."
    wait: float | None = None  # seconds of its RetryInfo


Answer = Predictions | Refused


class PredictionServer:
    """It notes each request, then answers."""

    def __init__(self, other: grpc.aio.Channel) -> None:
        self.host = ""
        self.asked: list[Asked] = []
        self.answered = 0  # by this server itself
        self.broken_off = 0  # calls whose caller went
        # How to answer; None: as the other does.
        self.answer: Callable[[Asked], Awaitable[Answer | None]] | None = None
        self._other: Any = other.unary_unary(PREDICT)

    def says(self, answer: Answer, times: int = 99) -> None:
        """The answer to so many of the next calls."""
        left = [answer] * times

        async def next_answer(_: Asked) -> Answer | None:
            return left.pop() if left else None

        self.answer = next_answer

    def handler(self) -> Any:
        """For grpc's server."""
        method: Any = grpc.unary_unary_rpc_method_handler(self._predict)
        service, name = PREDICT.strip("/").split("/")
        return grpc.method_handlers_generic_handler(service, {name: method})

    async def _predict(self, data: bytes, context: grpc.aio.ServicerContext[bytes, bytes]) -> bytes:
        request = PredictRequest.pb(PredictRequest.deserialize(data))
        (instance,) = [json_format.MessageToDict(value) for value in request.instances]
        parameters = json_format.MessageToDict(request.parameters)
        self.asked.append(Asked(request.endpoint.rpartition("/")[2], instance, parameters))
        try:
            answer = await self.answer(self.asked[-1]) if self.answer else None
            if answer is None:
                return bytes(await self._other(data))
        except grpc.aio.AioRpcError as error:
            return await context.abort(error.code(), error.details() or "")
        except asyncio.CancelledError:
            self.broken_off += 1
            raise
        self.answered += 1
        if isinstance(answer, Refused):
            return await context.abort(grpc.StatusCode[answer.code], answer.message, _trailers(answer))
        return _response(answer)


def _response(predictions: Predictions) -> bytes:
    response = PredictResponse()
    values = [json_format.ParseDict(each, struct_pb2.Value()) for each in predictions]
    PredictResponse.pb(response).predictions.extend(values)
    return bytes(PredictResponse.serialize(response))


def _trailers(refused: Refused) -> tuple[tuple[str, bytes], ...]:
    """How Google's servers say when to come back."""
    if refused.wait is None:
        return ()
    delay = duration_pb2.Duration()
    delay.FromMilliseconds(round(refused.wait * 1000))
    status = status_pb2.Status(code=code_pb2.Code.Value(refused.code), message=refused.message)
    status.details.add().Pack(error_details_pb2.RetryInfo(retry_delay=delay))
    return (("grpc-status-details-bin", status.SerializeToString()),)


@asynccontextmanager
async def prediction_server(other: str) -> AsyncIterator[PredictionServer]:
    """One for the block; `other` is the address of a Vertex AI that answers where the test does not say."""
    options = [("grpc.max_receive_message_length", -1)]
    async with grpc.aio.insecure_channel(other, options=options) as channel:
        vendor, server = PredictionServer(channel), grpc.aio.server(options=options)
        server.add_generic_rpc_handlers([vendor.handler()])
        vendor.host = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
        await server.start()
        yield vendor
        await server.stop(None)
