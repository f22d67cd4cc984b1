"""What LOG_LEVEL=DEBUG tells."""

import msgspec
import pytest

from shared.domain.job import Wording
from shared.use_cases.debugging import arguments_of, told_of, without_paths
from shared.use_cases.plan import planned
from tests.builders import DEFAULTS, JOB_ID, a_job, a_request
from tests.fakes.clock import NOON
from tests.unit.shared.use_cases.test_submit import Desk
from tests.unit.shared.use_cases.workshop import Workshop


def test_arguments_and_what_was_applied_are_told_apart() -> None:
    """What was asked for as it was asked for; and what it did not say."""
    request = a_request(prompt="a fox", watermark=False)
    told = arguments_of(JOB_ID, request, planned(request, DEFAULTS, NOON))
    assert (told["job_id"], told["arguments"]) == (JOB_ID, {"prompt": "a fox", "watermark": False})
    assert told["applied"]["model"] == "imagen-4.0-generate-001"
    assert told["applied"]["aspect_ratio"] == "1:1"
    assert "watermark" not in told["applied"]


def test_prompts_are_told_as_the_model_is_told_them() -> None:
    """With the attempt that asked."""
    job = a_job(wording=Wording(prompt="a fox, noir", changed_by=("style:noir",)), attempt_count=2)
    told = told_of(job)
    assert (told["prompt"], told["attempt"], told["model"]) == ("a fox, noir", 2, job.model)
    assert msgspec.json.encode(told)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://hooks.test/services/T0/SECRET", "https://hooks.test/…"),
        ("https://user:SECRET@r.test:8443/x?token=SECRET#SECRET", "https://r.test:8443/…"),
        ("https://r.test?sig=SECRET", "https://r.test/…"),
        ("https://a@SECRET@r.test/", "https://r.test/…"),
        ("SECRET", "…"),
    ],
)
def test_of_an_address_the_host_alone_is_told(url: str, shown: str) -> None:
    """A webhook's path and a signed address's query are what opens them."""
    value = {"webhook": {"url": url}, "references": [{"url": url, "type": "raw"}]}
    assert without_paths(value) == {"webhook": {"url": shown}, "references": [{"url": shown, "type": "raw"}]}


async def test_a_debugged_job_is_told_from_its_request_to_its_model(caplog: pytest.LogCaptureFixture) -> None:
    """Arguments and prompts, and nothing that opens anything; nothing of it at INFO."""
    hook = {"url": "https://hooks.test/services/SECRET"}
    for level in ("DEBUG", "INFO"):
        caplog.set_level(level, "darkroom")
        desk, shop = Desk(webhooks=True), Workshop(a_job(cache="off"))
        await desk.take(a_request(prompt="a fox", webhook=hook))
        await shop.deliver()
    told = {record.message: record.__dict__["fields"] for record in caplog.records if record.levelname == "DEBUG"}
    assert [record.levelname for record in caplog.records].count("DEBUG") == len(told) == 2
    assert told["job asked for"]["arguments"] == {"prompt": "a fox", "webhook": {"url": "https://hooks.test/…"}}
    assert told["model asked"]["prompt"] == shop.job.prompt
    assert "SECRET" not in str(told)
