"""Which files of any repository are pipelines."""

from pathlib import Path

import pytest
from azure_pipelines_local.checking.entries import find
from azure_pipelines_local.errors import PipelinesLocalError

STEPS = "steps: [{script: echo hello}]\n"


def repository(folder: Path, *names: str, **texts: str) -> Path:
    files = dict.fromkeys(names, STEPS) | {
        name.replace("__", "/").replace("_", "."): text for name, text in texts.items()
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    "name",
    [
        "azure-pipelines.yml",
        "azure-pipelines.yaml",
        ".azure-pipelines.yml",
        "azure-pipelines/a.yml",
        ".azure-pipelines/a.yml",
        ".azuredevops/a.yml",
        ".pipelines/a.yaml",
    ],
)
def test_a_pipeline_is_found_in_each_usual_place(name: str, tmp_path: Path) -> None:
    assert find(repository(tmp_path, name, "src/other.yml")).entries == [name]


def test_a_template_beside_the_pipelines_is_none(tmp_path: Path) -> None:
    root = repository(tmp_path, ".azuredevops/t.yml")
    (root / ".azuredevops" / "p.yml").write_text("steps: [{template: t.yml}]\n", encoding="utf-8")
    (root / ".azuredevops" / "old.yml").write_text(f"parameters: {{a: b}}\n{STEPS}", encoding="utf-8")
    found = find(root)
    assert found.entries == [".azuredevops/p.yml"]
    assert sorted(found.documents) == [".azuredevops/old.yml", ".azuredevops/p.yml", ".azuredevops/t.yml"]


def test_templates_elsewhere_are_read_with_the_pipeline_that_uses_them(tmp_path: Path) -> None:
    root = repository(tmp_path, "ci/t.yml", "ci/unused.yml")
    (root / "azure-pipelines.yml").write_text("steps: [{template: ci/t.yml}]\n", encoding="utf-8")
    assert sorted(find(root).documents) == ["azure-pipelines.yml", "ci/t.yml"]


def test_files_and_folders_that_are_given_are_taken_alone(tmp_path: Path) -> None:
    root = repository(tmp_path, "azure-pipelines.yml", "ci/a.yml", "ci/b.yml", "other.yml")
    assert find(root, ["other.yml", "ci"]).entries == ["other.yml", "ci/a.yml", "ci/b.yml"]
    assert find(root, [str(root / "ci"), "./other.yml"]).entries == ["ci/a.yml", "ci/b.yml", "other.yml"]


def test_data_beside_pipelines_are_left_alone(tmp_path: Path) -> None:
    root = repository(tmp_path, "azure-pipelines/p.yml")
    (root / "azure-pipelines" / "names.yaml").write_text("names: [a]\n", encoding="utf-8")
    (root / ".azuredevops").mkdir()
    (root / ".azuredevops" / "dependabot.yml").write_text("version: 2\nupdates: []\n", encoding="utf-8")
    assert find(root).entries == ["azure-pipelines/p.yml"]


def test_a_file_that_cannot_be_read_is_an_error_of_its_own(tmp_path: Path) -> None:
    root = repository(tmp_path, "azure-pipelines/p.yml")
    (root / "azure-pipelines" / "broken.yml").write_text("a: &b c\n", encoding="utf-8")
    found = find(root)
    assert found.entries == ["azure-pipelines/broken.yml", "azure-pipelines/p.yml"]
    assert "anchors" in str(found.errors[0])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([], "There is no pipeline to check in .*: azure-pipelines.yml, or files directly in azure-pipelines/"),
        (["none.yml"], "There is no file or folder none.yml in"),
        (["empty"], "There is no pipeline to check in empty: a folder has its pipelines directly in it"),
        (["../x.yml"], "is not in this repository"),
    ],
)
def test_where_there_is_no_pipeline_nothing_passes(given: list[str], message: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(PipelinesLocalError, match=message):
        find(tmp_path, given)
