"""Stand-ins for terraform and gcloud on PATH: they write down how they were called, and answer by a table."""

import json
import stat
import sys
from collections.abc import Mapping
from pathlib import Path
from shlex import quote
from typing import Any

PROGRAM = """#!/bin/sh
name=${{0##*/}}
case $1 in -chdir=*) shift ;; esac
called="$name $*"
printf '%s\\n' "$called" >> {log}
. {table}
echo "$called is not in the table" >&2
exit 99
"""
# Until Ctrl-C, which it cannot miss; then it ends in order.
WAITS = """
import signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
print("waiting", flush=True)
signal.sigwait([signal.SIGINT])
open(sys.argv[1], "a").write("ended in order\\n")
sys.exit(1)
"""
PLAN: dict[str, Any] = {"variables": {"provider_keys": {"value": []}}, "resource_changes": []}
OUTPUTS = {
    "url": {"value": "https://darkroom-abc.uc.gateway.dev"},
    "dashboard": {"value": "https://console.cloud.google.com/monitoring/dashboards/builder/1?project=my-project"},
    "database": {"value": "(default)"},
    "deletion_protection": {"value": False},
}
# A project that is in order, with a deployment in it that would be changed.
USUAL: dict[str, dict[str, Any]] = {
    "gcloud auth list": {"says": "me@example.com\n"},
    "gcloud auth application-default": {"says": "ya29.token\n"},
    "gcloud projects describe": {"says": "ACTIVE\t123456789012\n"},
    "gcloud billing projects describe": {"says": "True\n"},
    "gcloud storage buckets describe": {"says": "123456789012\n"},
    "gcloud storage buckets": {},
    "gcloud services enable": {},
    "gcloud secrets versions describe": {"says": "enabled\n"},
    "gcloud config get-value account": {"says": "me@example.com\n"},
    "terraform version": {"says": '{"terraform_version": "1.11.4"}'},
    "terraform init": {},
    "terraform plan": {"code": 2},
    "terraform show": {"says": json.dumps(PLAN)},
    "terraform apply": {},
    "terraform output": {"says": json.dumps(OUTPUTS)},
}


class Programs:
    """terraform and gcloud in a folder, with what they answer and how they were called."""

    def __init__(self, folder: Path, **only: bool) -> None:
        """`only`: programs that are not to be there, as name=False."""
        self._log, self._table = folder / "log", folder / "table"
        self._log.touch()
        self.answer({})
        for name in ("terraform", "gcloud"):
            if only.get(name, True):
                program = folder / name
                program.write_text(PROGRAM.format(log=self._log, table=self._table))
                program.chmod(program.stat().st_mode | stat.S_IXUSR)
        self.environment = {"PATH": str(folder)}

    def answer(self, answers: Mapping[str, Mapping[str, Any]]) -> None:
        """Answer as usual, but for calls that begin so."""
        cases = "".join(
            f"{quote(start)}*) {self._answer(**answer)} ;;\n" for start, answer in [*answers.items(), *USUAL.items()]
        )
        self._table.write_text(f"case $called in\n{cases}esac\n")

    def _answer(self, *, code: int = 0, says: str = "", error: str = "", waits: bool = False) -> str:
        if waits:
            return f"exec {quote(sys.executable)} -SE -c {quote(WAITS)} {quote(str(self._log))}"
        return f"printf %s {quote(says)}; printf %s {quote(error)} >&2; exit {code}"

    @property
    def called(self) -> list[str]:
        """How they were called, in order."""
        return self._log.read_text().splitlines()

    def heads(self) -> list[str]:
        """What was asked of them, without options and names, but for questions of the version."""
        words = [[word for word in line.split() if not word.startswith("-")] for line in self.called]
        return [" ".join(line[: 4 if line[0] == "gcloud" else 2]) for line in words if line[1] != "version"]
