"""What was acknowledged survives the death of the process."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage
from google.oauth2 import service_account

from tests.contract.local.storage.checksums import crc32c
from tests.processes import RunningCloud, local_cloud


def upload(running: RunningCloud, name: str, data: bytes) -> bool:
    """Store an object; whether that was acknowledged."""
    path = f"/upload/storage/v1/b/lasting/o?uploadType=media&name={name}&ifGenerationMatch=0"
    try:
        return httpx.post(running.host("storage") + path, content=data).status_code == 200
    except httpx.TransportError:
        return False


def test_objects_and_settings_outlive_kill_9(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes, metadata, generations, bucket settings and the key that signs are the same in the next process."""
    monkeypatch.setenv("DISABLE_GCS_PYTHON_CLIENT_OTEL_BUCKET_METADATA", "true")
    options = ("--services", "storage", "--data", str(tmp_path))

    def connect(running: RunningCloud) -> storage.Client:
        host = {"api_endpoint": running.host("storage")}
        return storage.Client(project="p", credentials=AnonymousCredentials(), client_options=host)

    with local_cloud(*options) as first:
        bucket = connect(first).create_bucket("lasting")
        bucket.labels = {"k": "v"}
        bucket.patch()
        blob = bucket.blob("a")
        blob.metadata = {"m": "1"}
        blob.upload_from_string(b"data")
        key = Path(first.environment["LOCAL_SIGNER_KEY"]).read_bytes()
    with local_cloud(*options) as second:
        bucket = connect(second).get_bucket("lasting")
        assert bucket.labels == {"k": "v"}
        found = bucket.get_blob("a")
        assert found is not None
        assert (found.generation, found.metadata, found.download_as_bytes()) == (blob.generation, {"m": "1"}, b"data")
        assert Path(second.environment["LOCAL_SIGNER_KEY"]).read_bytes() == key
        signer = service_account.Credentials.from_service_account_file(second.environment["LOCAL_SIGNER_KEY"])
        url = found.generate_signed_url(version="v4", expiration=60, credentials=signer)
        assert httpx.get(url).content == b"data"


def test_the_key_that_signs_may_be_anywhere(tmp_path: Path) -> None:
    """--signer-key makes the file when it is missing, and leaves it as it is."""
    key = tmp_path / "signer.json"
    contents = []
    for _ in range(2):
        with local_cloud("--services", "storage", "--signer-key", str(key)) as running:
            assert running.environment["LOCAL_SIGNER_KEY"] == str(key)
            contents.append(key.read_bytes())
    assert contents[0] == contents[1]


def test_no_acknowledged_object_is_lost_and_none_is_half(tmp_path: Path) -> None:
    """Killed amid uploads of four threads: every acknowledged object is there, and all that are there are whole."""
    options = ("--services", "storage", "--data", str(tmp_path))
    acknowledged: list[str] = []
    enough = threading.Event()
    with local_cloud(*options) as first:
        httpx.post(f"{first.host('storage')}/storage/v1/b?project=p", json={"name": "lasting"}).raise_for_status()

        def work(thread: int) -> None:
            number = 0
            while upload(first, name := f"{thread}-{number}", os.urandom(200_000)):
                acknowledged.append(name)
                number += 1
                if len(acknowledged) >= 40:
                    enough.set()

        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        assert enough.wait(200)
        first.process.kill()
        for thread in threads:
            thread.join()
    with local_cloud(*options) as second:
        listed = httpx.get(f"{second.host('storage')}/storage/v1/b/lasting/o").json()["items"]
        assert {entry["name"] for entry in listed} >= set(acknowledged)
        for entry in listed:
            data = httpx.get(
                f"{second.host('storage')}/download/storage/v1/b/lasting/o/{entry['name']}?alt=media"
            ).content
            assert crc32c(data) == entry["crc32c"]
        files = {path.name for path in (tmp_path / "storage" / "objects").iterdir()}
        assert len(files) == len(listed)
        assert not list((tmp_path / "storage" / "incoming").iterdir())


def test_a_broken_upload_leaves_nothing(tmp_path: Path) -> None:
    """A client that goes away amid its upload stores no object and no file."""
    options = ("--services", "storage", "--data", str(tmp_path))
    with local_cloud(*options) as running:
        host = running.host("storage")
        httpx.post(f"{host}/storage/v1/b?project=p", json={"name": "lasting"}).raise_for_status()

        def breaking() -> Iterator[bytes]:
            yield b"x" * 100_000
            raise ConnectionAbortedError

        with pytest.raises(ConnectionAbortedError):
            httpx.post(f"{host}/upload/storage/v1/b/lasting/o?uploadType=media&name=a", content=breaking())
        assert httpx.get(f"{host}/storage/v1/b/lasting/o/a").status_code == 404
    with local_cloud(*options):
        assert not list((tmp_path / "storage" / "incoming").iterdir())
