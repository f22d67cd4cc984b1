"""Make the project's virtual environment: `python3 infra/make_venv.py [--lock]`.

Run by the machine's own python3, which may be too old or lack a part, so this file keeps to what Python 3.6
understands and says in words what is missing. With `--lock` it resolves every requirements file anew in a
scratch environment and writes the whole closure to infra/constraints.txt.
"""

import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

OLDEST = (3, 11)
NEWER = ("python3.14", "python3.13", "python3.12", "python3.11")
ROOT = Path(__file__).resolve().parent.parent
CONSTRAINTS = ROOT / "infra" / "constraints.txt"
HEADER = "# Every package behind every requirements file, in the version tried. Made by `make lock`; do not edit.\n"


def obstacle() -> str:
    """What keeps this python3 from making the environment, and what to do; empty if nothing does."""
    have = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < OLDEST:
        found = next(filter(shutil.which, NEWER), None)
        cure = f"This machine has {found}:" if found else "Install a newer one, then:"
        newer = found or "/path/to/python3.11"
        return f"Darkroom needs Python 3.11 or newer; {sys.executable} is {have}.\n{cure} make PYTHON={newer} demo"
    try:
        import ensurepip  # noqa: F401 - only whether it is there
        import venv  # noqa: F401 - likewise
    except ImportError as exc:
        package = "python{}.{}-venv".format(*sys.version_info[:2])
        lack = f"{sys.executable} (Python {have}) lacks its standard module {exc.name}."
        return f"{lack}\nOn Debian and Ubuntu: sudo apt install {package}"
    return ""


def install(folder: Path, *options: str) -> None:
    """Install what every requirements file asks for into the virtual environment `folder`, made if none works there."""
    python = folder / "bin" / "python"
    if not python.exists() or subprocess.call([str(python), "-c", "import pip"], stderr=subprocess.DEVNULL):
        subprocess.check_call([sys.executable, "-m", "venv", "--clear", str(folder)])
    files = [*sorted(ROOT.glob("functions/*/requirements.txt")), *sorted(ROOT.glob("[it]*/requirements.txt"))]
    listed = [word for path in files for word in ("-r", str(path.relative_to(ROOT)))]
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet"]
    subprocess.check_call([*pip, *options, "--no-compile", *listed], cwd=str(ROOT))


def compile_packages(folder: Path) -> None:
    """Compile what was installed, on all cores: pip would do it on one. What cannot be compiled is never imported."""
    compiling = ["-W", "ignore", "-m", "compileall", "-qq", "-j", "0", str(folder / "lib")]
    subprocess.call([str(folder / "bin" / "python"), *compiling])


def link_client(folder: Path) -> None:
    """Make this checkout's client importable in the virtual environment, as `darkroom`, and its command runnable.

    Nothing is built and nothing is fetched: an edit of the client is in force at once.
    """
    python = folder / "bin" / "python"
    purelib = [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    packages = Path(subprocess.check_output(purelib, universal_newlines=True).strip())
    (packages / "darkroom.pth").write_text("{}\n".format(ROOT / "shared" / "client"))
    command = folder / "bin" / "darkroom"
    # -P: a folder named darkroom where it is run is not meant.
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(str(python))} -P -m darkroom "$@"\n')
    command.chmod(0o755)


def lock() -> None:
    """Write the closure of all requirements to infra/constraints.txt: names and versions, no addresses."""
    with tempfile.TemporaryDirectory(prefix="lock-") as scratch:
        install(Path(scratch))
        freeze = [str(Path(scratch) / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "freeze"]
        closure = subprocess.check_output(freeze, universal_newlines=True).splitlines()
    odd = [line for line in closure if "==" not in line]
    if odd:
        raise SystemExit("no plain version: " + ", ".join(odd))
    partial = CONSTRAINTS.with_suffix(".partial")
    partial.write_text(HEADER + "".join(line + "\n" for line in sorted(closure, key=str.lower)))
    partial.replace(CONSTRAINTS)
    print(f"{CONSTRAINTS.relative_to(ROOT)}: {len(closure)} packages")


def main() -> int:
    """Make or renew `.venv` (or the lock); 1 with words on standard error when it cannot be done."""
    problem = obstacle()
    if problem:
        print(problem, file=sys.stderr)
        return 1
    if "--lock" in sys.argv[1:]:
        lock()
        return 0
    start = time.monotonic()
    print(f"Setting up .venv with {sys.executable}; the first time takes about a minute …", flush=True)
    try:
        install(ROOT / ".venv", "-c", str(CONSTRAINTS))
        compile_packages(ROOT / ".venv")
        link_client(ROOT / ".venv")
    except subprocess.CalledProcessError as exc:
        print(f"The requirements could not be installed (exit {exc.returncode}): see above.", file=sys.stderr)
        return 1
    (ROOT / ".venv" / ".ready").touch()
    print(f"Ready in {time.monotonic() - start:.0f} s.", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
