"""The README's commands run as they stand there, but for ports, folders and the job's id."""

import json
import re
import shlex
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from infra.local.ports import free_ports
from infra.local.reaper import signal_group
from tests.integration.api import Api, a_key
from tests.processes import ROOT, clean_environment, local_cloud
from tests.waiting import until

README = (ROOT / "README.md").read_text()
BLOCKS: list[str] = re.findall(r"^```sh\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
# A word of each block, and where it is run.
RUN = {
    "/images/0 -o fox.png": "here",
    "/v1/estimate": "here",
    "/generate_image": "here",
    "darkroom batch scenes.csv": "tests/e2e/cli",
    "/local/traces/": "here",
    "make deploy PROJECT=": "tests/unit/infra/deploy, and where there is a project",
    "make plan JOBS_PER_DAY=": "tests/unit/infra/plan, tests/unit/infra/cloud/test_scan.py",
    "AUTH_MODE=keys make dev": "test_runner.py",
    "infra.tenants create": "test_keys_command.py",
    "infra.local --data": "here",
    "infra.local.resources": "here",
    "make demo PROMPT=": "test_runner.py, and by whoever runs this",
    "127.0.0.1:8200": "test_runner.py",
    "GCS_BUCKET_NAME=my-bucket": "only where there is a project",
}
SECONDS = 60
pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="the README's examples use curl")


def _block(word: str) -> str:
    (found,) = [block for block in BLOCKS if word in block]
    return found


def _run(script: str, folder: Path, environment: dict[str, str]) -> str:
    """What the script prints; whatever it started ends with it."""
    with subprocess.Popen(
        ["sh", "-euc", script], cwd=folder, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            process.wait(SECONDS)
        finally:
            signal_group(process.pid, signal.SIGKILL)
        shown = process.stdout.read() if process.stdout else ""
    assert process.returncode == 0, shown
    return shown


def test_every_block_is_run_somewhere() -> None:
    """A new one needs its place above."""
    assert [sum(word in block for word in RUN) for block in BLOCKS] == [1] * len(RUN)


def test_the_first_picture(api: Api, tmp_path: Path) -> None:
    """Three curls: the job, its state, its picture."""
    script = _block("fox.png").replace("http://127.0.0.1:8080", str(api.http.base_url).rstrip("/"))
    submit, *rest = script.replace("\\\n", " ").splitlines()
    environment = clean_environment({"NO_PROXY": "127.0.0.1"})
    job = json.loads(_run(submit, tmp_path, environment))
    api.reached(job, "completed")
    shown = _run("\n".join(rest).replace("JOB_ID", job["id"]), tmp_path, environment)
    assert json.loads(shown)["status"] == "completed"
    with Image.open(tmp_path / "fox.png") as picture:
        assert picture.width > picture.height


def test_what_else_can_be_asked_for(api: Api, tmp_path: Path) -> None:
    """Every call of the list answers, in its order."""
    job = api.completed()
    script = _block("/v1/estimate").replace("http://127.0.0.1:8080", str(api.http.base_url).rstrip("/"))
    shown = _run(script.replace("JOB_ID", job["id"]), tmp_path, clean_environment({"NO_PROXY": "127.0.0.1"}))
    assert '"code"' not in shown
    assert "event: job" in shown


def test_other_clients(api: Api, tmp_path: Path) -> None:
    """Each dialect answers."""
    script = _block("/generate_image").replace("http://127.0.0.1:8080", str(api.http.base_url).rstrip("/"))
    script = script.replace("order-17", a_key())  # the stack is others', too
    shown = _run(script, tmp_path, clean_environment({"NO_PROXY": "127.0.0.1"}))
    assert all(word in shown for word in ("task_id", "jobId", "created"))


def test_a_trace_and_the_metrics(api: Api, tmp_path: Path) -> None:
    """The job's trace has every function's spans, and the metrics have the job."""
    script = _block("/local/traces/").replace("http://127.0.0.1:8080", str(api.http.base_url).rstrip("/"))
    begin, trace = script.split("curl -sf $url/local/traces", 1)
    environment = clean_environment({"NO_PROXY": "127.0.0.1"})
    shown = _run(begin + 'echo; echo "$id"', tmp_path, environment)
    *job, trace_id = shown.split()
    assert json.loads(" ".join(job))["status"] == "completed"

    def found() -> str | None:
        script = f"id={trace_id} url={api.http.base_url}\ncurl -sf $url/local/traces{trace}"
        try:
            shown = _run(script, tmp_path, environment)
        except AssertionError:  # curl fails while there is no such trace
            return None
        return shown if "generate" in shown and "submit" in shown else None

    assert "queue_age" in until(found)  # spans leave after the answer


def test_one_function_alone(tmp_path: Path) -> None:
    """The local cloud in one terminal, a function in another: it takes a job."""
    command = shlex.split(_block("infra.local --data"), comments=True)
    assert command[:2] == ["make", "setup"]  # whoever runs this test has done it
    assert command[2:5] == [".venv/bin/python", "-m", "infra.local"]
    options = [str(tmp_path) if option.startswith(".local") else option for option in command[5:]]
    (port,) = free_ports(1)
    script = _block("infra.local.resources").replace("127.0.0.1:8081", f"127.0.0.1:{port}")
    script = script.replace("--port 8081", f"--port {port}")
    with local_cloud(*options) as cloud:
        # gunicorn puts a socket for its own administration into XDG_RUNTIME_DIR.
        own = {"NO_PROXY": "127.0.0.1", "XDG_RUNTIME_DIR": str(tmp_path)}
        shown = _run(script, ROOT, clean_environment({**cloud.environment, **own}))
        counts = cloud.control.counts()
    assert '"status":"queued"' in shown
    assert counts["firestore.Commit"] == 1
    assert counts["pubsub.Publish"] == 1
