"""The call of `generate`: a message that names a job."""

from typing import Any, cast

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from shared.api.deliveries import Deliveries
from shared.use_cases.generate import Generate, Result


@pytest.mark.parametrize(("attributes", "provider"), [({"provider": "imagen"}, "imagen"), ({}, "")])
def test_a_provider_is_made_ready_before_its_job_is_claimed(attributes: dict[str, str], provider: str) -> None:
    """Its SDK loads while the claim is on its way; a message of before names none."""
    order: list[str] = []

    async def generate(job_id: str) -> Result:
        order.append(job_id)
        return "done"

    deliveries = Deliveries(cast("Generate", generate), order.append)
    app = Starlette()
    app.add_route("/", cast("Any", deliveries.post), methods=["POST"])
    answer = TestClient(app).post("/", json={"message": {"data": "am9iLTE=", "attributes": attributes}})
    assert (answer.status_code, answer.json()["result"]) == (200, "done")
    assert order == [provider, "job-1"]
