"""A team that adopted any earlier version, and made it its own, gets the next one without a conflict, and all is green.

The versions are those of the changelog, taken from the history of this clone by their tags or by the commit that wrote
their section; a clone without history has none of them. One more is this very tree. The next version is this tree with
a change in everything that a team changes, too.
"""

import os
import re
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from operation.execution.new.replacement import PLACES
from operation.execution.template.source import NOTE
from operation.housekeeping.pins import PIP_SECTION
from operation.tests.adoption.conftest import NEXT, RELEASES, TEXT, THIS
from operation.tests.clones import git
from operation.tools import ROOT

pytestmark = pytest.mark.slow
NAME = "renamed"
GREEN = [f"operation/tests/unit/test_{name}.py" for name in ("docs", "architecture", "tasks", "noxfile")]
NO_INDEX = {"UV_OFFLINE": "1", "UV_CACHE_DIR": os.devnull}  # that locks are resolved is tested where it takes no minute


@dataclass(frozen=True)
class Adopted:
    """A repository after its update: where it is, its package and tool of before, and what was printed."""

    root: Path
    package: str
    tool: str
    printed: str


@pytest.fixture(scope="module", params=[*RELEASES, THIS])
def adopted(request: pytest.FixtureRequest, template: Path, tmp_path_factory: pytest.TempPathFactory) -> Adopted:
    """A copy of a version with a renamed package, other values and without a tool, after the update."""
    tag = f"v{request.param}"
    if not git(template, "tag", "--list", tag):
        pytest.skip(f"the history of this clone has no {tag}")
    root = tmp_path_factory.mktemp("adopted") / "a team's"
    root.mkdir()
    git(template, "archive", "--output", str(root.parent / "archive.tar"), tag)
    with tarfile.open(root.parent / "archive.tar") as archive:
        archive.extractall(root, filter="data")
    git(root, "init", "--quiet", "--initial-branch=main")
    for name, value in (("name", "A team"), ("email", "team@example.org")):
        git(root, "config", f"user.{name}", value)
    commit(root, "Copy the template")
    package = find_package(root)
    make_ones_own(root, package)
    tool = sorted(path.parent.name for path in root.glob("tools/*/pyproject.toml"))[0]
    git(root, "rm", "-r", "--quiet", f"tools/{tool}")
    commit(root, "Make it ours")
    given = ("--update", f"v{NEXT}", "--source", str(template), "--into", str(root), "--yes")
    printed = run(ROOT, "invoke", "template", *given)
    git(root, "switch", "--quiet", f"template-{NEXT}")
    return Adopted(root, package, tool, printed)


def commit(root: Path, message: str) -> None:
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", message)


def find_package(root: Path) -> str:
    """The package of the default use case; in the first version, of the only one."""
    named = yaml.safe_load((root / "configuration" / "configuration.yaml").read_text(encoding="utf-8")).get("use_case")
    return str(named or next(root.glob("src/*/schema.py")).parent.name)


def make_ones_own(root: Path, package: str) -> None:
    """Rename the package as a team does, in paths and imports, and change values of the configuration."""
    for place in PLACES:
        if (root / place.format(package)).exists():
            git(root, "mv", place.format(package), place.format(NAME))
    folders = "src|use_cases|data_validation|expectations|data|notebooks"
    named = rf"\b(from |import |use_case: |(?:{folders})[/.])({package})\b"
    pattern = re.compile(rf"{named}|(?<=[`(])({package})(?=/|\.md\b|(?:-features)?\.svg\b)")
    for path in git(root, "ls-files").splitlines():
        if path.endswith(TEXT) and not path.startswith(("tools/", "CHANGELOG")):
            text = (root / path).read_text(encoding="utf-8")
            new = pattern.sub(lambda found: f"{found[1] or ''}{NAME}", text)
            if path.startswith("configuration/"):
                new = re.sub(r"\bresamples: \d+", "resamples: 123", re.sub(r"\bseed: \d+", "seed: 7", new))
            if new != text:
                (root / path).write_text(new, encoding="utf-8")
    run(root, "ruff", "check", "--fix", "--quiet", "--select", "I", ".")


def run(folder: Path, *words: str) -> str:
    """What a command prints, which has to succeed."""
    command, environment = [sys.executable, "-m", *words], os.environ | NO_INDEX
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_nothing_has_to_be_merged_by_hand(adopted: Adopted) -> None:
    assert "\nTo merge by hand: 0\n" in adopted.printed, adopted.printed
    assert f"The package {adopted.package} is called {NAME} here" in adopted.printed


def test_what_the_team_changed_stays(adopted: Adopted) -> None:
    values = [yaml.safe_load(path.read_text()) for path in sorted((adopted.root / "configuration").rglob("*.yaml"))]
    assert 7 in [each.get("seed") for each in values]
    assert 123 in [each.get("evaluation", {}).get("resamples") for each in values]
    assert not (adopted.root / "src" / adopted.package).exists()
    assert not list((adopted.root / "tools").glob(f"{adopted.tool}/pyproject.toml"))
    assert f"\n  tools/{adopted.tool}  (deleted here, changed there)" in adopted.printed


def test_tools_and_locks_are_those_of_the_next_version(adopted: Adopted, template: Path) -> None:
    for path in git(template, "ls-tree", "-r", "--name-only", f"v{NEXT}", "tools").splitlines():
        if not path.startswith(f"tools/{adopted.tool}/"):
            assert git(adopted.root, "rev-parse", f"HEAD:{path}") == git(template, "rev-parse", f"v{NEXT}:{path}"), path
    assert (adopted.root / "requirements.lock").read_text(encoding="utf-8").endswith("# newer\n")
    assert PIP_SECTION in (adopted.root / "environment.yml").read_text(encoding="utf-8")


def test_what_came_in_the_package_goes_to_its_new_name(adopted: Adopted) -> None:
    for name in ("schema", "use_case"):
        assert (adopted.root / "src" / NAME / f"{name}.py").read_text(encoding="utf-8").endswith("the next version.\n")


def test_the_next_version_is_noted(adopted: Adopted) -> None:
    assert f"\nversion: {NEXT}\n" in (adopted.root / NOTE).read_text(encoding="utf-8")


def test_all_is_green(adopted: Adopted) -> None:
    run(adopted.root, "ruff", "check", "--fix", "--quiet", "--select", "I", ".")  # as the command says
    run(adopted.root, "ruff", "check", ".")
    assert "prepare" in run(adopted.root, "invoke", "train", "--plan")
    assert "passed" in run(adopted.root, "pytest", *GREEN, "-q", "-p", "no:cacheprovider")
