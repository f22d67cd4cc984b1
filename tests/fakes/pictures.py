"""Pictures with content, as providers make them."""

from io import BytesIO
from random import Random
from typing import Any

from PIL import Image

from shared.ports import Picture


def a_picture_of(image: Image.Image, form: str = "PNG", **options: Any) -> Picture:
    """The image as a provider's picture, in a file of that format."""
    file = BytesIO()
    image.save(file, form, **options)
    mime_type = f"image/{form.lower()}"
    return Picture(data=file.getvalue(), mime_type=mime_type, width=image.width, height=image.height, seed=3)


def noise(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """What compresses worst."""
    return Image.frombytes(mode, (width, height), Random(0).randbytes(width * height * len(mode)))  # noqa: S311


def halves(width: int, height: int) -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", (width, height), "red")
    image.paste("blue", (width // 2, 0, width, height))
    return image


def opened(picture: Picture) -> Image.Image:
    """What is in the file, decoded."""
    image = Image.open(BytesIO(picture.data))
    image.load()
    return image
