"""`python -m infra.local.demo` (`make demo`): one prompt becomes one picture under `out/`, and everything ends.

Environment: `PROMPT`, `OUT_DIR` (out), and all that `infra.local.runner` reads. Exit code 0 when the picture is saved,
1 when the job failed or the stack cannot start, 128 + the signal's number (Ctrl-C: 130) when interrupted.
"""

import contextlib
import hashlib
import os
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from infra.local.environment import ROOT, Settings, SettingsError
from infra.local.runner import running
from infra.local.screen import Screen, dollars, milliseconds
from infra.local.signals import InterruptedBySignalError, Signals
from infra.local.stack import StackError

DEFAULT_PROMPT = "a red fox in the snow"
OUT = Path(os.environ.get("OUT_DIR") or ROOT / "out").resolve()
ENDS = {"completed", "failed", "canceled"}
EXTENSIONS = {"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp"}
POLL_SECONDS = 0.05
PATIENCE_SECONDS = 600  # a real model may be slow, and a lease may have to run out before another try


class DemoError(Exception):
    """The picture did not come; the text says why."""


def submit(http: httpx.Client, prompt: str) -> dict[str, Any]:
    """POST the prompt; gives the job.

    Raises:
        DemoError: it was refused.
    """
    # No cache: the second run of the same prompt is to show the same stages as the first.
    wanted = {"prompt": prompt, "cache": "off"}
    answer = http.post("/v1/jobs", json=wanted, headers={"Idempotency-Key": str(uuid4())})
    if answer.is_error:
        raise DemoError(f"POST /v1/jobs answered {answer.status_code}: {answer.text}")
    job: dict[str, Any] = answer.json()
    return job


def follow(http: httpx.Client, job: dict[str, Any], screen: Screen) -> dict[str, Any]:
    """Show each stage of the job when it begins; gives the job when it ended.

    Raises:
        DemoError: it did not end in time.
    """
    shown, tag, deadline = 0, "", time.monotonic() + PATIENCE_SECONDS
    while True:
        for moment in job["timeline"][shown:]:
            screen.stage(moment["status"], _elapsed(job["created_at"], moment["at"]), moment.get("note", ""))
        shown = len(job["timeline"])
        if job["status"] in ENDS:
            return job
        if time.monotonic() > deadline:
            raise DemoError(f"job {job['id']} is still {job['status']} after {PATIENCE_SECONDS} s")
        screen.wait(POLL_SECONDS)
        answer = http.get(f"/v1/jobs/{job['id']}", headers={"If-None-Match": tag} if tag else {})
        if answer.status_code != httpx.codes.NOT_MODIFIED:
            job, tag = answer.raise_for_status().json(), answer.headers.get("ETag", "")


def save(http: httpx.Client, job: dict[str, Any]) -> Path:
    """Download the job's first picture into `out/`, whole or not at all.

    Raises:
        DemoError: what came is not what the job names.
    """
    image = job["images"][0]
    content = http.get(f"/v1/jobs/{job['id']}/images/0", follow_redirects=True).raise_for_status().content
    if hashlib.sha256(content).hexdigest() != image["sha256"]:
        raise DemoError(f"the {len(content)} bytes that came for {image['uri']} have another SHA-256 than the job says")
    OUT.mkdir(parents=True, exist_ok=True)
    path = OUT / f"{job['id']}{EXTENSIONS[image['mime_type']]}"
    partial = path.with_suffix(".partial")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return path


def report(job: dict[str, Any], path: Path, screen: Screen) -> None:
    """Print what was stored, how long it took and what it cost."""
    image, cost = job["images"][0], job["cost"]
    times = ((name.removesuffix("_ms"), value) for name, value in job["timings"].items())
    screen.title(f"saved {os.path.relpath(path)}")
    screen.fact("stored", image["uri"])
    screen.fact("size", f"{image['bytes']:,} bytes, {image['width']} × {image['height']} pixels, {image['mime_type']}")
    screen.fact("sha256", f"{image['sha256']} (of the file, as of the job)")
    screen.fact("model", job["model"] + (" (a placeholder)" if job.get("placeholder") else ""))
    screen.fact("timings", " · ".join(f"{name} {milliseconds(value)}" for name, value in times))
    screen.fact("cost", f"{dollars(cost['actual_micros'])}, estimated {dollars(cost['estimated_micros'])}")


def _why(job: dict[str, Any]) -> str:
    """Why a job did not complete."""
    if not (failure := job["failure"]):
        return f"the job is {job['status']}"
    return f"{failure['type']} failure while {failure['stage']}: {failure['code']}: {failure['message']}"


def _elapsed(begin: str, end: str) -> float:
    """Milliseconds between two times as JSON has them."""
    return (datetime.fromisoformat(end) - datetime.fromisoformat(begin)).total_seconds() * 1000


def _run(base_url: str, prompt: str, screen: Screen) -> None:
    with httpx.Client(base_url=base_url, trust_env=False, timeout=60) as http:
        job = submit(http, prompt)
        screen.title(f"job {job['id']}")
        job = follow(http, job, screen)
        if job["status"] != "completed":
            raise DemoError(_why(job))
        report(job, save(http, job), screen)


def main() -> int:
    """Show one prompt's way to its picture."""
    screen, prompt, start = Screen(sys.stdout), os.environ.get("PROMPT") or DEFAULT_PROMPT, time.monotonic()
    try:
        settings = Settings.read(os.environ)
        with Signals().handled() as signals, contextlib.ExitStack() as until_end:
            screen.title(f"“{prompt}”")
            stack = until_end.enter_context(running(settings, signals))
            screen.fact("stack", f"{stack.url}, up after {time.monotonic() - start:.1f} s")
            _run(stack.url, prompt, screen)
    except (SettingsError, StackError, DemoError, httpx.HTTPError) as exc:
        screen.clear()
        print(str(exc) or repr(exc), file=sys.stderr)
        return 1
    except BrokenPipeError:  # whoever read this has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except InterruptedBySignalError as signal:
        screen.clear()
        print(f"Interrupted by {signal}; everything is stopped.", file=sys.stderr)
        return signal.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
