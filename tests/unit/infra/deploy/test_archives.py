"""The archives that are deployed."""

import os
import zipfile
from pathlib import Path

from infra.deploy.archives import pack


def test_the_same_files_are_the_same_bytes(tmp_path: Path) -> None:
    """Whenever they were written, and in whatever order, and whoever may read them."""
    for number, names in enumerate((("main.py", "shared/a.py"), ("shared/a.py", "main.py"))):
        folder = tmp_path / str(number)
        for name in names:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(f"# {name}\n")
            (folder / name).chmod(0o600 if number else 0o644)
            os.utime(folder / name, (number * 10**9,) * 2)
        pack(folder, tmp_path / f"{number}.zip")
    assert (tmp_path / "0.zip").read_bytes() == (tmp_path / "1.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "0.zip") as archive:
        assert archive.namelist() == ["main.py", "shared/a.py"]
        assert archive.read("shared/a.py") == b"# shared/a.py\n"
    assert sorted(path.name for path in tmp_path.glob("*.zip*")) == ["0.zip", "1.zip"]
