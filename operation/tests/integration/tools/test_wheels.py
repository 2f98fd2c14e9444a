"""What is built of a tool: the same bytes anywhere, with all that belongs to it."""

import os
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from operation.bootstrap import find_tools

ROOT = Path(__file__).parents[4]


def built(tool: Path, folder: Path, age: int) -> Path:
    """The wheel of a copy of the tool in the folder, whose files are so many seconds old; made without a network."""
    copy = shutil.copytree(tool, folder / tool.name, ignore=shutil.ignore_patterns("*.egg-info", ".*_cache"))
    for path in copy.rglob("*"):
        os.utime(path, (time.time() - age, time.time() - age))
    out = folder / "out"
    command = [sys.executable, "-m", "uv", "build", "--quiet", "--offline", "--wheel", "--out-dir", str(out), str(copy)]
    subprocess.run(command, check=True)
    (wheel,) = out.glob("*.whl")
    return wheel


@pytest.mark.parametrize("tool", find_tools(ROOT), ids=lambda tool: tool.name)
def test_wheels_built_twice_are_identical_and_complete(tool: Path, tmp_path: Path) -> None:
    first, second = (built(tool, tmp_path / name, age) for name, age in (("here", 0), ("a folder", 100_000_000)))
    assert first.name == second.name
    assert first.read_bytes() == second.read_bytes()
    files = [path for path in (tool / "src").rglob("*") if path.is_file() and path.suffix != ".pyc"]
    packed = {
        name for name in zipfile.ZipFile(first).namelist() if not name.endswith("/") and ".dist-info/" not in name
    }
    assert packed == {path.relative_to(tool / "src").as_posix() for path in files}
