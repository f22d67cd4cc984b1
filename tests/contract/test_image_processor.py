"""ImageProcessor: Pillow's and the fake, by the same rules. What Pillow makes of pictures is tested beside it."""

from abc import ABC, abstractmethod
from typing import Any

import pytest

from shared.imaging import Imaging
from shared.ports import ImageProcessor, Processed
from tests.builders import a_job, a_picture
from tests.fakes.image_processor import FakeImageProcessor

PICTURE = a_picture(seed=7)


class ImageProcessorSuite(ABC):
    """What every processor keeps to."""

    @pytest.fixture
    @abstractmethod
    def processor(self) -> ImageProcessor:
        """The one under test."""

    async def test_what_needs_no_change_is_not_touched(self, processor: ImageProcessor) -> None:
        """The very picture; nothing lies beside it."""
        assert await processor.process(a_job(), PICTURE) == Processed(image=PICTURE)

    @pytest.mark.parametrize("wish", [{"mime_type": "image/jpeg"}, {"fit": "cover", "width": 64, "height": 64}])
    async def test_what_is_changed_keeps_its_original(self, processor: ImageProcessor, wish: dict[str, Any]) -> None:
        """Exactly as it came; the image is other bytes, of the same seed and cost, in the format asked for."""
        job = a_job(**wish)
        found = await processor.process(job, PICTURE)
        assert (found.original, found.thumbnail, found.problem) == (PICTURE, None, None)
        assert found.image.data != PICTURE.data
        assert (found.image.mime_type, found.image.seed, found.image.cost_micros) == (job.mime_type, 7, 7)

    async def test_a_thumbnail_alone_changes_nothing(self, processor: ImageProcessor) -> None:
        """The picture is still the image."""
        found = await processor.process(a_job(thumbnail=True), PICTURE)
        assert (found.image, found.original, found.problem) == (PICTURE, None, None)
        assert found.thumbnail
        assert found.thumbnail.mime_type == "image/jpeg"


class TestImaging(ImageProcessorSuite):
    """Pillow's."""

    @pytest.fixture
    def processor(self) -> ImageProcessor:
        """On threads."""
        return Imaging()


class TestFakeImageProcessor(ImageProcessorSuite):
    """The fake."""

    @pytest.fixture
    def processor(self) -> ImageProcessor:
        """In memory."""
        return FakeImageProcessor()
