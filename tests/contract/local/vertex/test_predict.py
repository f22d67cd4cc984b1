"""Imagen by `predict`: pictures of the right kind, over gRPC and HTTP."""

import grpc
import pytest
from google.cloud.aiplatform_v1.services.prediction_service import PredictionServiceAsyncClient, PredictionServiceClient
from google.cloud.aiplatform_v1.services.prediction_service.transports import PredictionServiceGrpcAsyncIOTransport

from tests.contract.local.vertex.asking import MODELS, STANDARD, Imagen, bytes_of, picture, value
from tests.processes import RunningCloud


def test_a_prompt_becomes_a_picture(imagen: Imagen) -> None:
    """One PNG of a megapixel, and the prompt as it was enhanced."""
    (one,) = imagen.prompt("a red fox")
    assert (picture(one).size, picture(one).format, one["mimeType"]) == ((1024, 1024), "PNG", "image/png")
    assert one["prompt"].startswith("a red fox")


def test_an_enhancement_switched_off_is_not_reported(imagen: Imagen) -> None:
    """Without `enhancePrompt` there is no other prompt to tell."""
    assert "prompt" not in imagen.prompt("a red fox", enhancePrompt=False)[0]


def test_several_pictures_differ(imagen: Imagen) -> None:
    """`sampleCount` pictures, each another."""
    found = imagen.prompt("a red fox", sampleCount=4)
    assert len({bytes_of(one) for one in found}) == 4


def test_image_i_of_seed_s_is_the_first_of_seed_s_plus_i(imagen: Imagen) -> None:
    """A seed decides on every byte."""
    both = imagen.prompt("a red fox", sampleCount=2, seed=5, addWatermark=False)
    (second,) = imagen.prompt("a red fox", seed=6, addWatermark=False)
    assert bytes_of(both[1]) == bytes_of(second) != bytes_of(both[0])


def test_a_negative_prompt_makes_another_picture(imagen: Imagen) -> None:
    """What changes the real result changes this one."""
    plain, other = (imagen.prompt("a red fox", **more)[0] for more in ({}, {"negativePrompt": "snow"}))
    assert bytes_of(plain) != bytes_of(other)


@pytest.mark.parametrize(
    ("ratio", "size"),
    [("1:1", (1024, 1024)), ("3:4", (896, 1280)), ("4:3", (1280, 896)), ("9:16", (768, 1408)), ("16:9", (1408, 768))],
)
def test_every_ratio_is_painted(imagen: Imagen, ratio: str, size: tuple[int, int]) -> None:
    """In the pixels that Imagen 4 has."""
    assert picture(imagen.prompt("a red fox", aspectRatio=ratio)[0]).size == size


def test_two_k_is_twice_as_wide(imagen: Imagen) -> None:
    """`sampleImageSize`."""
    assert picture(imagen.prompt("a red fox", sampleImageSize="2K")[0]).size == (2048, 2048)


def test_jpeg_with_its_quality(imagen: Imagen) -> None:
    """`outputOptions`: the format, and fewer bytes for less quality."""
    coarse, fine = (
        imagen.prompt("a red fox", outputOptions={"mimeType": "image/jpeg", "compressionQuality": quality})[0]
        for quality in (10, 90)
    )
    assert picture(coarse).format == "JPEG"
    assert len(bytes_of(coarse)) < len(bytes_of(fine)) / 2


def test_both_doors_give_the_same_bytes(
    grpc_client: PredictionServiceClient, rest_client: PredictionServiceClient
) -> None:
    """The transport does not show in the picture."""
    assert Imagen(grpc_client).prompt("a") == Imagen(rest_client).prompt("a")


async def test_the_asynchronous_client(cloud: RunningCloud) -> None:
    """PredictionServiceAsyncClient gets the same."""
    options = [("grpc.max_receive_message_length", -1)]
    async with grpc.aio.insecure_channel(cloud.host("vertex"), options=options) as channel:
        client = PredictionServiceAsyncClient(transport=PredictionServiceGrpcAsyncIOTransport(channel=channel))
        answer = await client.predict(
            endpoint=f"{MODELS}/{STANDARD}", instances=[value({"prompt": "a"})], timeout=30, retry=None
        )
    assert dict(answer.predictions[0])["mimeType"] == "image/png"


def test_safety_attributes_when_asked_for(imagen: Imagen) -> None:
    """`includeSafetyAttributes` adds them."""
    assert "safetyAttributes" in imagen.prompt("a red fox", includeSafetyAttributes=True)[0]


def test_calls_of_both_doors_are_counted_together(cloud: RunningCloud, imagen: Imagen) -> None:
    """`vertex.Predict`, whichever way it came."""
    cloud.control.reset_counts()
    imagen.prompt("[[empty]]")
    assert cloud.control.counts()["vertex.Predict"] == 1
