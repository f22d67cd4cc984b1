"""Pixels → what a model is asked for: the nearest of its aspect ratios, and the smallest size that needs no scaling up.

Vendors make 1K of 16:9 as 1408 × 768 (Imagen) or 1376 × 768 (Gemini); their tables differ by model and change. Here a
size is its number of pixels, spread by the ratio: 1K of 16:9 is 1365 × 768. That is right within some percent of a
side for Gemini's and within a tenth for Imagen's, and so only ever a choice of size, never a promise of pixels.
"""

from fractions import Fraction
from math import log, sqrt

from shared.catalog import Model
from shared.domain.request import AspectRatio, ImageSize, JobRequest

PIXELS: dict[ImageSize, int] = {"512px": 512**2, "1K": 1024**2, "2K": 2048**2, "4K": 4096**2}  # in ascending order
SLACK = 1.02  # so much is scaled up rather than paid for: 1376 × 768 is 1K


def wanted(model: Model, request: JobRequest, usual: AspectRatio) -> tuple[AspectRatio, ImageSize | None]:
    """The aspect ratio and size to ask the model for; `usual` where the request names no ratio, None for no size.

    What the request names it gets, whether the model can do it or not.
    """
    if not request.width or not request.height:
        return request.aspect_ratio or usual, request.image_size
    ratio = nearest_ratio(model, request.width, request.height)
    return ratio, request.image_size or enough_size(model, ratio, request.width, request.height)


def nearest_ratio(model: Model, width: int, height: int) -> AspectRatio:
    """The model's aspect ratio that is nearest to width × height: by logarithm, so that wide and tall count alike."""
    shape = log(width / height)
    return min(model.aspect_ratios, key=lambda ratio: abs(log(_fraction(ratio)) - shape))


def enough_size(model: Model, ratio: AspectRatio, width: int, height: int) -> ImageSize:
    """The smallest of the model's sizes that covers width × height under that ratio; its largest where none does."""
    sizes = [size for size in PIXELS if size in model.prices]
    return next((size for size in sizes if _covers(size, ratio, width, height)), sizes[-1])


def _covers(size: ImageSize, ratio: AspectRatio, width: int, height: int) -> bool:
    made_width, made_height = extent(size, ratio)
    return made_width * SLACK >= width and made_height * SLACK >= height


def extent(size: ImageSize, ratio: AspectRatio) -> tuple[float, float]:
    """About the width and height of a picture of that size and ratio, in pixels."""
    side, wide = sqrt(PIXELS[size]), sqrt(_fraction(ratio))
    return side * wide, side / wide


def _fraction(ratio: AspectRatio) -> Fraction:
    return Fraction(ratio.replace(":", "/"))
