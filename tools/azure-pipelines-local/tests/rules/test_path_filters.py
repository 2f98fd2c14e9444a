"""A path filter matches a file that git knows."""

from pathlib import Path

import pytest
from azure_pipelines_local import model
from azure_pipelines_local.documents import yaml_reader
from azure_pipelines_local.documents.nodes import Mapping
from azure_pipelines_local.git import git
from azure_pipelines_local.rules.cases import Case, Sources
from azure_pipelines_local.rules.path_filters import dead_path_filters


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with two files that git knows, and one that it does not."""
    for name in ("src/parcels/[a].py", "docs/index.md", "notes/todo.md"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).touch()
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "src", "docs")
    return tmp_path


def found(root: Path, paths: str) -> list[str]:
    text = f"pr: {{paths: {paths}}}\nsteps: [{{script: invoke lint}}]\n"
    document = yaml_reader.parse(text, "ci.yml")
    assert isinstance(document, Mapping)
    return [str(each) for each in dead_path_filters(Case(model.read(document), Sources(root)))]


@pytest.mark.parametrize(
    "pattern",
    [
        *("src", "/src/", "/", "*", "**", "src/*", "src/**", "src/**/[a].py", "**/*.py", "*/parcels"),
        *("src/?arcels/*", "**/parcels/**/*.py", "docs/**.md", "docs/index.md"),
    ],
)
def test_a_filter_that_matches_a_file_or_a_folder_passes(root: Path, pattern: str) -> None:
    assert found(root, f"{{include: ['{pattern}']}}") == []
    assert found(root, f"{{exclude: '{pattern}'}}") == []


@pytest.mark.parametrize(
    "pattern",
    [
        *("source", "src/**.py", "**/nosuch*.qq", "*.py", "src/*.py", "Docs", "doc", "src/parcel?/a", "src/[p]arcels"),
        *("notes", "notes/todo.md", "../src", "a" * 5000, "*a" * 5000, "**/" * 300 + "x", "**/*/" * 100 + "x"),
    ],
    ids=lambda each: each[:20],
)
def test_a_filter_that_matches_nothing_that_git_knows_is_reported(root: Path, pattern: str) -> None:
    (finding,) = found(root, f"{{include: [docs, '{pattern}']}}")
    assert finding.startswith("ci.yml:1:30: the path filter ")
    assert "matches no tracked file; fix or remove it." in finding
    assert len(finding) < 320
