"""The control port of the local cloud."""

import httpx

from tests.processes import RunningCloud


def test_a_fault_that_is_none_is_refused_by_its_field(cloud: RunningCloud) -> None:
    """A misspelt field of a fault is named in the answer."""
    answer = httpx.post(f"{cloud.environment['LOCAL_CLOUD_CONTROL']}/faults", json={"servce": "firestore"})
    assert answer.status_code == 400
    assert "servce" in answer.json()["error"]["message"]
