"""The catalogue on the whole stack: listed without a call, estimated without a trace, and told to whom it concerns."""

import json
import subprocess

from tests.integration.api import Api, a_prompt
from tests.integration.inside import counting
from tests.processes import ROOT, Control
from tests.stack import RunningStack


def test_models_and_estimates_are_answered_without_a_call_to_anybody(api: Api, control: Control) -> None:
    """Both through the gateway, by the function that answers it."""
    with counting(control) as calls:
        listed = api.http.get("/v1/models").raise_for_status()
        assert api.http.get("/v1/models", headers={"If-None-Match": listed.headers["ETag"]}).status_code == 304
        estimated = api.http.post("/v1/estimate", json={"prompt": "a fox", "model": "ultra"}).raise_for_status().json()
    assert calls == {}
    assert estimated["estimated_micros"] == 60_000


def test_a_retired_id_runs_on_its_successor_in_a_style_and_says_so(api: Api) -> None:
    """From the submission to the end of the job, at the price that was estimated."""
    body = {"prompt": a_prompt(), "model": "imagegeneration@006", "style": "watercolor"}
    estimated = api.http.post("/v1/estimate", json=body).raise_for_status().json()
    taken = api.post(body)
    job = api.reached(taken.json(), "completed")
    read = api.http.get(f"/v1/jobs/{job['id']}")
    assert (job["model_requested"], job["model"]) == ("imagegeneration@006", "gemini-3.1-flash-image")
    assert job["prompt_used"].startswith(f"{body['prompt']}, watercolour painting")
    assert job["prompt_changed_by"] == ["style:watercolor"]
    assert job["cost"]["estimated_micros"] == estimated["estimated_micros"] == 67_000
    for answer in (taken, read):
        assert answer.headers["Deprecation"] == "@1750723200"
        assert answer.headers["Sunset"] == "Wed, 24 Sep 2025 00:00:00 GMT"


def test_the_doctor_says_that_models_in_use_are_over(darkroom: RunningStack) -> None:
    """The aliases that ship name models that were announced as over: somebody has to choose."""
    command = [str(ROOT / ".venv" / "bin" / "darkroom"), "doctor", "--url", darkroom.base_url, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    severities = {finding["subject"]: finding["severity"] for finding in json.loads(done.stdout)["findings"]}
    assert done.returncode == 1
    assert (severities["health"], severities["clock"], severities["imagen-4.0-generate-001"]) == ("ok", "ok", "action")
