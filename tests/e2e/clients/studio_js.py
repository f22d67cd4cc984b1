"""The module that the service hands to pages, run by Node."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

NODE = shutil.which("node")
NEEDS_NODE = pytest.mark.skipif(NODE is None, reason="there is no node here to run the module with")
DRIVER = Path(__file__).with_name("studio.mjs")


def run(module: Path, calls: list[list[Any]], **options: Any) -> list[dict[str, Any]]:
    """How calls of the service with these options ended, begun together: `imageUrl`, or `error`."""
    command = [NODE or "node", str(DRIVER), str(module), json.dumps({"options": options, "calls": calls})]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found
