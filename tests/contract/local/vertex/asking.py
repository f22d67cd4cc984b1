"""Short ways to ask a model, and to look at what it gave."""

import io
from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import Any

from google.cloud.aiplatform_v1.services.prediction_service import PredictionServiceClient
from google.protobuf import json_format, struct_pb2
from PIL import Image

MODELS = "projects/p/locations/us-central1/publishers/google/models"
STANDARD = "imagen-4.0-generate-001"
CAPABILITY = "imagen-3.0-capability-001"
UPSCALE = "imagen-4.0-upscale-preview"


def value(data: Any) -> struct_pb2.Value:
    """Plain data as a protobuf Value."""
    return json_format.ParseDict(data, struct_pb2.Value())


@dataclass(frozen=True)
class Imagen:
    """`predict` through one of Google's clients."""

    client: PredictionServiceClient

    def ask(self, instance: dict[str, Any], model: str = STANDARD, **parameters: Any) -> list[dict[str, Any]]:
        """The predictions as plain data."""
        answer = self.client.predict(
            endpoint=f"{MODELS}/{model}",
            instances=[value(instance)],
            parameters=value(parameters),
            timeout=30,
            retry=None,
        )
        return [json_format.MessageToDict(one) for one in type(answer).pb(answer).predictions]

    def prompt(self, prompt: str, model: str = STANDARD, **parameters: Any) -> list[dict[str, Any]]:
        """The predictions for a prompt."""
        return self.ask({"prompt": prompt}, model, **parameters)


def bytes_of(prediction: dict[str, Any]) -> bytes:
    """The picture's bytes."""
    return b64decode(prediction["bytesBase64Encoded"])


def picture(prediction: dict[str, Any]) -> Image.Image:
    """The picture itself."""
    return opened(bytes_of(prediction))


def opened(data: bytes | None) -> Image.Image:
    """The picture in `data`."""
    assert data
    found = Image.open(io.BytesIO(data))
    found.load()
    return found


def given(image: Image.Image) -> dict[str, str]:
    """A picture as a request carries it."""
    return {"bytesBase64Encoded": b64encode(png(image)).decode(), "mimeType": "image/png"}


def png(image: Image.Image) -> bytes:
    """A picture's file."""
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()
