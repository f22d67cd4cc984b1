"""What Imagen is asked for where it starts from words."""

import pytest

from shared.config import load
from shared.domain.errors import ProviderError
from shared.domain.job import Wording
from shared.domain.request import ProviderOptions
from shared.providers import Providers
from tests.builders import a_job
from tests.contract.imagen.world import ALWAYS, World, a_prediction
from tests.fakes.clock import FakeClock
from tests.fakes.prediction_server import Asked


async def test_every_setting_reaches_the_model(world: World) -> None:
    """By the names that it knows, and what the model is told in place of the user's words."""
    job = a_job(
        wording=Wording(prompt="a fox, noir", negative_prompt="blur", changed_by=("style:noir",)),
        aspect_ratio="16:9",
        image_size="2K",
        seed=7,
        mime_type="image/jpeg",
        compression=60,
        provider_options=ProviderOptions(
            person_generation="dont_allow", safety_setting="block_only_high", language="en", enhance_prompt=False
        ),
    )
    (picture,) = (await world.make(job)).pictures
    assert world.vendor.asked == [
        Asked(
            "imagen-4.0-generate-001",
            {"prompt": "a fox, noir"},
            {
                **ALWAYS,
                "seed": 7,
                "negativePrompt": "blur",
                "personGeneration": "dont_allow",
                "safetySetting": "block_only_high",
                "language": "en",
                "enhancePrompt": False,
                "aspectRatio": "16:9",
                "sampleImageSize": "2K",
                "outputOptions": {"mimeType": "image/jpeg", "compressionQuality": 60},
            },
        )
    ]
    assert (picture.mime_type, picture.width, picture.height) == ("image/jpeg", 2816, 1536)


async def test_what_is_not_asked_for_is_left_to_the_model(world: World) -> None:
    """A watermark is said either way; an empty negative prompt is none; a WebP is made of a PNG, elsewhere."""
    job = a_job(negative_prompt="", watermark=True, mime_type="image/webp", compression=60)
    (picture,) = (await world.make(job)).pictures
    assert world.vendor.asked[0].parameters == {**ALWAYS, "addWatermark": True, "aspectRatio": "1:1"}
    assert picture.mime_type == "image/png"


MASKED = {"referenceId": 2, "referenceType": "REFERENCE_TYPE_MASK"}


@pytest.mark.parametrize(
    ("said", "used"), [("a fox, in soft light", "a fox, in soft light"), ("a fox", None), (None, None)]
)
async def test_the_prompt_is_told_where_the_model_changed_it(world: World, said: str | None, used: str | None) -> None:
    """And only there."""
    world.vendor.says([a_prediction() | ({"prompt": said} if said else {})])
    assert (await world.make(a_job(prompt="a fox"))).prompt_used == used


async def test_missing_credentials_are_told_as_such(one_loop: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Google's client looks for them when it is made: no defect of ours, and another model may do it."""
    assert one_loop is None
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/key.json")
    with pytest.raises(ProviderError, match="/nowhere/key") as refusal:
        await Providers(load({"GOOGLE_CLOUD_PROJECT": "p"}), FakeClock())("imagen")
    assert (refusal.value.kind, refusal.value.code) == ("AUTH_ERROR", "model_no_credentials")
