"""Gemini's pictures by google-genai, on Vertex AI and with an API key."""

import httpx
import pytest
from google import genai
from google.genai.errors import ClientError, ServerError
from google.genai.types import FinishReason, GenerateContentConfig, ImageConfig, Part
from google.oauth2.credentials import Credentials
from PIL import Image

from infra.local.vertex.models import RETIRED
from tests.contract.local.vertex.asking import opened, png
from tests.processes import RunningCloud

FLASH = "gemini-3.1-flash-image"
PICTURE = png(Image.new("RGB", (300, 200), (20, 160, 60)))


def _picture(client: genai.Client, prompt: str = "a red fox", model: str = FLASH, **image: str) -> bytes:
    config = GenerateContentConfig(response_modalities=["IMAGE"], image_config=ImageConfig(**image) if image else None)
    answer = client.models.generate_content(model=model, contents=prompt, config=config)
    (part,) = answer.parts or []
    assert part.inline_data
    assert part.inline_data.data
    data: bytes = part.inline_data.data
    return data


def test_a_prompt_becomes_words_and_a_picture(gemini: genai.Client) -> None:
    """By default both, one picture, finished by STOP, its tokens told."""
    answer = gemini.models.generate_content(model=FLASH, contents="a red fox")
    text, image = answer.parts or []
    assert text.text
    assert image.inline_data
    assert opened(image.inline_data.data).format == "PNG"
    assert answer.candidates
    assert answer.candidates[0].finish_reason is FinishReason.STOP
    assert answer.usage_metadata
    assert (answer.usage_metadata.candidates_token_count or 0) >= 1120
    assert answer.model_version == FLASH


@pytest.mark.parametrize(
    ("ratio", "size"),
    [
        ("1:1", (1024, 1024)),
        ("2:3", (832, 1248)),
        ("3:2", (1248, 832)),
        ("4:5", (896, 1152)),
        ("5:4", (1152, 896)),
        ("16:9", (1408, 768)),
        ("21:9", (1536, 672)),
    ],
)
def test_ratios(gemini: genai.Client, ratio: str, size: tuple[int, int]) -> None:
    """`aspectRatio` of the image config."""
    assert opened(_picture(gemini, aspect_ratio=ratio)).size == size


@pytest.mark.parametrize(("size", "edge"), [("512px", 512), ("1K", 1024), ("2K", 2048)])
def test_sizes(gemini: genai.Client, size: str, edge: int) -> None:
    """`imageSize` of the image config."""
    assert opened(_picture(gemini, image_size=size)).size == (edge, edge)


def test_the_same_wish_gives_the_same_picture(vertex: genai.Client, developer: genai.Client) -> None:
    """Whichever door; another prompt gives another."""
    assert _picture(vertex) == _picture(developer) != _picture(vertex, "a blue fox")


def test_a_given_picture_shows_in_the_new_one(gemini: genai.Client) -> None:
    """In the ratio of the given one, where none is asked for."""
    answer = gemini.models.generate_content(
        model=FLASH,
        contents=[Part.from_bytes(data=PICTURE, mime_type="image/png"), "hang it up"],
        config=GenerateContentConfig(response_modalities=["IMAGE"]),
    )
    (part,) = answer.parts or []
    assert part.inline_data
    found = opened(part.inline_data.data)
    assert found.size == (1248, 832)
    assert (20, 160, 60) in {colour for _, colour in found.getcolors(1 << 22) or []}


def test_jpeg_on_vertex(vertex: genai.Client) -> None:
    """`imageOutputOptions`, which only Vertex AI has."""
    config = GenerateContentConfig(
        response_modalities=["IMAGE"],
        image_config=ImageConfig(output_mime_type="image/jpeg", output_compression_quality=60),
    )
    (part,) = vertex.models.generate_content(model=FLASH, contents="a fox", config=config).parts or []
    assert part.inline_data
    assert (part.inline_data.mime_type, opened(part.inline_data.data).format) == ("image/jpeg", "JPEG")


async def test_the_asynchronous_client(gemini: genai.Client) -> None:
    """`client.aio` gets the same."""
    answer = await gemini.aio.models.generate_content(model=FLASH, contents="a red fox")
    assert len(answer.parts or []) == 2
    await gemini.aio.aclose()


@pytest.mark.parametrize(
    ("marker", "reason"),
    [
        ("image-safety", FinishReason.IMAGE_SAFETY),
        ("image-prohibited", FinishReason.IMAGE_PROHIBITED_CONTENT),
        ("image-recitation", FinishReason.IMAGE_RECITATION),
        ("no-image", FinishReason.NO_IMAGE),
        ("safety", FinishReason.SAFETY),
    ],
)
def test_an_answer_without_a_picture_says_why(gemini: genai.Client, marker: str, reason: FinishReason) -> None:
    """200, no parts, and the finish reason."""
    answer = gemini.models.generate_content(model=FLASH, contents=f"a [[{marker}]] fox")
    assert not answer.parts
    assert answer.candidates
    assert answer.candidates[0].finish_reason is reason


def test_plain_text_instead_of_a_picture(gemini: genai.Client) -> None:
    """The refusal that looks like a success: text with STOP."""
    config = GenerateContentConfig(response_modalities=["IMAGE"])
    answer = gemini.models.generate_content(model=FLASH, contents="a [[text-only]] fox", config=config)
    assert answer.candidates
    assert answer.candidates[0].finish_reason is FinishReason.STOP
    assert [bool(part.text) for part in answer.parts or []] == [True]


def test_a_blocked_prompt(gemini: genai.Client) -> None:
    """No candidates, and the reason in `promptFeedback`."""
    answer = gemini.models.generate_content(model=FLASH, contents="a [[prompt-blocked]] fox")
    assert not answer.candidates
    assert answer.prompt_feedback
    assert answer.prompt_feedback.block_reason == "PROHIBITED_CONTENT"


@pytest.mark.parametrize(
    ("marker", "code", "status"),
    [
        ("rate-limit", 429, "RESOURCE_EXHAUSTED"),
        ("error 503", 503, "UNAVAILABLE"),
        ("error 500", 500, "INTERNAL"),
        ("error 403", 403, "PERMISSION_DENIED"),
        ("retired", 404, "NOT_FOUND"),
    ],
)
def test_errors(gemini: genai.Client, marker: str, code: int, status: str) -> None:
    """The status and its name."""
    with pytest.raises((ClientError, ServerError)) as caught:
        gemini.models.generate_content(model=FLASH, contents=f"a [[{marker}]] fox")
    assert (caught.value.code, caught.value.status) == (code, status)


def test_a_model_of_the_global_location_elsewhere(base_url: str) -> None:
    """Gemini 3 is served at `global` alone."""
    options = genai.types.HttpOptions(base_url=base_url)
    client = genai.Client(
        vertexai=True, project="p", location="us-central1", credentials=Credentials("local"), http_options=options
    )
    with pytest.raises(ClientError, match="was not found"):
        client.models.generate_content(model=FLASH, contents="a fox")
    assert _picture(client, model="gemini-2.5-flash-image")


@pytest.mark.parametrize("model", [*(name for name in RETIRED if name.startswith("gem")), "gemini-9"])
def test_a_retired_or_unknown_model(gemini: genai.Client, model: str) -> None:
    """404, naming it."""
    with pytest.raises(ClientError, match=rf"404.*{model}"):
        gemini.models.generate_content(model=model, contents="a fox")


def test_without_a_key_nobody_is_served(base_url: str) -> None:
    """The Developer API wants a key in a header or the query."""
    url, body = (
        f"{base_url}/v1beta/models/{FLASH}:generateContent",
        {"contents": [{"parts": [{"text": "[[no-image]]"}]}]},
    )
    assert httpx.post(url, json=body).json()["error"]["status"] == "PERMISSION_DENIED"
    assert httpx.post(f"{url}?key=k", json=body).status_code == 200


def test_calls_are_counted_and_meet_faults(cloud: RunningCloud, gemini: genai.Client) -> None:
    """Under GenerateContent, at either door."""
    cloud.control.reset_counts()
    with cloud.control.fault("vertex", "GenerateContent", code="UNAVAILABLE"), pytest.raises(ServerError):
        gemini.models.generate_content(model=FLASH, contents="a fox")
    assert cloud.control.counts()["vertex.GenerateContent"] == 1
