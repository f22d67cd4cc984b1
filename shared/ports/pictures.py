"""What is in a file, and what lies at an address."""

from typing import Protocol

from shared.ports.provider import Picture


class PictureReader(Protocol):
    """Opens what users give; whatever it is called, it must be a picture."""

    async def read(self, data: bytes) -> Picture:
        """The whole PNG, JPEG or WebP in `data`.

        Raises:
            InputError: `input_not_an_image`, it is none, or only a part of one.
        """
        ...

    async def fetch(self, url: str) -> Picture:
        """The picture at an http or https address: at most 20 MB, within a minute.

        Raises:
            InputError: `input_not_found`, `input_too_large` or `input_not_an_image`; TEMPORARY for what may pass.
        """
        ...
