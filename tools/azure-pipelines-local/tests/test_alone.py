"""The command needs nothing but what pyproject.toml names, in any repository."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from azure_pipelines_local.git import git
from running.conftest import IDENTITY

NEEDED = {"yaml", "_yaml", "rich", "pygments", "markdown_it", "mdurl"}  # PyYAML, and rich with what it needs itself
ALONE = """
import sys
from importlib.abc import MetaPathFinder

class Alone(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        first = name.partition(".")[0]
        if first not in sys.stdlib_module_names and first not in NEEDED:
            raise ImportError(f"{name} is no dependency")

NEEDED = {*sys.argv.pop(1).split(","), "azure_pipelines_local"}
sys.meta_path.insert(0, Alone())
from azure_pipelines_local.__main__ import main
raise SystemExit(main(sys.argv[1:]))
"""
PIPELINE = """steps:
- script: echo $(Build.Reason) | tr a-z A-Z
- task: UsePythonVersion@0
  inputs: {versionSpec: 3.x}
"""


def test_the_dependencies_are_those_that_are_declared() -> None:
    text = (Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8")
    assert [each.partition(">")[0] for each in tomllib.loads(text)["project"]["dependencies"]] == ["PyYAML", "rich"]


@pytest.mark.parametrize("words", [["check"], ["expand", "azure-pipelines.yml"], ["run", "azure-pipelines.yml"]])
def test_a_command_imports_no_other_package(words: list[str], tmp_path: Path) -> None:
    (tmp_path / "azure-pipelines.yml").write_text(PIPELINE, encoding="utf-8")
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    git(tmp_path, "add", ".")
    git(tmp_path, *IDENTITY, "commit", "--quiet", "--message", "Add a pipeline")
    command = [sys.executable, "-c", ALONE, ",".join(NEEDED), *words]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout
