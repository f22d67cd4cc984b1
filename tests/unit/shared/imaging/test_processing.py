"""A provider's picture becomes what the job asks for."""

import asyncio
import threading
from typing import Any

import msgspec
import pytest
from PIL import Image, ImageCms

from shared.domain.request import MimeType
from shared.imaging import THREADS, Imaging
from shared.imaging.encoding import FORMATS
from shared.imaging.thumbnails import MAX_BYTES, SIDES
from shared.ports import Picture, Processed
from tests.builders import a_job
from tests.fakes.pictures import a_picture_of, halves, noise, opened

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
ORIENTATION, ON_ITS_SIDE = 0x0112, 6
DEEP_GREY = Image.frombytes("I;16", (16, 16), b"\x00\x80" * 256)


async def made(picture: Picture, **wishes: Any) -> Processed:
    """What is made of it."""
    return await Imaging().process(a_job(**wishes), picture)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
async def test_where_nothing_has_to_be_changed_the_exact_bytes_are_the_image(form: str) -> None:
    """Neither for the size that it has, nor for a compression that it has, nor for its thumbnail."""
    picture = a_picture_of(halves(40, 20), form)
    mime_type = picture.mime_type
    for wishes in ({}, {"fit": "cover", "width": 40, "height": 20}, {"fit": "contain", "width": 40, "height": 40}):
        found = await made(picture, mime_type=mime_type, **wishes)
        assert found.image is picture
        assert found == Processed(image=picture)
    found = await made(picture, mime_type=mime_type, thumbnail=True)
    assert (found.image is picture, found.original, found.thumbnail is not None) == (True, None, True)


@pytest.mark.parametrize("mime_type", FORMATS)
@pytest.mark.parametrize("fit", ["none", "cover", "contain"])
async def test_another_format_is_made_and_the_original_kept(mime_type: MimeType, fit: str) -> None:
    """Byte for byte; with what the picture cost and the seed it was made with."""
    picture = a_picture_of(noise(64, 32), "WEBP" if mime_type == "image/png" else "PNG")
    found = await made(picture, mime_type=mime_type, fit=fit, width=100, height=100)
    assert (found.problem, found.original, found.image.seed) == (None, picture, 3)
    size = {"none": (64, 32), "cover": (100, 100), "contain": (100, 50)}[fit]
    assert opened(found.image).size == (found.image.width, found.image.height) == size
    assert (opened(found.image).format, found.image.mime_type) == (FORMATS[mime_type], mime_type)


@pytest.mark.parametrize("wanted", ["image/jpeg", "image/webp"])
async def test_a_stronger_compression_makes_fewer_bytes(wanted: MimeType) -> None:
    """From 100, the best, to 0."""
    picture = a_picture_of(noise(64, 64))
    found = [(await made(picture, mime_type=wanted, compression=quality)).image for quality in (100, 50, 0)]
    lengths = [len(image.data) for image in found]
    assert lengths == sorted(lengths, reverse=True)
    assert len(set(lengths)) == 3


async def test_a_jpeg_that_the_model_compressed_less_than_asked_is_compressed() -> None:
    """One that it compressed as asked, or more, is left alone: it would only lose."""
    picture = a_picture_of(noise(64, 64), "JPEG", quality=80)
    found = await made(picture, mime_type="image/jpeg", compression=40)
    assert len(found.image.data) < len(picture.data)
    assert found.original == picture
    for quality in (80, 95):
        assert (await made(picture, mime_type="image/jpeg", compression=quality)).image is picture


async def test_what_shows_through_is_white_in_a_jpeg_and_kept_elsewhere() -> None:
    """A JPEG has no transparency."""
    picture = a_picture_of(Image.new("RGBA", (20, 20), (0, 0, 0, 0)))
    assert opened((await made(picture, mime_type="image/jpeg")).image).getpixel((9, 9)) == (255, 255, 255)
    webp = opened((await made(picture, mime_type="image/webp")).image)
    assert (webp.mode, webp.getchannel("A").getextrema()) == ("RGBA", (0, 0))


async def test_a_picture_laid_on_its_side_is_turned_before_it_is_fitted() -> None:
    """By its EXIF orientation; nobody turns it again."""
    exif = Image.Exif()
    exif[ORIENTATION] = ON_ITS_SIDE
    picture = a_picture_of(halves(80, 40), "JPEG", exif=exif, quality=95)
    assert (await made(picture, mime_type="image/jpeg", fit="cover", width=40, height=80)).image is picture
    image = opened((await made(picture, fit="none")).image)
    assert (image.size, image.getexif().get(ORIENTATION)) == ((40, 80), None)
    (red, _, blue), (other_red, _, other_blue) = image.getpixel((20, 5)), image.getpixel((20, 75))  # type: ignore[misc]
    assert red > blue
    assert other_blue > other_red


