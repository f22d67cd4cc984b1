"""What a function loads to serve a request: only what that request needs."""

import json

from tests.integration.api import Api
from tests.integration.in_process import served
from tests.stack import RunningStack

PUBLISHERS = ("google.pubsub_v1", "google.cloud.pubsub", "shared.gcp.job_queue")
LISTENING = ("shared.gcp.listening", "shared.gcp.listen_targets")  # nobody waited
TRACING = ("opentelemetry.sdk", "opentelemetry.exporter")  # nobody asked for a trace, though there is a collector
PROVIDERS = ("google.cloud.aiplatform", "google.genai", "vertexai", "PIL", "shared.providers")

OTHERS = (  # calls that were not asked for
    "shared.api.dialects", "shared.api.batch_calls", "shared.api.command_calls", "shared.api.event_calls",
    "shared.api.key_calls", "shared.api.list_calls", "shared.api.storyboard_calls", "shared.api.upload_calls",
    "shared.api.usage_calls", "shared.use_cases.command", "shared.use_cases.parents", "shared.use_cases.read_batch",
)  # fmt: skip


def test_submit_loads_no_model_no_storage_and_no_painter(darkroom: RunningStack, api: Api) -> None:
    """A job was recorded and announced, and nothing of that was needed."""
    request = ("POST", "/v1/jobs", {"prompt": "modules", "model": "placeholder"})
    submit = served("submit", darkroom.environment, request)
    assert submit.answers[0].status == 202, submit.answers
    assert submit.under("google.cloud.firestore")
    assert submit.under("google.pubsub_v1")
    assert not submit.under("google.cloud.storage", *PROVIDERS, *LISTENING, *TRACING, *OTHERS)
    api.ended(json.loads(submit.answers[0].text))


def test_status_loads_no_publisher_and_no_provider(darkroom: RunningStack, api: Api) -> None:
    """A job and its image were served, and nothing of that was needed."""
    url = f"/v1/jobs/{api.completed(model='placeholder')['id']}"
    status = served("status", darkroom.environment, ("GET", url, None), ("GET", f"{url}/images/0", None))
    assert [answer.status for answer in status.answers] == [200, 302], status.answers
    assert status.under("google.cloud.firestore")
    assert not status.under(*PUBLISHERS, *PROVIDERS, *LISTENING, *TRACING, *OTHERS)
