"""The drill: a team has renamed the use case everywhere, and takes a new version of the tools from the template."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from operation.bootstrap import find_tools
from operation.tests.clones import IDENTITY, git
from operation.tests.integration.tools.conftest import Clone, commit, environment_of, run

NEW = "7.8.9"
LOOK = """
import sys
from importlib import import_module, metadata

for name in sys.argv[1:]:
    package = name.replace("-", "_")
    print(name, metadata.version(name), import_module(package + ".added").__name__)
"""


@dataclass(frozen=True)
class Drill:
    """A team's repository, on its branch with another use case; `upstream` is the template's, with new tools."""

    team: Path
    upstream: str
    deleted: tuple[str, ...]


@pytest.fixture
def drill(clone: Clone) -> Drill:
    folder = clone()
    if not find_tools(folder):
        pytest.skip("there is no folder in tools/")
    git(folder, "switch", "--quiet", "--create", "upstream")
    deleted = tuple(release(tool) for tool in find_tools(folder))
    commit(folder, "Release the tools")
    git(folder, "switch", "--quiet", "--create", "team", "HEAD~1")
    rename_use_case(folder)
    commit(folder, "Tell which customers leave")
    return Drill(folder, "upstream", deleted)


def release(tool: Path) -> str:
    """Change, add and delete files of the tool, and raise its version; gives the path of the deleted one."""
    metadata = tool / "pyproject.toml"
    text = metadata.read_text(encoding="utf-8")
    metadata.write_text(re.sub(r'^version = ".*"', f'version = "{NEW}"', text, count=1, flags=re.MULTILINE), "utf-8")
    (package,) = (path.parent for path in tool.glob("src/*/__init__.py"))
    with (package / "__init__.py").open("a", encoding="utf-8") as init:
        init.write("\n# The next version.\n")
    (package / "added.py").write_text('"""New in this version."""\n', encoding="utf-8")
    gone = sorted(tool.glob("tests/**/test_*.py"))[0]
    gone.unlink()
    return gone.relative_to(tool.parents[1]).as_posix()


def rename_use_case(folder: Path) -> None:
    """Write customers for parcels in everything that the team owns: names of files and folders, code, YAML, pages."""
    for name in git(folder, "ls-files", ":!tools", ":!*.lock", ":!*.svg", ":!*.png").splitlines():
        path, other = folder / name, folder / renamed(name)
        text = path.read_text(encoding="utf-8")
        path.unlink()
        other.parent.mkdir(parents=True, exist_ok=True)
        other.write_text(renamed(text), encoding="utf-8")
    assert (folder / "src" / "customers").is_dir()


def renamed(text: str) -> str:
    return re.sub("parcel", "customer", re.sub("Parcel", "Customer", text))


def replaced(drill: Drill) -> None:
    """Take the folder of each tool whole, as from an archive of the new version."""
    for tool in find_tools(drill.team):
        name = tool.relative_to(drill.team).as_posix()
        git(drill.team, "rm", "-r", "--quiet", name)
        shutil.rmtree(tool, ignore_errors=True)
        archive = drill.team.parent / "new.zip"
        git(drill.team, "archive", f"--output={archive}", drill.upstream, name)
        shutil.unpack_archive(archive, drill.team)
    commit(drill.team, "Take new tools")


def merged(drill: Drill) -> None:
    """Take all that has changed in the template, which was in tools/ alone."""
    git(drill.team, *IDENTITY, "merge", "--quiet", "--no-edit", drill.upstream)


def test_new_versions_of_the_tools_are_taken_without_a_conflict_and_work(drill: Drill) -> None:
    before = git(drill.team, "rev-parse", "HEAD").strip()
    merged(drill)
    by_merge = git(drill.team, "rev-parse", "HEAD^{tree}")
    git(drill.team, "reset", "--hard", "--quiet", before)
    replaced(drill)
    assert git(drill.team, "rev-parse", "HEAD^{tree}") == by_merge
    changed = git(drill.team, "diff", "--name-only", before, "HEAD").splitlines()
    assert {*drill.deleted} < {*changed}
    assert all(name.startswith("tools/") for name in changed)
    python = environment_of(drill.team)
    names = [tool.name for tool in find_tools(drill.team)]
    command = [str(python), "-c", LOOK, *names]
    shown = subprocess.run(command, cwd=drill.team, capture_output=True, text=True, check=True).stdout
    assert shown.splitlines() == [f"{name} {NEW} {name.replace('-', '_')}.added" for name in names]
    for verb in ("--list", "ado --expand azure-pipelines/ci.yml", "emulator --help"):
        done = run(python, drill.team, "invoke", *verb.split())
        assert done.returncode == 0, done.stderr
