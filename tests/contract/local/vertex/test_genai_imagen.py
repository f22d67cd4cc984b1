"""google-genai's own way to Imagen, which it sends as `:predict`."""

import pytest
from google import genai
from google.genai import types
from google.genai.errors import ClientError
from google.oauth2.credentials import Credentials
from PIL import Image

from tests.contract.local.vertex.asking import opened, png

# Google announces the end of these methods; as long as they are there, they must work.
pytestmark = pytest.mark.filterwarnings("ignore:The (generate_images|edit_image|upscale_image) method is deprecated")
GIVEN = types.Image(image_bytes=png(Image.new("RGB", (200, 100), (20, 160, 60))), mime_type="image/png")


@pytest.fixture(scope="module")
def client(base_url: str) -> genai.Client:
    """google-genai on Vertex AI in a region."""
    options = types.HttpOptions(base_url=base_url)
    return genai.Client(
        vertexai=True, project="p", location="us-central1", credentials=Credentials("local"), http_options=options
    )


def _image(answer: types.GenerateImagesResponse | types.EditImageResponse | types.UpscaleImageResponse) -> Image.Image:
    assert answer.generated_images
    assert answer.generated_images[0].image
    return opened(answer.generated_images[0].image.image_bytes)


def test_generate_images(client: genai.Client) -> None:
    """All of its options that have a meaning here."""
    config = types.GenerateImagesConfig(
        number_of_images=2,
        aspect_ratio="16:9",
        seed=7,
        add_watermark=False,
        include_rai_reason=True,
        output_mime_type="image/jpeg",
        output_compression_quality=70,
        safety_filter_level=types.SafetyFilterLevel.BLOCK_LOW_AND_ABOVE,
        person_generation=types.PersonGeneration.ALLOW_ADULT,
        language=types.ImagePromptLanguage.en,
        labels={"team": "a"},
    )
    answer = client.models.generate_images(model="imagen-4.0-generate-001", prompt="a tree", config=config)
    assert len(answer.generated_images or []) == 2
    assert (_image(answer).format, _image(answer).size) == ("JPEG", (1408, 768))


def test_a_blocked_picture_keeps_its_reason(client: genai.Client) -> None:
    """As `rai_filtered_reason`."""
    config = types.GenerateImagesConfig(include_rai_reason=True)
    answer = client.models.generate_images(model="imagen-4.0-generate-001", prompt="[[blocked]]", config=config)
    assert answer.generated_images
    assert "Support codes" in (answer.generated_images[0].rai_filtered_reason or "")


def test_a_refused_prompt(client: genai.Client) -> None:
    """400 naming Responsible AI."""
    with pytest.raises(ClientError, match="Responsible AI"):
        client.models.generate_images(model="imagen-4.0-generate-001", prompt="[[refused]]")


def test_upscale_image(client: genai.Client) -> None:
    """Twice as wide."""
    answer = client.models.upscale_image(model="imagen-4.0-upscale-preview", image=GIVEN, upscale_factor="x2")
    assert _image(answer).size == (400, 200)


def test_edit_image(client: genai.Client) -> None:
    """A mask that is computed, and the picture keeps its size."""
    raw = types.RawReferenceImage(reference_id=1, reference_image=GIVEN)
    mask = types.MaskReferenceImage(
        reference_id=2, config=types.MaskReferenceConfig(mask_mode=types.MaskReferenceMode.MASK_MODE_BACKGROUND)
    )
    answer = client.models.edit_image(
        model="imagen-3.0-capability-001",
        prompt="a beach",
        reference_images=[raw, mask],
        config=types.EditImageConfig(edit_mode=types.EditMode.EDIT_MODE_BGSWAP),
    )
    assert _image(answer).getpixel((100, 50)) == (20, 160, 60)


def test_edit_with_a_style_and_a_subject(client: genai.Client) -> None:
    """The fields that google-genai leaves in snake case are understood too."""
    style = types.StyleReferenceImage(
        reference_id=1, reference_image=GIVEN, config=types.StyleReferenceConfig(style_description="flat")
    )
    subject = types.SubjectReferenceImage(
        reference_id=2,
        reference_image=GIVEN,
        config=types.SubjectReferenceConfig(
            subject_description="a field", subject_type=types.SubjectReferenceType.SUBJECT_TYPE_PRODUCT
        ),
    )
    answer = client.models.edit_image(
        model="imagen-3.0-capability-001", prompt="a [2] in the style of [1]", reference_images=[style, subject]
    )
    assert _image(answer).size == (1024, 1024)
