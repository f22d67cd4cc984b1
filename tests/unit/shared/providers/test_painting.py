"""The painter: the same bytes for the same wish, in the right size and format, whatever the prompt."""

import io
import subprocess
import sys

import pytest
from PIL import Image

from shared.providers.painting import RATIOS, paint, size_for
from shared.providers.painting.legible import legible

AWKWARD = [
    "",
    " ",
    "x" * 3000,
    "photorealistic portrait " * 100,
    "صورة لثعلب أحمر في الثلج",
    "猫が好き 🦊👩‍👩‍👧🏽🇩🇪",
    "a\nb\tc\x00d\u202eefg",
    "\ud800 a lone surrogate",
    "e\u0301\u0301\u0301 Ǆ ﷽ ½",
]


@pytest.mark.parametrize("form", ["png", "jpeg", "webp"])
def test_the_same_wish_gives_the_same_bytes(form: str) -> None:
    """Prompt, seed, size and format decide on every byte; another seed makes another picture."""
    first, again, other = (
        paint("a fox", width=160, height=96, seed=seed, mime_type=f"image/{form}") for seed in (1, 1, 2)
    )
    assert first == again != other


@pytest.mark.parametrize("form", ["png", "jpeg", "webp"])
def test_size_and_format_are_those_asked_for(form: str) -> None:
    """The picture decodes to the very size and format."""
    picture = Image.open(io.BytesIO(paint("a fox", width=211, height=97, seed=None, mime_type=f"image/{form}")))
    picture.load()
    assert (picture.size, picture.format) == ((211, 97), form.upper())


@pytest.mark.parametrize("prompt", AWKWARD)
def test_no_prompt_breaks_it(prompt: str) -> None:
    """Empty, endless, right-to-left, emoji and broken text are painted as well."""
    assert Image.open(io.BytesIO(paint(prompt, width=256, height=144, seed=3))).size == (256, 144)


@pytest.mark.parametrize(("width", "height"), [(1, 1), (1, 512), (512, 1), (63, 64), (8, 900)])
def test_odd_sizes_are_painted(width: int, height: int) -> None:
    """Down to a single pixel, in every land."""
    for prompt in ("sea", "mountains", "dunes", "forest", "city", "abstract"):
        assert Image.open(io.BytesIO(paint(prompt, width=width, height=height))).size == (width, height)


def test_more_quality_is_more_bytes() -> None:
    """The quality reaches the encoder."""
    coarse, fine = (len(paint("a", width=256, height=256, mime_type="image/jpeg", quality=q)) for q in (10, 95))
    assert coarse < fine / 3


def test_a_png_of_one_megapixel_is_small() -> None:
    """A PNG of 1024 × 1024 stays below 1.5 MB."""
    assert len(paint("a red fox in the snow", width=1024, height=1024, seed=1)) < 1_500_000


@pytest.mark.parametrize(
    ("wish", "named"),
    [
        ({"width": 0}, "width"),
        ({"height": 9000}, "height"),
        ({"mime_type": "image/gif"}, "mime_type"),
        ({"quality": 101}, "quality"),
    ],
)
def test_what_cannot_be_painted_is_said(wish: dict[str, object], named: str) -> None:
    """A bad argument is a ValueError that names it."""
    with pytest.raises(ValueError, match=named):
        paint("a", **{"width": 64, "height": 64, **wish})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("prompt", "drawn"),
    [
        ("une forêt — déjà vu", "une foret - deja vu"),
        ("рыжая лиса", "ryzhaya lisa"),
        ("猫が好き のいえ", "[Japanese, 7 characters]"),
        ("a شعلب b", "a [Arabic, 4 characters] b"),
        ("🦊!", "(fox face) !"),
    ],
)
def test_what_the_type_lacks_is_put_into_letters_it_has(prompt: str, drawn: str) -> None:
    """Nothing is drawn as an empty box."""
    assert legible(prompt) == drawn


def test_size_for_keeps_the_ratio() -> None:
    """Within 8 % of its name, as at Imagen, and near one megapixel at 1K, four times that at 2K."""
    for ratio in RATIOS:
        across, down = map(int, ratio.split(":"))
        width, height = size_for(ratio)
        assert width / height == pytest.approx(across / down, rel=0.08)
        assert width * height == pytest.approx(1024 * 1024, rel=0.12)
        assert size_for(ratio, "2K") == (2 * width, 2 * height)


@pytest.mark.parametrize(("ratio", "size", "named"), [("7:5", "1K", "aspect_ratio"), ("1:1", "3K", "image_size")])
def test_an_unknown_size_is_refused(ratio: str, size: str, named: str) -> None:
    """The refusal lists what there is."""
    with pytest.raises(ValueError, match=named):
        size_for(ratio, size)


def test_importing_the_painter_loads_no_pillow() -> None:
    """A function pays for Pillow only when it paints."""
    code = "import sys, shared.providers.painting; print(any(name.split('.')[0] == 'PIL' for name in sys.modules))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "False"
