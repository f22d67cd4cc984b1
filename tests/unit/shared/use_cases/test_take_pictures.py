"""Pictures that come with a request become uploads."""

from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image

from shared.domain.errors import Rejected
from shared.domain.inputs import MAX_INPUT_BYTES, Reference
from shared.imaging.masks import PillowMasks
from shared.use_cases.take_pictures import TakePictures
from tests.builders import image_bytes
from tests.fakes.clock import FakeClock
from tests.fakes.image_store import FakeImageStore

PICTURE, OTHER = image_bytes(1), image_bytes(2, "JPEG")


class Desk:
    """TakePictures on a fake bucket."""

    def __init__(self) -> None:
        self.images, self.clock = FakeImageStore(), FakeClock()
        self.take = TakePictures(self.images, PillowMasks(), self.clock)


def a_mask(width: int = 2, height: int = 3, mode: str = "RGBA") -> bytes:
    """All of it is to be painted."""
    file = BytesIO()
    Image.new(mode, (width, height)).save(file, "PNG")
    return file.getvalue()


async def test_pictures_are_kept_as_they_came() -> None:
    """Under the tenant's inputs, where a job looks for uploads; the mask as a job takes it."""
    desk = Desk()
    taken = await desk.take("acme", [PICTURE, OTHER], a_mask())
    kept = [desk.images.objects[f"inputs/acme/{each.upload_id}"] for each in taken.references]
    assert [(found.data, found.mime_type) for found in kept] == [(PICTURE, "image/png"), (OTHER, "image/jpeg")]
    assert taken.mask is not None
    mask = desk.images.objects[f"inputs/acme/{taken.mask.upload_id}"]
    assert Image.open(BytesIO(mask.data)).convert("L").tobytes() == b"\xff" * 6
    assert (taken.width, taken.height, len(desk.images.objects)) == (2, 3, 3)


async def test_equal_pictures_have_one_id() -> None:
    """So that a repeat is an equal request; what is used again is there for another day, written once an hour."""
    desk = Desk()
    first = await desk.take("acme", [PICTURE], None)
    (before,) = desk.images.objects.values()
    assert (await desk.take("acme", [PICTURE], None)) == first
    (same,) = desk.images.objects.values()
    desk.clock.move(timedelta(hours=1).total_seconds())
    assert (await desk.take("acme", [PICTURE], None)) == first
    (later,) = desk.images.objects.values()
    assert (before.generation, later.generation) == (same.generation, same.generation + 1)
    assert first.references == (Reference(upload_id=first.references[0].upload_id),)


async def test_tenants_share_no_picture() -> None:
    """Not even an equal one."""
    desk = Desk()
    ids = {(await desk.take(tenant, [PICTURE], None)).references[0].upload_id for tenant in ("acme", "rival")}
    assert len(ids) == 2


@pytest.mark.parametrize(
    ("picture", "mask", "pointer", "text"),
    [
        (b"text", None, "/image", "no whole PNG"),
        (bytes(MAX_INPUT_BYTES + 1), None, "/image", "a picture may have 20971520"),
        (PICTURE, b"text", "/mask", "no whole PNG"),
        (PICTURE, a_mask(3, 2), "/mask", "has 3 × 2 pixels, and the picture 2 × 3"),
        (PICTURE, a_mask(mode="L"), "/mask", "no transparency"),
    ],
    ids=["no picture", "too large", "no mask", "another size", "opaque"],
)
async def test_what_cannot_be_used_is_said(picture: bytes, mask: bytes | None, pointer: str, text: str) -> None:
    """Which one it is, and why; nothing is kept."""
    desk = Desk()
    with pytest.raises(Rejected) as refused:
        await desk.take("acme", [picture], mask)
    assert (refused.value.status, refused.value.errors[0][0]) == (400, pointer)
    assert text in refused.value.detail
    assert desk.images.objects == {}
