"""What a function has loaded once it has answered its first request, as the framework serves it."""

from typing import Any

import pytest
from google.cloud import pubsub_v1

from tests.processes import RunningCloud
from tests.unit.test_cold_start import NEVER, loaded, of

# Asks a function once, within the process, through the framework's ASGI application.
ASK = """
import asyncio, httpx
from functions_framework.aio import create_asgi_app

async def main():
    app = create_asgi_app({function!r}, "functions/{function}/main.py", "http")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api.test") as client:
        answer = await client.request({method!r}, {path!r}, json={body!r})
    assert answer.status_code == {status}, answer.text

asyncio.run(main())
"""
REQUESTS: dict[str, tuple[str, str, Any, int]] = {
    "submit": ("POST", "/v1/jobs", {"prompt": "a fox"}, 202),
    "status": ("GET", f"/v1/jobs/{'a' * 26}", None, 404),
    "sweep": ("POST", "/", None, 200),
    "generate": ("POST", "/", {"message": {"data": "eA=="}}, 200),
}


@pytest.mark.parametrize("function", sorted(REQUESTS))
def test_an_answer_loads_only_what_it_needs(
    deployed_cloud: RunningCloud, project: str, monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    """No other function's clients, and no provider before a job needs it."""
    monkeypatch.setenv("PUBSUB_EMULATOR_HOST", deployed_cloud.host("pubsub"))
    publisher: Any = pubsub_v1.PublisherClient()
    publisher.create_topic(name=publisher.topic_path(project, "jobs-interactive"))
    publisher.transport.close()
    method, path, body, status = REQUESTS[function]
    ours = {"GOOGLE_CLOUD_PROJECT": project, "GCS_BUCKET_NAME": project, "AUTH_MODE": "none"}
    program = ASK.format(function=function, method=method, path=path, body=body, status=status)
    modules = loaded(program, deployed_cloud.environment | ours)
    assert "google.cloud.firestore_v1" in modules
    assert of(modules, *NEVER[function]) == []
