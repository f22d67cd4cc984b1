"""What the incumbent is made of: where it is found, what Redis tells, what is pinned, and what its picture is."""

import asyncio
import os
import re
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from shared.providers.imagen.vertex import client
from shared.providers.picture import picture_of
from tests.bench import usage
from tests.bench.incumbent import programs
from tests.bench.incumbent.told import CHANNEL, command, ended, reply
from tests.bench.model import model, padded, takes

FOLDER = Path(programs.__file__).parent


def test_the_newest_postgresql_is_taken(tmp_path: Path) -> None:
    """15 is newer than 9.6; a folder that lacks a program of it is none."""
    for version, names in (("9.6", programs.PROGRAMS), ("15", programs.PROGRAMS), ("16", programs.PROGRAMS[:2])):
        folder = tmp_path / "usr" / "lib" / "postgresql" / version / "bin"
        folder.mkdir(parents=True)
        for name in names:
            (folder / name).touch()
    assert programs.postgresql("", tmp_path) == tmp_path / "usr/lib/postgresql/15/bin"
    assert programs.postgresql("", tmp_path / "nothing") is None


async def test_redis_is_understood() -> None:
    """Its replies are lists, numbers, texts and refusals; of Celery's messages those of an end count."""
    reader = asyncio.StreamReader()
    meta = b'{"status": "SUCCESS"}'
    reader.feed_data(b"*3\r\n$10\r\npsubscribe\r\n$2\r\na*\r\n:1\r\n")
    for told in (b'{"status": "STARTED"}', meta):
        parts = (b"pmessage", f"{CHANNEL}*".encode(), f"{CHANNEL}t1".encode(), told)
        reader.feed_data(b"*4\r\n" + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts))
    reader.feed_data(b"-ERR no\r\n")
    assert [ended(await reply(reader)) for _ in range(3)] == [None, None, ("t1", meta)]
    with pytest.raises(RuntimeError, match="ERR no"):
        await reply(reader)
    assert command("SET", "é") == b"*2\r\n$3\r\nSET\r\n$2\r\n\xc3\xa9\r\n"


def test_its_packages_are_pinned() -> None:
    """Name and version of each; where it is fetched from is the user's to say."""
    lines = (FOLDER / "requirements.txt").read_text().splitlines()[1:]
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in lines)


def test_a_padded_picture_is_the_same_picture() -> None:
    """Of the wanted size to the byte, and whole."""
    buffer = BytesIO()
    Image.new("RGB", (8, 8), "teal").save(buffer, "PNG")
    data = padded(buffer.getvalue(), 5000)
    assert len(data) == 5000
    picture = picture_of(data)
    assert (picture.width, picture.height, picture.mime_type) == (8, 8, "image/png")
    with pytest.raises(ValueError, match="cannot be filled up to 10"):
        padded(buffer.getvalue(), 10)


async def test_a_model_answers_our_client() -> None:
    """By gRPC, with a picture of 1 MiB, after the time that the prompt says."""
    from google.protobuf import json_format, struct_pb2

    with model() as address:
        instance = json_format.ParseDict({"prompt": f"a fox {takes(20)}"}, struct_pb2.Value())
        loop = asyncio.get_running_loop()
        began = loop.time()
        prediction = client("us-central1", address)
        answer = await prediction.predict(endpoint="projects/p/models/m", instances=[instance])
        assert loop.time() - began >= 0.02
        assert len(answer.predictions[0]["bytesBase64Encoded"]) == -(-(1 << 20) // 3) * 4
        await prediction.transport.close()


def test_what_a_process_uses_is_read() -> None:
    """This one has a processor, memory, and parents who know it."""
    me = os.getpid()
    assert me in usage.family(os.getppid())
    assert me in usage.group(os.getpgid(me))
    assert usage.cpu([me]) > 0
    held = usage.memory([me])
    assert 0 < held.pss <= held.rss <= usage.peak([me]) * 1.01
