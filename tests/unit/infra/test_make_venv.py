"""What is said where the environment cannot be made."""

import subprocess
import sys
import venv
from pathlib import Path

import pytest

from infra import make_venv
from tests.processes import ROOT


def test_this_python_will_do() -> None:
    """The tests run in an environment that was made so."""
    assert make_venv.obstacle() == ""


def test_an_old_python_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the version it has, and how to name another."""
    monkeypatch.setattr(make_venv, "OLDEST", (9, 0))
    obstacle = make_venv.obstacle()
    assert f"{sys.executable} is 3." in obstacle
    assert "make PYTHON=" in obstacle


@pytest.mark.parametrize("module", ["ensurepip", "venv"])
def test_a_python_without_venv_is_told_what_to_install(module: str) -> None:
    """As Debian and Ubuntu ship it."""
    script = f"import sys; sys.modules['{module}'] = None; from infra.make_venv import main; sys.exit(main())"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"lacks its standard module {module}" in done.stderr
    assert "sudo apt install python3." in done.stderr


def test_the_constraints_name_versions_alone() -> None:
    """Every line is a name and a version; where it is fetched from is the user's to say."""
    lines = make_venv.CONSTRAINTS.read_text().splitlines()[1:]
    assert lines == sorted(lines, key=str.lower)
    assert all(line.count("==") == 1 and "/" not in line and "@" not in line for line in lines)


def test_every_requirement_is_pinned_as_in_the_constraints() -> None:
    """Else pip could not install them together."""
    pinned = set(make_venv.CONSTRAINTS.read_text().splitlines())
    for path in (*ROOT.glob("functions/*/requirements.txt"), *ROOT.glob("[it]*/requirements.txt")):
        assert set(path.read_text().splitlines()) <= pinned, f"{path}: run `make lock`"


def test_the_client_is_installed_from_this_checkout(tmp_path: Path) -> None:
    """Importable as `darkroom`, with its command, and with nothing fetched."""
    venv.create(tmp_path / "e v", with_pip=False)
    make_venv.link_client(tmp_path / "e v")
    python, command = (tmp_path / "e v" / "bin" / name for name in ("python", "darkroom"))
    where = subprocess.check_output(
        [python, "-c", "import darkroom; print(darkroom.__file__)"], text=True, cwd=tmp_path
    )
    assert Path(where.strip()) == ROOT / "shared" / "client" / "darkroom" / "__init__.py"
    lacking = subprocess.run([command], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert "needs typer, which is not installed" in lacking.stderr  # that is pip's part
