"""PictureReader: the fake, and Pillow over HTTP."""

import asyncio
import struct
import threading
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from shared.domain.errors import InputError
from shared.domain.inputs import MAX_INPUT_BYTES
from shared.ports.pictures import PictureReader
from shared.providers.given import THREADS, GivenPictures
from tests.builders import image_bytes
from tests.fakes.http_server import Answer, HttpServer
from tests.fakes.picture_reader import FakePictureReader

FOX = image_bytes()


@dataclass(frozen=True)
class World:
    """A reader, and a page of the web that it may read."""

    reader: PictureReader
    publish: Callable[[bytes], str]  # gives the address
    nowhere: str  # an address at which nothing is


class PictureReaderSuite:
    """To be inherited with a fixture `world`."""

    async def test_a_picture_is_read(self, world: World) -> None:
        """Its bytes as they are, its type and its size."""
        picture = await world.reader.read(FOX)
        assert (picture.data, picture.mime_type, picture.width, picture.height) == (FOX, "image/png", 2, 3)

    async def test_a_picture_is_fetched(self, world: World) -> None:
        """From its address."""
        assert (await world.reader.fetch(world.publish(FOX))).data == FOX

    @pytest.mark.parametrize("data", [b"", b"<html>", FOX[:-20]])
    async def test_what_is_no_whole_picture_is_refused(self, world: World, data: bytes) -> None:
        """Whatever it is called, given or fetched."""
        for act in (world.reader.read(data), world.reader.fetch(world.publish(data))):
            with pytest.raises(InputError) as refusal:
                await act
            assert (refusal.value.kind, refusal.value.code) == ("PERMANENT", "input_not_an_image")

    async def test_what_is_not_there_is_said(self, world: World) -> None:
        """With its address."""
        with pytest.raises(InputError, match=world.nowhere) as refusal:
            await world.reader.fetch(world.nowhere)
        assert (refusal.value.kind, refusal.value.code) == ("PERMANENT", "input_not_found")

    async def test_what_is_too_large_is_refused(self, world: World) -> None:
        """Above 20 MB."""
        with pytest.raises(InputError) as refusal:
            await world.reader.fetch(world.publish(FOX + bytes(MAX_INPUT_BYTES)))
        assert (refusal.value.kind, refusal.value.code) == ("PERMANENT", "input_too_large")


class TestFake(PictureReaderSuite):
    """The one that other tests are built on."""

    @pytest.fixture
    def world(self) -> World:
        """In memory."""
        reader = FakePictureReader()

        def publish(data: bytes) -> str:
            reader.web["https://pictures.test/a"] = data
            return "https://pictures.test/a"

        return World(reader, publish, "https://pictures.test/none")


class TestGivenPictures(PictureReaderSuite):
    """The real one."""

    @pytest.fixture
    def web(self) -> Iterator[HttpServer]:
        """Answers 404 until something is published."""
        with HttpServer(lambda _: Answer(404)).running() as server:
            yield server

    @pytest.fixture
    def world(self, web: HttpServer) -> World:
        """The web is on this machine."""

        def publish(data: bytes) -> str:
            web.answer = lambda _: Answer(body=data)
            return f"{web.url}/a"

        return World(GivenPictures(allow_private=True), publish, f"{web.url}/none")

    @pytest.mark.parametrize("answer", [Answer(503), Answer(429), Answer(reset=True)])
    async def test_what_may_pass_is_temporary(self, world: World, web: HttpServer, answer: Answer) -> None:
        """A server that is busy or breaks off."""
        web.answer = lambda _: answer
        with pytest.raises(InputError) as refusal:
            await world.reader.fetch(web.url)
        assert (refusal.value.kind, refusal.value.code) == ("TEMPORARY", "input_not_found")

    async def test_a_private_address_is_not_asked(self, web: HttpServer) -> None:
        """Unless the deployment allows it."""
        with pytest.raises(InputError) as refusal:
            await GivenPictures().fetch(web.url)
        assert (refusal.value.kind, refusal.value.code, web.asked) == ("PERMANENT", "input_not_found", [])

    async def test_a_bomb_is_not_unpacked(self) -> None:
        """A few bytes that say they are 20,000 pixels wide and high."""
        header = b"IHDR" + struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
        bomb = FOX[:8] + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header)) + FOX[33:]
        with pytest.raises(InputError) as refusal:
            await GivenPictures().read(bomb)
        assert refusal.value.code == "input_too_large"


async def test_few_pictures_are_unpacked_at_once() -> None:
    """However many a job starts from: each may take 320 MB."""
    reader, before = GivenPictures(), threading.enumerate()
    await asyncio.gather(*(reader.read(FOX) for _ in range(20)))
    begun = [thread.name for thread in threading.enumerate() if thread not in before]
    assert 0 < sum(name.startswith("given") for name in begun) == len(begun) <= THREADS