@pytest.mark.parametrize("mime_type", ["image/jpeg", "image/webp"])
async def test_the_colour_profile_is_kept(mime_type: MimeType) -> None:
    """The numbers mean what they meant; also of a picture that is cropped."""
    picture = a_picture_of(noise(40, 40), icc_profile=SRGB)
    found = await made(picture, mime_type=mime_type, fit="cover", width=20, height=10)
    assert opened(found.image).info["icc_profile"] == SRGB


async def test_a_profile_that_fits_no_more_is_left_out() -> None:
    """Of grey, once it is said in RGB."""
    picture = a_picture_of(Image.new("L", (8, 8), 99), "JPEG", icc_profile=SRGB)
    found = await made(picture)
    assert (found.problem, opened(found.image).info.get("icc_profile")) == (None, None)


@pytest.mark.parametrize("mime_type", FORMATS)
@pytest.mark.parametrize(
    ("image", "form"),
    [
        (Image.new("CMYK", (16, 16), (0, 128, 128, 0)), "JPEG"),
        (Image.new("P", (16, 16), 3), "PNG"),
        (Image.new("1", (16, 16), 1), "PNG"),
        (Image.new("LA", (16, 16), (9, 99)), "PNG"),
        (DEEP_GREY, "PNG"),
    ],
    ids=["cmyk", "palette", "bits", "grey with alpha", "16 bits"],
)
async def test_every_kind_of_picture_can_be_made_into_every_format(
    image: Image.Image, form: str, mime_type: MimeType
) -> None:
    """And into a thumbnail."""
    found = await made(a_picture_of(image, form), mime_type=mime_type, fit="cover", width=20, height=10, thumbnail=True)
    assert (found.problem, opened(found.image).size) == (None, (20, 10))
    assert found.thumbnail


async def test_sixteen_bits_of_grey_become_eight() -> None:
    """Half of white stays half of white."""
    image = opened((await made(a_picture_of(DEEP_GREY), mime_type="image/jpeg")).image)
    assert image.getpixel((8, 8)) == 128


@pytest.mark.parametrize(
    ("image", "form"),
    [
        (noise(800, 450), "JPEG"), (noise(350, 450, "RGBA"), "WEBP"), (halves(1024, 1024), "JPEG"),
        (halves(40, 20), "JPEG"), (noise(4000, 70), "JPEG"), (noise(512, 512, "L"), "JPEG"),
    ],
)  # fmt: skip
async def test_a_thumbnail_is_small_and_never_larger_than_the_picture(image: Image.Image, form: str) -> None:
    """A progressive JPEG, or a WebP where something shows through; at most 30 kB, whatever is on it."""
    thumbnail = (await made(a_picture_of(image), thumbnail=True)).thumbnail
    assert thumbnail
    small = opened(thumbnail)
    assert len(thumbnail.data) <= MAX_BYTES == 30_000
    assert max(small.size) <= min(max(image.size), SIDES[0])
    assert (small.format, thumbnail.mime_type) == (form, f"image/{form.lower()}")
    assert form == "WEBP" or small.info["progressive"]
    assert abs(small.width / small.height / (image.width / image.height) - 1) < 0.1
    assert (thumbnail.width, thumbnail.height) == small.size


async def test_a_picture_that_hides_nothing_has_a_jpeg_for_a_thumbnail() -> None:
    """An alpha channel that is full is none."""
    thumbnail = (await made(a_picture_of(halves(64, 64).convert("RGBA")), thumbnail=True)).thumbnail
    assert thumbnail
    assert thumbnail.mime_type == "image/jpeg"


async def test_a_thumbnail_shows_what_is_handed_out() -> None:
    """The crop, not the whole."""
    found = await made(a_picture_of(halves(400, 100)), thumbnail=True, fit="cover", width=64, height=64)
    assert found.thumbnail
    assert opened(found.thumbnail).size == (64, 64)


async def test_what_cannot_be_processed_is_handed_out_as_it_came_with_the_reason() -> None:
    """It is paid; nothing is raised."""
    picture = Picture(data=b"no image", mime_type="image/png", width=1, height=1)
    found = await made(picture, mime_type="image/jpeg", thumbnail=True)
    assert (found.image, found.original, found.thumbnail) == (picture, None, None)
    assert "UnidentifiedImageError" in (found.problem or "")


async def test_a_thumbnail_that_cannot_be_made_spoils_nothing_else() -> None:
    """The image is as asked, and says what is missing."""
    whole = a_picture_of(noise(64, 64))
    picture = msgspec.structs.replace(whole, data=whole.data[:5000])
    found = await made(picture, thumbnail=True)
    assert (found.image is picture, found.thumbnail) == (True, None)
    assert "has no thumbnail" in (found.problem or "")


async def test_it_works_on_threads_of_its_own() -> None:
    """So many at once, and none for what is left alone."""
    imaging, picture, before = Imaging(), a_picture_of(halves(8, 8)), set(threading.enumerate())
    await imaging.process(a_job(), picture)
    assert set(threading.enumerate()) <= before
    await asyncio.gather(*(imaging.process(a_job(thumbnail=True), picture) for _ in range(3 * THREADS)))
    assert 1 <= len(set(threading.enumerate()) - before) <= THREADS
