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
from infra.local.vertex.bodies import MODELS, json_body, json_response
from infra.local.vertex.gemini import Gemini
from infra.local.vertex.gemini_http import offer
from infra.local.vertex.imagen import Imagen
from infra.local.vertex.imagen_request import Strict, read
from infra.local.vertex.messages import METHODS, PredictResponse
from infra.local.vertex.refusal import Refusal
from infra.local.vertex.studio import Studio

NAME = "vertex"
DIFFERENCES = (
    (
        "Pictures are painted by a program, from the prompt and the seed: the same request gives the same bytes, and "
        "they are valid files of the size, shape and format asked for. No model is asked, and nothing is paid."
    ),
    "Nobody is asked for credentials; the Gemini Developer API's paths want an API key, and take any.",
    "Nothing is filtered and nobody is refused, but by the markers above.",
    "Files in Cloud Storage are neither read (`gcsUri`) nor written (`storageUri`): both are refused as UNIMPLEMENTED.",
    "Only publisher models are served; of Gemini one candidate an answer.",
    (
        "A response schema is followed by made-up values; formats and keywords that this does not know are refused as "
        "UNIMPLEMENTED by name."
    ),
)


class Call(Strict, frozen=True):
    """The body of `:predict`."""

    instances: list[Any] = msgspec.field(default_factory=list)
    parameters: Any = None
    labels: dict[str, str] = msgspec.field(default_factory=dict)  # of the bill: they change no result


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


def http_service(kernel: Kernel, imagen: Imagen, gemini: Gemini) -> HttpService:
    """The same over HTTP, as the clients' `transport="rest"` and google-genai call it."""
    service = HttpService(kernel, NAME)

    async def predict(request: Request) -> Response:
        try:
            body = read(Call, await json_body(request), "")
            name = request.url.path.split("/", 2)[2].removesuffix(":predict")
            predictions = await imagen.predict(name, body.instances, body.parameters)
        except Refusal as refusal:
            raise refusal.http() from refusal
        return json_response({"predictions": predictions} if predictions else {})

    for version in ("v1", "v1beta1"):
        service.route("Predict", "POST", f"/{version}{MODELS}:predict", predict)
    offer(service, gemini)
    return service


def build(kernel: Kernel) -> tuple[Registration, HttpService, Studio]:
    """Vertex AI for one local cloud: its gRPC door, its HTTP door, and the studio to close at the end."""
    studio = Studio()
    imagen = Imagen(kernel, studio)
    return grpc_registration(imagen), http_service(kernel, imagen, Gemini(kernel, studio)), studio
