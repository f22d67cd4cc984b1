"""Documents are encoded and decoded as Google's client does it."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud.firestore_v1 import DELETE_FIELD, _helpers
from google.cloud.firestore_v1.async_client import AsyncClient
from google.cloud.firestore_v1.types import document, write

from shared.gcp.documents import fields
from shared.gcp.encoding import creation, decoded, deletion, put, replacement, update, version_of
from tests.contract.full_job import A_FULL_JOB

ODD: dict[str, Any] = {
    "none": None,
    "yes": True,
    "no": False,
    "one": 1,
    "zero": 0,
    "half": 0.5,
    "blank": "",
    "epoch": datetime(1970, 1, 1, tzinfo=UTC),
    "before": datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    "empty": {},
    "none of it": [],
    "a.b": [{"c`d": [1, "é\0"]}],
}
JOB = fields(A_FULL_JOB)
both = pytest.mark.parametrize("content", [JOB, ODD], ids=["a job with every field", "odd ones"])


@pytest.fixture
def client() -> AsyncClient:
    """Google's."""
    return AsyncClient(project="p", credentials=AnonymousCredentials())


@both
def test_a_new_document_is_what_google_makes_of_it(client: AsyncClient, content: dict[str, Any]) -> None:
    """Every type that a job has, at any depth, whether or not there may be one already."""
    reference, theirs = client.collection("jobs").document("a"), client.batch()
    theirs.create(reference, content)
    theirs.set(reference, content)
    name = reference._document_path  # noqa: SLF001 - its full name
    assert [creation(name, content), replacement(name, content)] == _sent(theirs)


def test_a_change_is_what_google_makes_of_it(client: AsyncClient) -> None:
    """What is named changes or goes, of the version that was read; a removal may be of any."""
    reference, theirs = client.collection("jobs").document("a"), client.batch()
    changed = {"prompt": "x", "labels": {"a.b": "1"}, "seed": None, "lease": DELETE_FIELD}
    moment = datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)
    option = client.write_option(last_update_time=moment)
    theirs.update(reference, changed, option=option)
    theirs.delete(reference, option=option)
    theirs.delete(reference)
    name, sent = reference._document_path, _sent(theirs)  # noqa: SLF001 - its full name
    version = version_of(sent[1].current_document.update_time)
    ours = [update(name, changed, version), deletion(name, version), deletion(name)]
    for message in (ours[0], sent[0]):
        message.update_mask.field_paths.sort()  # of no meaning
    assert ours == sent


def test_a_change_of_nothing_leaves_all_as_it_is() -> None:
    """It has a mask, if an empty one: without any, the document would be replaced by an empty one."""
    message = update("jobs/a", {}, (1, 2))
    assert (message.HasField("update_mask"), list(message.update_mask.field_paths)) == (True, [])


@both
def test_a_document_is_read_as_google_reads_it(content: dict[str, Any]) -> None:
    """Without its subclass of datetime."""
    message = document.Document.pb(document.Document(fields=_helpers.encode_dict(content)))
    assert decoded(message.fields) == _plain(_helpers.decode_dict(message.fields, None))


def test_what_no_document_of_ours_has_is_refused() -> None:
    """By its type, rather than stored as something else."""
    with pytest.raises(TypeError, match="UUID"):
        put(document.Value.pb()(), [UUID(int=1)])


def _plain(value: Any) -> Any:
    """Without Google's subclass of datetime."""
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return datetime.combine(value.date(), value.timetz()) if isinstance(value, datetime) else value


def _sent(batch: Any) -> list[Any]:
    return [write.Write.pb(each) for each in batch._write_pbs]  # noqa: SLF001 - what is sent
