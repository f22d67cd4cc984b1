"""The programs that do the work, Terraform or OpenTofu and gcloud: found, asked for their versions, and run.

Each runs in a process group of its own, so that Ctrl-C reaches it once and by us: Terraform then ends what it has
begun, writes its state and gives the lock back, and we wait for that.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from infra.deploy.wanted import DeployError

OLDEST = (1, 11)  # Terraform's and OpenTofu's first with values that are in no plan and no state
INTERRUPTED = (signal.SIGINT, signal.SIGTERM)


class InterruptedDeploy(Exception):
    """Somebody stopped it; the program that ran has ended."""


class Tools:
    """The programs, as they are found on PATH."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Find them.

        Raises:
            DeployError: one is missing, or too old.
        """
        self._environment = dict(environment)
        self.gcloud = self._found("gcloud", "https://cloud.google.com/sdk/docs/install")
        self.terraform = self._terraform()

    def said(self, *command: str, env: Mapping[str, str] | None = None) -> tuple[int, str, str]:
        """Run it, and give its exit code and what it said on both of its ways."""
        done = self._run(command, env or {}, capture=True)
        return done.returncode, done.stdout.strip(), done.stderr.strip()

    def shown(self, *command: str, env: Mapping[str, str] | None = None) -> int:
        """Run it before everybody's eyes; gives its exit code."""
        return self._run(command, env or {}, capture=False).returncode

    def _terraform(self) -> str:
        asked = self._environment.get("TERRAFORM", "").strip()
        names = [asked] if asked else ["terraform", "tofu"]
        found = next(filter(None, (self._which(name) for name in names)), None)
        if found is None:
            text = f"{' or '.join(names)} is not on PATH: install Terraform or OpenTofu, {_dotted(OLDEST)} or newer"
            raise DeployError(f"{text} (https://developer.hashicorp.com/terraform/install, https://opentofu.org).")
        code, said, error = self.said(found, "version", "-json")
        version = re.search(r'"terraform_version":\s*"(\d+)\.(\d+)', said)
        if code or not version:
            raise DeployError(f"{found} does not say its version: {error or said or f'exit {code}'}")
        if tuple(map(int, version.groups())) < OLDEST:
            raise DeployError(
                f"{found} is {json.loads(said)['terraform_version']}; it takes {_dotted(OLDEST)} or newer."
            )
        return found

    def _found(self, name: str, where: str) -> str:
        found = self._which(name)
        if found is None:
            raise DeployError(f"{name} is not on PATH: {where}")
        return found

    def _which(self, name: str) -> str | None:
        return shutil.which(name, path=self._environment.get("PATH"))

    def _run(
        self, command: Sequence[str], env: Mapping[str, str], *, capture: bool
    ) -> subprocess.CompletedProcess[str]:
        sys.stdout.flush()
        pipe = subprocess.PIPE if capture else None
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True, process_group=0,
            env={**self._environment, **env},
        )  # fmt: skip
        with _passing_on(process) as stopped:
            out, err = process.communicate()
        if stopped:
            raise InterruptedDeploy(f"{Path(command[0]).name} was stopped by {stopped[0].name}")
        return subprocess.CompletedProcess(command, process.returncode, out or "", err or "")


@contextmanager
def _passing_on(process: subprocess.Popen[str]) -> Iterator[list[signal.Signals]]:
    """Pass Ctrl-C and an end on to the program, as Ctrl-C, each time; gives what came."""
    came: list[signal.Signals] = []

    def pass_on(number: int, _: FrameType | None) -> None:
        came.append(signal.Signals(number))
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)

    before = {number: signal.signal(number, pass_on) for number in INTERRUPTED}
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
