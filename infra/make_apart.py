"""Make a virtual environment apart from .venv, whose pins others contradict, or which is not to know them.

`python infra/make_apart.py FOLDER LIST [OPTIONAL=WORDS …]`, from the project's root. The list has packages with all
that is behind them, each in the version tried, so that nothing is resolved. Where there is none of an optional one for
a machine, WORDS are said, and the rest goes on without.
"""

import subprocess
import sys
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main(folder: str, listed: str, *optional: str) -> int:
    """Make or renew it; 1 with words on standard error when it cannot be done."""
    start = time.monotonic()
    print(f"Setting up {folder}; the first time takes up to half a minute …", flush=True)
    pinned = {line.split("==")[0]: line for line in (ROOT / listed).read_text().splitlines() if "==" in line}
    lacking = dict(each.split("=", 1) for each in optional)
    venv.create(ROOT / folder, clear=True, with_pip=False)
    if _install(folder, [line for name, line in pinned.items() if name not in lacking]):
        print(f"{listed} could not be installed: see above.", file=sys.stderr)
        return 1
    for name, words in lacking.items():
        if _install(folder, [pinned[name], "--only-binary=:all:"]):
            print(f"There is no {name} for this machine: {words}")
    (ROOT / folder / ".ready").touch()
    print(f"Ready in {time.monotonic() - start:.0f} s.", flush=True)
    return 0


def _install(folder: str, words: list[str]) -> int:
    """Install without what is behind it: that is in the list. What is never imported need not be compiled."""
    python = ROOT / folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check"]
    options = ["--no-input", "install", "--quiet", "--no-deps", "--no-compile"]
    return subprocess.call([*pip, *options, *words])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
