"""New documents are encoded as Google's client encodes them."""

from typing import Any
from uuid import UUID

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud.firestore_v1.async_client import AsyncClient
from google.cloud.firestore_v1.types import write

from shared.gcp.documents import fields
from shared.gcp.encoding import Creation, encoded
from tests.contract.full_job import A_FULL_JOB

ODD: dict[str, Any] = {
    "none": None,
    "yes": True,
    "one": 1,
    "half": 0.5,
    "empty": {},
    "none of it": [],
    "a.b": [{"c`d": [1, "é\0"]}],
}


@pytest.mark.parametrize("content", [fields(A_FULL_JOB), ODD], ids=["a job with every field", "odd ones"])
def test_a_document_is_what_google_makes_of_it(content: dict[str, Any]) -> None:
    """Every type that a job has, at any depth."""
    client = AsyncClient(project="p", credentials=AnonymousCredentials())
    reference, ours, theirs = client.collection("jobs").document("a"), Creation(client), client.batch()
    ours.add(reference, content)
    theirs.create(reference, content)
    (made,), (wanted,) = ours._write_pbs, theirs._write_pbs  # noqa: SLF001 - what is sent
    assert made == write.Write.pb(wanted)


def test_what_no_document_of_ours_has_is_refused() -> None:
    """By its type, rather than stored as something else."""
    with pytest.raises(TypeError, match="UUID"):
        encoded([UUID(int=1)])
