"""A function served in a fresh Python process, without a server, that tells what it loaded meanwhile."""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.processes import ROOT, clean_environment

# The application that functions-framework makes of a function, asked one request after the other.
SERVE = """
import asyncio, json, sys
import httpx
from functions_framework.aio import create_asgi_app

async def serve(function, requests):
    transport = httpx.ASGITransport(create_asgi_app(function, f"functions/{function}/main.py"))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
        answers = [await http.request(method, path, json=body) for method, path, body in requests]
    return [[answer.status_code, answer.text] for answer in answers]

answers = asyncio.run(serve(sys.argv[1], json.loads(sys.argv[2])))
print(json.dumps({"answers": answers, "modules": sorted(sys.modules)}))
"""


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    text: str

    @property
    def problem(self) -> dict[str, Any]:
        """The body, which is JSON."""
        found: dict[str, Any] = json.loads(self.text)
        return found


@dataclass(frozen=True)
class Served:
    """The answers, and every module that was loaded when they were given."""

    answers: list[Answer]
    modules: list[str]

    def under(self, *roots: str) -> list[str]:
        """The modules whose names begin with one of these."""
        return [name for name in self.modules if name.startswith(roots)]


def served(function: str, variables: Mapping[str, str], *requests: tuple[str, str, Any]) -> Served:
    """Have a function answer these (method, path, JSON) requests, with these variables."""
    done = subprocess.run(
        [sys.executable, "-c", SERVE, function, json.dumps(requests)],
        cwd=ROOT,
        env=clean_environment(variables),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])  # above it may be lines of the function's log
    return Served([Answer(*answer) for answer in told["answers"]], told["modules"])
