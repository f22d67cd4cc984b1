"""One function alone, under functions-framework, with no service behind it unless it is told of one."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from infra.local.ports import HOST, free_ports
from tests.processes import ROOT, clean_environment
from tests.waiting import until

NOWHERE = f"{HOST}:9"  # where nothing listens
VARIABLES = {
    "AUTH_MODE": "none",
    "FUNCTION_USE_ASGI": "true",
    "GOOGLE_CLOUD_PROJECT": "alone",
    "GCS_BUCKET_NAME": "alone",
    "FIRESTORE_EMULATOR_HOST": NOWHERE,
    "PUBSUB_EMULATOR_HOST": NOWHERE,
    "STORAGE_EMULATOR_HOST": f"http://{NOWHERE}",
    "VERTEX_EMULATOR_HOST": NOWHERE,
    "PYTHONPATH": str(ROOT),
}


@contextmanager
def one_function(name: str, **variables: str) -> Iterator[str]:
    """A function with these variables besides the usual ones, where an empty one counts as not set; gives its URL."""
    (port,) = free_ports(1)
    source = ["--source", str(ROOT / "functions" / name / "main.py"), "--target", name]
    command = [sys.executable, "-m", "functions_framework", *source, "--host", HOST, "--port", str(port)]
    url = f"http://{HOST}:{port}"
    # gunicorn puts a socket for its own administration into XDG_RUNTIME_DIR.
    with tempfile.TemporaryDirectory() as folder:
        environment = clean_environment({**VARIABLES, "XDG_RUNTIME_DIR": folder, **variables})
        with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) as process:
            try:
                until(lambda: _answers(url), process.poll)
                yield url
            finally:
                process.terminate()


def _answers(url: str) -> bool:
    try:
        httpx.get(f"{url}/health", timeout=60, trust_env=False)
    except httpx.ConnectError:
        return False
    return True
