"""The whole stack, open to keys alone, against its own contract: all checks of schemathesis, links too."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.stack import RunningStack, stack

CONFIG = Path(__file__).parent / "schemathesis.toml"
SECONDS = os.environ.get("FUZZ_SECONDS")  # set by `make fuzz`
LONG = [("--max-time", SECONDS or "")]
# Some of everything: one after the other, the first would leave no time for the others.
SHORT = [
    ("--max-time", "6", "--seed", "1", "--phases", "examples,coverage"),
    ("--max-time", "3", "--seed", "1", "--phases", "fuzzing"),
    ("--max-time", "4", "--seed", "1", "--phases", "stateful"),
]


def test_the_api_keeps_its_contract() -> None:
    """No 500, no status and no answer that is not described; what is wrong is refused, what is right is taken."""
    with stack(AUTH_MODE="keys", SWEEP_SECONDS="2") as running:
        key = _said(running, ["-m", "infra.tenants", "create", "fuzz"]).strip()
        for options in LONG if SECONDS else SHORT:
            command = ["-m", "schemathesis.cli", "--config-file", str(CONFIG), "run", "--no-color", *options]
            command += ["--exclude-operation-id", "followJobs"]  # its answer has no end that could be waited for
            command += ["--continue-on-failure", "--request-timeout", "30", f"{running.base_url}/openapi.json"]
            report = _said(running, command, FUZZ_KEY=key)
            print(report.partition(" SUMMARY ")[2])  # noqa: T201 - shown by -s, as `make fuzz` does
        lines = [line for name in ("openai", "submit", "status") for line in running.log(name).splitlines()]
    assert [line for line in lines if "unexpected error" in line] == []


def _said(running: RunningStack, arguments: Sequence[str], **variables: str) -> str:
    """What a program of ours says, which must succeed."""
    own = {"SCHEMATHESIS_HOOKS": "tests.fuzz.hooks", "FUZZ_RECEIVER": f"{running.base_url}/health"}
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=running.folder,  # it leaves files behind
        env={**os.environ, **running.environment, **own, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
