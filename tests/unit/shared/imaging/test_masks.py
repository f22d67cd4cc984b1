"""Masks that say by their transparency where to paint."""

from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from shared.domain.errors import InputError
from shared.domain.inputs import MAX_PIXELS
from shared.imaging.masks import PillowMasks
from tests.builders import image_bytes


def a_file(image: Image.Image, form: str = "PNG", **options: Any) -> bytes:
    """The picture in a file."""
    file = BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def values(data: bytes) -> list[int]:
    """The grey values of a mask, in their order."""
    image = Image.open(BytesIO(data))
    assert (image.format, image.mode) == ("PNG", "L")
    return list(image.tobytes())


async def test_what_is_fully_transparent_is_painted() -> None:
    """White there, black where anything at all is left."""
    mask = Image.new("RGBA", (4, 1))
    for at, alpha in enumerate((0, 1, 128, 255)):
        mask.putpixel((at, 0), (9, 9, 9, alpha))
    assert values(await PillowMasks().painted(a_file(mask))) == [255, 0, 0, 0]


async def test_transparency_of_every_kind() -> None:
    """One colour of a palette, and grey with alpha."""
    palette = Image.new("P", (2, 1))
    palette.putpalette([0, 0, 0, 255, 255, 255])
    palette.putpixel((1, 0), 1)
    assert values(await PillowMasks().painted(a_file(palette, transparency=1))) == [0, 255]
    grey = Image.new("LA", (2, 1), (7, 255))
    grey.putpixel((0, 0), (7, 0))
    assert values(await PillowMasks().painted(a_file(grey))) == [255, 0]


async def test_a_mask_without_transparency_says_nothing() -> None:
    """And is not taken for one that says: nowhere."""
    with pytest.raises(InputError) as wrong:
        await PillowMasks().painted(a_file(Image.new("RGB", (2, 2))))
    assert wrong.value.code == "mask_without_alpha"


@pytest.mark.parametrize(("form", "mime_type"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp")])
async def test_a_look(form: str, mime_type: str) -> None:
    """The format is what the bytes say."""
    assert await PillowMasks().look(image_bytes(form=form)) == (mime_type, 2, 3)


async def test_a_camera_s_jpeg_of_several_pictures_is_a_jpeg() -> None:
    """Of its first one."""
    several = a_file(Image.new("RGB", (3, 2)), "MPO", save_all=True, append_images=[Image.new("RGB", (1, 1))])
    assert await PillowMasks().look(several) == ("image/jpeg", 3, 2)


async def test_a_picture_that_lies_on_its_side_is_as_it_is_shown() -> None:
    """By its EXIF orientation."""
    exif = Image.Exif()
    exif[0x0112] = 6
    assert await PillowMasks().look(a_file(Image.new("RGB", (2, 3)), "JPEG", exif=exif)) == ("image/jpeg", 3, 2)


@pytest.mark.parametrize("data", [b"", b"no picture", b"\x89PNG\r\n\x1a\n", b"GIF89a" + bytes(50)])
async def test_what_is_no_picture(data: bytes) -> None:
    """Nothing, text, a beginning, another format."""
    with pytest.raises(InputError) as wrong:
        await PillowMasks().look(data)
    assert wrong.value.code == "input_not_an_image"


async def test_too_many_pixels_are_not_unpacked() -> None:
    """However few bytes they are sent in."""
    side = int(MAX_PIXELS**0.5) + 1
    data = a_file(Image.new("1", (side, side)))
    for use in (PillowMasks().look, PillowMasks().painted):
        with pytest.raises(InputError) as wrong:
            await use(data)
        assert wrong.value.code == "input_too_large"
