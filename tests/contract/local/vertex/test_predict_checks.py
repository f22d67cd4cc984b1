"""Imagen by `predict`: what is wrong is refused by its name."""

from typing import Any

import pytest
from google.api_core.exceptions import BadRequest, MethodNotImplemented, NotFound

from infra.local.vertex.models import MODELS as KNOWN
from infra.local.vertex.models import RETIRED
from tests.contract.local.vertex.asking import MODELS, STANDARD, Imagen, value

WRONG: list[tuple[dict[str, Any], str]] = [
    ({"sampleCount": 0}, "sampleCount"),
    ({"sampleCount": 5}, "sampleCount"),
    ({"sampleCount": 1.5}, "sampleCount"),
    ({"sampleCount": "2"}, "sampleCount"),
    ({"aspectRatio": "7:5"}, "aspectRatio"),
    ({"seed": 1}, "Seed is not supported when watermark is enabled"),
    ({"seed": 1, "addWatermark": True}, "Seed is not supported when watermark is enabled"),
    ({"seed": -1, "addWatermark": False}, "seed"),
    ({"outputOptions": {"mimeType": "image/webp"}}, "outputOptions.mimeType"),
    ({"outputOptions": {"mimeType": "image/jpeg", "compressionQuality": 101}}, "compressionQuality"),
    ({"outputOptions": {"compressionQuality": 50}}, "compressionQuality"),
    ({"outputOptions": {"quality": 50}}, "quality"),
    ({"sampleImageSize": "4K"}, "sampleImageSize"),
    ({"personGeneration": "some"}, "personGeneration"),
    ({"safetySetting": "none"}, "safetySetting"),
    ({"language": "xx"}, "language"),
    ({"negativePrompt": 7}, "negativePrompt"),
    ({"width": 512}, "width"),
    ({"addWatermark": "yes"}, "addWatermark"),
    ({"upscaleConfig": {"upscaleFactor": "x2"}}, "upscaleConfig"),
    ({"editConfig": {"baseSteps": 3}}, "editConfig"),
    ({"mode": "enlarge"}, "mode"),
]


@pytest.mark.parametrize(("parameters", "named"), WRONG)
def test_a_wrong_parameter_is_named(imagen: Imagen, parameters: dict[str, Any], named: str) -> None:
    """400, and the text names the parameter."""
    with pytest.raises(BadRequest, match=named):
        imagen.prompt("a red fox", **parameters)


@pytest.mark.parametrize(
    ("instance", "named"),
    [({}, "prompt"), ({"prompt": " "}, "prompt"), ({"prompt": 3}, "prompt"), ({"prompt": "a", "image": {}}, "image")],
)
def test_a_wrong_instance_is_named(imagen: Imagen, instance: dict[str, Any], named: str) -> None:
    """400, and the text names the field of the instance."""
    with pytest.raises(BadRequest, match=named):
        imagen.ask(instance)


@pytest.mark.parametrize("count", [0, 2])
def test_one_instance_a_call(imagen: Imagen, count: int) -> None:
    """Neither none nor two."""
    with pytest.raises(BadRequest, match="instances"):
        imagen.client.predict(
            endpoint=f"{MODELS}/{STANDARD}", instances=[value({"prompt": "a"})] * count, timeout=30, retry=None
        )


def test_cloud_storage_as_a_target_is_missing_here(imagen: Imagen) -> None:
    """`storageUri` is UNIMPLEMENTED, not ignored."""
    with pytest.raises(MethodNotImplemented, match="storageUri"):
        imagen.prompt("a red fox", storageUri="gs://bucket/there")


def test_two_k_only_where_the_model_has_it(imagen: Imagen) -> None:
    """The fast model makes 1K."""
    with pytest.raises(BadRequest, match="sampleImageSize"):
        imagen.prompt("a red fox", "imagen-4.0-fast-generate-001", sampleImageSize="2K")


@pytest.mark.parametrize("model", [*(name for name in RETIRED if name.startswith("ima")), "imagen-9"])
def test_a_retired_or_unknown_model_is_not_found(imagen: Imagen, model: str) -> None:
    """404, naming the model in full."""
    with pytest.raises(NotFound, match=rf"publishers/google/models/{model}"):
        imagen.prompt("a red fox", model)


def test_no_model_is_both_served_and_retired() -> None:
    """The two tables keep apart."""
    assert not set(KNOWN) & set(RETIRED)


def test_gemini_does_not_predict(imagen: Imagen) -> None:
    """A model of the other kind refuses the method."""
    with pytest.raises(BadRequest, match="does not support predict"):
        imagen.prompt("a red fox", "gemini-2.5-flash-image")


def test_a_model_that_cannot_do_the_task(imagen: Imagen) -> None:
    """Generation asked of the upscaler names what it does."""
    with pytest.raises(BadRequest, match="it does: upscale"):
        imagen.prompt("a red fox", "imagen-4.0-upscale-preview")


def test_an_endpoint_of_ones_own_is_missing_here(grpc_client: Any) -> None:
    """Only publisher models answer."""
    with pytest.raises(MethodNotImplemented, match="projects/p/locations/l/endpoints/7"):
        grpc_client.predict(endpoint="projects/p/locations/l/endpoints/7", instances=[], timeout=30, retry=None)


def test_other_methods_are_refused_by_name(grpc_client: Any, rest_client: Any) -> None:
    """UNIMPLEMENTED with the full name, over gRPC also for streams."""
    with pytest.raises(MethodNotImplemented, match=r"google.cloud.aiplatform.v1.PredictionService/Explain"):
        grpc_client.explain(endpoint="e", instances=[], timeout=30)
    with pytest.raises(MethodNotImplemented, match=r"PredictionService/GenerateContent"):
        grpc_client.generate_content(model="m", timeout=30, retry=None)
    with pytest.raises(MethodNotImplemented, match=r"PredictionService/StreamGenerateContent"):
        list(grpc_client.stream_generate_content(model="m", timeout=30, retry=None))
    with pytest.raises(MethodNotImplemented, match="rawPredict"):
        rest_client.raw_predict(endpoint=f"{MODELS}/{STANDARD}", timeout=30)
