"""The version of the template and of each tool stands in several places, which agree; every tag is in the changelog."""

import re
import tomllib
from pathlib import Path

import pytest

from operation.execution.template.notes import sections
from operation.execution.template.source import NOTE, TEMPLATE, VERSION, version_of
from operation.git import ask
from operation.tools import ROOT, TOOLS

SETUP = re.compile(r'^    version="([^"]+)"', re.MULTILINE)


NOTE_TEXT = (ROOT / NOTE).read_text(encoding="utf-8")
SETUP_TEXT = (ROOT / "setup.py").read_text(encoding="utf-8")
# A team numbers its own project, and its changelog has sections of both.
IS_TEMPLATE = TEMPLATE in SETUP_TEXT and 'source: ""' in NOTE_TEXT
of_template = pytest.mark.skipif(not IS_TEMPLATE, reason="this repository was adopted, and numbers itself")


def releases(changelog: Path) -> list[str]:
    """The versions in a changelog, the newest first."""
    return [name for name, _ in sections(changelog.read_text(encoding="utf-8")) if name != "Unreleased"]


@of_template
def test_setup_note_and_changelog_name_the_same_version() -> None:
    assert SETUP.findall(SETUP_TEXT) == [version_of(NOTE_TEXT, "")] == releases(ROOT / "CHANGELOG.md")[:1]


def test_the_version_that_the_note_names_has_a_section() -> None:
    assert version_of(NOTE_TEXT, "") in releases(ROOT / "CHANGELOG.md")


@pytest.mark.parametrize("tool", [name for name in TOOLS if (ROOT / "tools" / name).is_dir()])
def test_a_tool_has_the_newest_version_of_its_changelog(tool: str) -> None:
    project = tomllib.loads((ROOT / "tools" / tool / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == releases(ROOT / "tools" / tool / "CHANGELOG.md")[0]


def test_versions_come_in_their_order() -> None:
    for changelog in (*[ROOT / "CHANGELOG.md"] * IS_TEMPLATE, *ROOT.glob("tools/*/CHANGELOG.md")):
        numbers = [tuple(map(int, name.split("."))) for name in releases(changelog)]
        assert numbers == sorted(numbers, reverse=True), changelog


@of_template
def test_every_tag_of_this_clone_has_a_section() -> None:
    listed = ask(ROOT, "tag").split()
    own = {tag.removeprefix("v") for tag in listed if VERSION.fullmatch(tag)}
    assert own <= set(releases(ROOT / "CHANGELOG.md"))
    for tool in TOOLS:
        there = {tag.removeprefix(f"{tool}-") for tag in listed if tag.startswith(f"{tool}-")}
        changelog = ROOT / "tools" / tool / "CHANGELOG.md"
        assert not changelog.is_file() or there <= set(releases(changelog))
