"""What must be known of given pictures before a job starts from them."""

from typing import NamedTuple, Protocol

from shared.domain.request import MimeType


class Look(NamedTuple):
    """A picture, as its file's beginning says; what it says of its pixels nobody has looked at."""

    mime_type: MimeType
    width: int  # pixels, as a viewer shows it
    height: int


class Masks(Protocol):
    """Pictures, and masks that say by their transparency where to paint."""

    async def look(self, data: bytes) -> Look:
        """What `data` is.

        Raises:
            InputError: `input_not_an_image`, it is no PNG, JPEG or WebP; `input_too_large`, it has too many pixels.
        """
        ...

    async def painted(self, data: bytes) -> bytes:
        """The mask as a PNG that is white where it was fully transparent, and black elsewhere.

        Raises:
            InputError: as `look`; `mask_without_alpha`, it says nothing.
        """
        ...
