"""Bytes → a picture."""

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image

from shared.domain.errors import ProviderError
from shared.domain.inputs import MAX_PIXELS
from shared.providers.picture import MIME_TYPES, picture_of
from tests.builders import image_bytes


def _encoded(form: str) -> bytes:
    out = BytesIO()
    Image.effect_noise((90, 60), 80).convert("RGB").save(out, form)
    return out.getvalue()


def _bomb(width: int, height: int) -> bytes:
    """A PNG that promises so many pixels, and has none."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("form", MIME_TYPES)
def test_a_picture_is_what_its_bytes_say(form: str) -> None:
    """Type and size; the bytes are kept as they are."""
    data = _encoded(form)
    picture = picture_of(data, seed=7, cost_micros=5)
    assert (picture.mime_type, picture.width, picture.height) == (MIME_TYPES[form], 90, 60)
    assert (picture.data, picture.seed, picture.cost_micros) == (data, 7, 5)


def test_a_camera_s_jpeg_of_several_pictures_is_a_jpeg() -> None:
    """Of its first one."""
    file = BytesIO()
    Image.new("RGB", (9, 6), "red").save(file, "MPO", save_all=True, append_images=[Image.new("RGB", (3, 2))])
    for picture in (picture_of(file.getvalue()), picture_of(file.getvalue(), unpacked=True)):
        assert (picture.mime_type, picture.width, picture.height) == ("image/jpeg", 9, 6)


@pytest.mark.parametrize("form", MIME_TYPES)
@pytest.mark.parametrize("part", [0.02, 0.5, 0.99])
def test_a_part_of_a_picture_is_none(form: str, part: float) -> None:
    """Wherever it is cut off; to ask again may help."""
    data = _encoded(form)
    with pytest.raises(ProviderError) as refusal:
        picture_of(data[: int(len(data) * part)])
    assert (refusal.value.kind, refusal.value.code, refusal.value.billed) == ("TEMPORARY", "not_an_image", "yes")


@pytest.mark.parametrize("data", [b"", b"<html>", b"\x89PNG\r\n\x1a\n", b"%PDF-1.7", _encoded("GIF")])
def test_other_bytes_are_none(data: bytes) -> None:
    """Among them types of image that nobody asked for."""
    with pytest.raises(ProviderError) as refusal:
        picture_of(data)
    assert refusal.value.code == "not_an_image"


@pytest.mark.parametrize("size", [(8192, 9800), (9400, 9400), (10_000, 10_000), (60_000, 60_000)])
def test_a_bomb_is_not_unpacked(size: tuple[int, int]) -> None:
    """It is refused by the size it promises, and would be the same another time."""
    assert size[0] * size[1] > MAX_PIXELS
    with pytest.raises(ProviderError) as refusal:
        picture_of(_bomb(*size))
    assert (refusal.value.kind, refusal.value.code, refusal.value.billed) == ("PERMANENT", "image_too_large", "yes")


def test_the_largest_that_may_be_asked_for_is_no_bomb() -> None:
    """8192 × 8192."""
    assert MAX_PIXELS > 8192**2
    assert picture_of(image_bytes()).width


def test_a_picture_that_was_changed_on_its_way_is_none() -> None:
    """A PNG says so by its checksums."""
    data = bytearray(_encoded("PNG"))
    data[len(data) // 2] ^= 1
    with pytest.raises(ProviderError) as refusal:
        picture_of(bytes(data))
    assert refusal.value.code == "not_an_image"


def test_a_picture_that_anybody_may_have_made_up_is_unpacked() -> None:
    """One has right checksums and no pixels."""
    with pytest.raises(ProviderError) as refusal:
        picture_of(_bomb(90, 60), unpacked=True)
    assert refusal.value.code == "not_an_image"
