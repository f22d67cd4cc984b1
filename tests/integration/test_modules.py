"""What a function loads to serve a request: only what that request needs."""

import json

from tests.integration.api import Api
from tests.integration.in_process import served
from tests.stack import RunningStack

PUBLISHERS = ("google.pubsub_v1", "google.cloud.pubsub", "shared.gcp.job_queue")
LISTENING = ("shared.gcp.listening", "shared.gcp.listen_targets")  # nobody waited
TRACING = ("opentelemetry.sdk", "opentelemetry.exporter")  # nobody asked for a trace, though there is a collector
PROVIDERS = ("google.cloud.aiplatform", "google.genai", "vertexai", "PIL", "shared.providers")


def test_submit_loads_no_model_no_storage_and_no_painter(darkroom: RunningStack, api: Api) -> None:
    """A job was recorded and announced, and nothing of that was needed."""
    request = ("POST", "/v1/jobs", {"prompt": "modules", "model": "placeholder"})
    submit = served("submit", darkroom.environment, request)
    assert submit.answers[0].status == 202, submit.answers
    assert submit.under("google.cloud.firestore")
    assert submit.under("google.pubsub_v1")
    assert not submit.under("google.cloud.storage", *PROVIDERS, *LISTENING, *TRACING)
    api.ended(json.loads(submit.answers[0].text))


def test_status_loads_no_publisher_and_no_provider(darkroom: RunningStack, api: Api) -> None:
    """A job and its image were served, and nothing of that was needed."""
    url = f"/v1/jobs/{api.completed(model='placeholder')['id']}"
    status = served("status", darkroom.environment, ("GET", url, None), ("GET", f"{url}/images/0", None))
    assert [answer.status for answer in status.answers] == [200, 302], status.answers
    assert status.under("google.cloud.firestore")
    assert not status.under(*PUBLISHERS, *PROVIDERS, *LISTENING, *TRACING)
