"""What a function loads to serve a request: only what that request needs."""

import json
import subprocess
import sys
from typing import Any

from tests.integration.api import Api
from tests.processes import ROOT
from tests.stack import RunningStack

# Serves requests as functions-framework does, and says what was loaded meanwhile.
SERVE = """
import asyncio, json, sys
import httpx
from functions_framework.aio import create_asgi_app

async def serve(function, requests):
    app = create_asgi_app(function, f"functions/{function}/main.py")
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
        answers = [await http.request(method, path, json=body) for method, path, body in requests]
    print(json.dumps({"statuses": [answer.status_code for answer in answers], "modules": sorted(sys.modules),
                      "bodies": [answer.text for answer in answers]}))

asyncio.run(serve(sys.argv[1], json.loads(sys.argv[2])))
"""


def _served(running: RunningStack, function: str, *requests: tuple[str, str, Any]) -> dict[str, Any]:
    command = [sys.executable, "-c", SERVE, function, json.dumps(requests)]
    done = subprocess.run(
        command, cwd=ROOT, env=running.environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    served: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return served


def _under(modules: list[str], *roots: str) -> list[str]:
    """The modules that begin with one of these; `google.cloud.storage` is meant with all that lies in it."""
    return [name for name in modules if name.startswith(roots)]


def test_submit_loads_no_model_no_storage_and_no_painter(darkroom: RunningStack, api: Api) -> None:
    """A job was recorded and announced, and nothing of that was needed."""
    served = _served(darkroom, "submit", ("POST", "/v1/jobs", {"prompt": "modules", "model": "placeholder"}))
    assert served["statuses"] == [202], served["bodies"]
    modules = served["modules"]
    assert _under(modules, "google.cloud.firestore", "google.pubsub_v1")
    heavy = ("google.cloud.aiplatform", "google.genai", "google.cloud.storage", "vertexai", "PIL", "shared.providers")
    assert not _under(modules, *heavy)
    api.ended(json.loads(served["bodies"][0]))


def test_status_loads_no_publisher_and_no_provider(darkroom: RunningStack, api: Api) -> None:
    """A job and its image were served, and nothing of that was needed."""
    job = api.completed(model="placeholder")
    url = f"/v1/jobs/{job['id']}"
    served = _served(darkroom, "status", ("GET", url, None), ("GET", f"{url}/images/0", None))
    assert served["statuses"] == [200, 302], served["bodies"]
    modules = served["modules"]
    assert _under(modules, "google.cloud.firestore", "google.cloud.storage")
    publishers = ("google.pubsub_v1", "google.cloud.pubsub", "shared.gcp.job_queue")
    providers = ("google.cloud.aiplatform", "google.genai", "vertexai", "PIL", "shared.providers")
    assert not _under(modules, *publishers, *providers)
