"""Vertex AI at its two doors: gRPC and HTTP."""

from typing import Any

import grpc
import msgspec
from google.protobuf import json_format
from starlette.requests import Request
from starlette.responses import Response

from infra.local.kernel import Kernel
from infra.local.rest import HttpService
from infra.local.rpc import Registration, RpcError
from infra.local.vertex.imagen import Imagen
from infra.local.vertex.messages import METHODS, PredictResponse
from infra.local.vertex.refusal import Refusal, invalid
from infra.local.vertex.studio import Studio

NAME = "vertex"
MODELS = "/projects/{project}/locations/{location}/publishers/google/models/{model}"


class Prediction:
    """google.cloud.aiplatform.v1.PredictionService, of which `Predict`."""

    def __init__(self, imagen: Imagen) -> None:
        self._imagen = imagen

    async def predict(self, request: Any, _: Any) -> Any:
        """Answer `Predict`."""
        instances = [json_format.MessageToDict(value) for value in request.instances]
        parameters = json_format.MessageToDict(request.parameters)
        try:
            predictions = await self._imagen.predict(request.endpoint, instances, parameters)
        except Refusal as refusal:
            raise RpcError(grpc.StatusCode[refusal.code], refusal.message) from refusal
        return json_format.ParseDict({"predictions": predictions}, PredictResponse())


def grpc_registration(imagen: Imagen) -> Registration:
    """The service for `infra.local.rpc.serve`."""
    return Registration(NAME, None, Prediction(imagen), tuple(METHODS))


def http_service(kernel: Kernel, imagen: Imagen) -> HttpService:
    """The same over HTTP, as the clients' `transport="rest"` and google-genai call it."""
    service = HttpService(kernel, NAME)

    async def predict(request: Request) -> Response:
        try:
            body = await json_body(request, {"instances", "parameters", "labels"})
            name = request.url.path.split("/", 2)[2].removesuffix(":predict")
            predictions = await imagen.predict(name, body.get("instances") or [], body.get("parameters"))
        except Refusal as refusal:
            raise refusal.http() from refusal
        return json_response({"predictions": predictions} if predictions else {})

    for version in ("v1", "v1beta1"):
        service.route("Predict", "POST", f"/{version}{MODELS}:predict", predict)
    return service


async def json_body(request: Request, known: set[str]) -> dict[str, Any]:
    """The request's body, an object with no fields but `known`.

    Raises:
        Refusal: INVALID_ARGUMENT otherwise.
    """
    try:
        body = msgspec.json.decode(await request.body())
    except msgspec.DecodeError as exc:
        raise invalid(f"Invalid JSON payload received. {exc}") from exc
    if not isinstance(body, dict):
        raise invalid("Invalid JSON payload received. Root element must be a message.")
    if unknown := sorted(set(body) - known):
        raise invalid(f'Invalid JSON payload received. Unknown name "{unknown[0]}": Cannot find field.')
    return body


def json_response(body: Any) -> Response:
    """An answer of JSON."""
    return Response(msgspec.json.encode(body), media_type="application/json")


def build(kernel: Kernel) -> tuple[Registration, HttpService, Studio]:
    """Vertex AI for one local cloud: its gRPC door, its HTTP door, and the studio to close at the end."""
    studio = Studio()
    imagen = Imagen(kernel, studio)
    return grpc_registration(imagen), http_service(kernel, imagen), studio
