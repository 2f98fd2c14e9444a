"""Which files a pattern of Azure Pipelines' tasks means."""

from pathlib import Path

import pytest
from azure_pipelines_local.running.machine.file_patterns import find_files, matches


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("work/a.xml", "work/deep/b.xml", "work/.hidden/c.xml", "other.xml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path / "work"


@pytest.mark.parametrize(
    ("patterns", "found"),
    [
        ("a.xml", ["a.xml"]),
        ("./a.xml", ["a.xml"]),
        ("deep/*.xml", ["deep/b.xml"]),
        ("**/*.xml", ["a.xml", "deep/b.xml"]),
        ("{a,deep/b}.xml", ["a.xml", "deep/b.xml"]),
        (".hidden/*", [".hidden/c.xml"]),
        ("deep/b.xml\n**/a.xml", ["deep/b.xml", "a.xml"]),
        ("**/*.xml\n!deep/**", ["a.xml"]),
        ("../other.xml", []),
        ("lost/*.xml", []),
    ],
)
def test_a_pattern_means_these_files_below_the_folder(patterns: str, found: list[str], folder: Path) -> None:
    assert find_files(folder, patterns) == [folder / name for name in found]


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("[a-c]", ["a"]),
        ("[!a-c]", ["[", "\\"]),
        ("[[a]", ["a", "["]),
        ("[a\\]", ["a", "\\"]),
        ("[z-a]", ["[z-a]"]),
        ("[!]", ["[!]"]),
        ("[", ["["]),
    ],
)
def test_brackets_mean_one_of_the_characters_in_them_or_themselves(pattern: str, names: list[str]) -> None:
    assert [name for name in ("a", "[", "\\", "[z-a]", "[!]") if matches(name, pattern)] == names


@pytest.mark.parametrize(
    ("name", "means"), [("a,b.xml", True), ("a", False), ("b.xml", False)], ids=["itself", "before", "after"]
)
def test_a_comma_separates_patterns_only_in_braces(name: str, means: bool) -> None:
    assert matches(name, "a,b.xml") is means
    assert matches(name, "{x,a,b.xml}") is not means


def test_a_comment_matches_nothing_and_two_exclamation_marks_take_nothing_away(tmp_path: Path) -> None:
    (tmp_path / "#a").touch()
    (tmp_path / "b").touch()
    assert find_files(tmp_path, "#a\n!!b") == [tmp_path / "b"]
