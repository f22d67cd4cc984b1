"""What is not here is refused by its name."""

import re

import httpx
import pytest
from google.api_core import exceptions
from google.cloud import storage

from infra.local.storage.absent import ABSENT


@pytest.mark.parametrize(("name", "verb", "path"), ABSENT, ids=[entry[0] for entry in ABSENT])
def test_an_operation_that_is_not_here_says_its_name(http: httpx.Client, name: str, verb: str, path: str) -> None:
    """501, with the operation's full name in the message."""
    answer = http.request(verb, re.sub(r"\{\w+\}", "some-name", path))
    assert answer.status_code == 501
    assert f"UNIMPLEMENTED: storage.{name} is not implemented" in answer.json()["error"]["message"]


def test_the_client_hears_of_it(bucket: storage.Bucket) -> None:
    """Google's client raises MethodNotImplemented, which it does not retry."""
    with pytest.raises(exceptions.MethodNotImplemented, match=r"storage\.buckets\.getIamPolicy"):
        bucket.get_iam_policy()
    with pytest.raises(exceptions.MethodNotImplemented, match=r"storage\.notifications\.list"):
        list(bucket.list_notifications())


@pytest.mark.parametrize("path", ["/storage/v1/what", "/storage/v2/b", "/upload/x", "/iam/v1/x"])
def test_a_path_that_nobody_knows_is_refused_by_itself(http: httpx.Client, path: str) -> None:
    """501 with the path."""
    answer = http.get(path)
    assert (answer.status_code, path in answer.text) == (501, True)
