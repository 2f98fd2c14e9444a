"""The tool in an environment of its own: what `pip install ./tools/azureml-offline` gives."""

import os
import site
import subprocess
import sys
import venv
from importlib import metadata
from pathlib import Path

import pytest

TOOL = Path(__file__).resolve().parents[1]
USING = "def test_it(offline_workspace):\n    assert offline_workspace.refused() == []\n"


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of a new environment, which the wheel is installed into; it borrows what the wheel depends on."""
    folder = tmp_path_factory.mktemp("installed") / "environment"
    venv.create(folder, symlinks=True)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    # Of a line with a path, the files *.pth there are not read: the editable installation of the tool stays behind.
    lent = folder / "lib" / version / "site-packages" / "lent.pth"
    lent.write_text("\n".join(site.getsitepackages()), encoding="utf-8")
    uv = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--offline", "--no-deps"]
    subprocess.run([*uv, "--python", str(folder / "bin" / "python"), str(TOOL)], check=True)
    return folder / "bin"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Nothing of this machine but the search path."""
    return {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}


def test_the_command_serves_a_workspace(programs: Path, tmp_path: Path, environment: dict[str, str]) -> None:
    command = [str(programs / "azureml-offline"), "serve"]
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        lines = [process.stdout.readline() for _ in range(16)]
        process.terminate()
    assert (process.returncode, lines[-1].endswith("is ready. Ctrl-C stops it.\n")) == (0, True)


def test_tests_have_the_fixture(programs: Path, tmp_path: Path, environment: dict[str, str]) -> None:
    (tmp_path / "test_project.py").write_text(USING, encoding="utf-8")
    command = [str(programs / "python"), "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert "1 passed" in done.stdout, done.stdout + done.stderr


def test_it_is_the_installed_package_that_runs(programs: Path, tmp_path: Path, environment: dict[str, str]) -> None:
    code = "import azureml_offline; print(azureml_offline.__file__)"
    found = subprocess.check_output([programs / "python", "-c", code], cwd=tmp_path, env=environment, text=True)
    assert Path(found).is_relative_to(programs.parent)


def test_the_version_is_the_one_of_the_changelog() -> None:
    newest = (TOOL / "CHANGELOG.md").read_text(encoding="utf-8").partition("\n## ")[2].partition("\n")[0]
    assert newest == metadata.version("azureml-offline")
