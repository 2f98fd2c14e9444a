"""How the packages of tools/ get into an environment: a real one, which has nothing else but what installs them."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from operation.bootstrap import Environment, find_tools, pinned
from operation.housekeeping import pins

LOOK = """
import json, sys
from importlib import import_module, metadata

found = {}
for name in sys.argv[1:]:
    try:
        if import_module(name.replace("-", "_")).__file__:
            found[name] = metadata.version(name)
    except ImportError:
        pass
print(json.dumps(found))
"""
OFFLINE = {"PIP_NO_INDEX": "1", "UV_OFFLINE": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
TOOL = "azureml-offline"


@pytest.fixture(scope="module")
def made(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """The environment of a clone whose lock holds uv and its build backend alone."""
    if repository / "tools" / TOOL not in find_tools(repository):
        pytest.skip(f"tools/{TOOL} is not in this clone")
    root = tmp_path_factory.mktemp("clone of tools") / "clone"
    shutil.copytree(repository / "tools", root / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    lock = root / "requirements.lock"
    found = pinned((repository / lock.name).read_text(encoding="utf-8"))
    lock.write_text(found["uv"] + found["uv-build"], encoding="utf-8")
    environment = Environment(root / ".venv", lock)
    environment.make()
    return environment


@pytest.fixture
def environment(made: Environment, monkeypatch: pytest.MonkeyPatch) -> Iterator[Environment]:
    """That environment, from now on without a network, nor commands of others on PATH; and then as it was."""
    kept = made.folder.parent / "kept"
    shutil.copytree(made.folder.parent / "tools", kept)
    monkeypatch.setenv("PATH", os.defpath)
    for name, value in OFFLINE.items():
        monkeypatch.setenv(name, value)
    yield made
    shutil.rmtree(made.folder.parent / "tools")
    kept.rename(made.folder.parent / "tools")
    if not made.is_complete():
        made.make()


def installed(environment: Environment) -> dict[str, str]:
    """The version of each tool that can be imported there, from outside the clone, and whose metadata are there."""
    names = ["azure-pipelines-local", "azureml-offline", "gx-duckdb"]
    command = [str(environment.python), "-I", "-c", LOOK, *names]
    found: dict[str, str] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return found


def command_of(environment: Environment, tool: str) -> Path:
    return environment.python.parent / tool


def release(tool: Path, version: str) -> None:
    """Change the version of the tool in the clone."""
    metadata = tool / "pyproject.toml"
    text = metadata.read_text(encoding="utf-8")
    now = next(line for line in text.splitlines() if line.startswith("version = "))
    metadata.write_text(text.replace(now, f'version = "{version}"'), encoding="utf-8")


def test_a_new_environment_has_every_tool_of_the_clone(environment: Environment) -> None:
    assert installed(environment).keys() == {tool.name for tool in find_tools(environment.folder.parent)}
    assert command_of(environment, TOOL).exists()


def test_a_new_version_of_a_tool_is_installed_without_a_network(environment: Environment) -> None:
    release(environment.folder.parent / "tools" / TOOL, "7.8.9")
    assert not environment.is_complete()
    environment.make()
    assert installed(environment)[TOOL] == "7.8.9"


def test_a_changed_file_of_a_tool_counts_at_once(environment: Environment) -> None:
    init = environment.folder.parent / "tools" / TOOL / "src" / "azureml_offline" / "__init__.py"
    init.write_text("raise ImportError", encoding="utf-8")
    assert environment.is_complete()
    assert TOOL not in installed(environment)


@pytest.mark.parametrize("rest", ["", "src/azureml_offline/__pycache__"], ids=["whole", "but for bytecode"])
def test_a_deleted_tool_leaves_the_environment_and_a_restored_one_comes_back(
    environment: Environment, rest: str
) -> None:
    folder = environment.folder.parent / "tools" / TOOL
    before = installed(environment)
    moved = folder.rename(environment.folder.parent / "elsewhere")
    if rest:  # what git leaves, since it does not know it
        (folder / rest).mkdir(parents=True)
    assert not environment.is_complete()
    environment.make()
    assert installed(environment).keys() == before.keys() - {TOOL}
    assert not command_of(environment, TOOL).exists()
    shutil.rmtree(folder, ignore_errors=True)
    moved.rename(folder)
    environment.make()
    assert installed(environment) == before


def test_a_clone_that_was_moved_uses_the_tools_of_its_new_place(environment: Environment) -> None:
    root = environment.folder.parent
    moved = root.rename(root.parent / "moved")
    there = Environment(moved / ".venv", moved / environment.lock.name)
    assert not there.is_complete()
    there.make()
    assert TOOL in installed(there)
    moved.rename(root)


def test_pip_installs_the_tools_where_uv_cannot(environment: Environment, capfd: pytest.CaptureFixture[str]) -> None:
    (uv,) = environment.folder.glob("lib/python*/site-packages/uv/__main__.py")
    text = uv.read_text(encoding="utf-8")
    uv.write_text("raise SystemExit('uv cannot')", encoding="utf-8")
    release(environment.folder.parent / "tools" / TOOL, "7.8.9")
    environment.make()
    uv.write_text(text, encoding="utf-8")
    assert installed(environment)[TOOL] == "7.8.9"
    assert "uv could not install the packages of tools/: trying with pip" in capfd.readouterr().err


def pip_section(repository: Path) -> list[str]:
    """What conda hands to pip from environment.yml, a line each, to be read in the folder of that file."""
    conda = yaml.safe_load((repository / pins.ENVIRONMENT_A).read_text(encoding="utf-8"))
    lines: list[str] = conda["dependencies"][-1]["pip"]
    return lines


def test_conda_installs_the_same_tools(environment: Environment, repository: Path) -> None:
    lines = pip_section(repository)
    named = map(Requirement, (line for line in lines if not line.startswith("-")))
    versions = {each.name: str(each.specifier) for each in named}
    assert all(version.startswith("==") for version in versions.values())
    ours = [line for line in lines if line.startswith("-")] + [f"uv{versions['uv']}"]
    root = environment.folder.parent
    (root / "condaenv.txt").write_text("\n".join(ours), encoding="utf-8")
    release(root / "tools" / TOOL, "7.8.9")
    pip = [str(environment.python), "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"]
    path = os.pathsep.join([str(environment.python.parent), os.environ["PATH"]])  # as in an activated environment
    subprocess.run([*pip, "-r", "condaenv.txt"], cwd=root, env=os.environ | {"PATH": path}, check=True)
    assert installed(environment)[TOOL] == "7.8.9"
    assert len(ours) == len(find_tools(root)) + 1
