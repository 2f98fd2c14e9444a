"""One list of what must exist: the pipelines, their variables and the page of the folder agree with it."""

from pathlib import Path

import pytest
import yaml

from operation.errors import OperationError
from operation.execution.doctor.azure_devops.required import read_required


@pytest.fixture
def folder(repository: Path) -> Path:
    return repository / "azure-pipelines"


def variables(folder: Path, ending: str) -> set[str]:
    """The values of the variables whose names end so, in the files of the environments."""
    files = [yaml.safe_load(file.read_text(encoding="utf-8"))["variables"] for file in folder.glob("variables/*.yml")]
    return {value for values in files for name, value in values.items() if name.endswith(ending)}


def rows(folder: Path) -> dict[tuple[str, str], str]:
    """Each row of the page's table by what and name (of a pipeline, the file): the last cell."""
    page = (folder / "README.md").read_text(encoding="utf-8")
    section = page.partition("## What must exist in Azure DevOps")[2].partition("\n## ")[0]
    cells = [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in section.splitlines() if "|" in line]
    return {(what, file if what == "pipeline" else name): so for what, name, file, so in cells[2:]}


def test_every_entry_pipeline_is_in_the_list(folder: Path, repository: Path) -> None:
    files = {file.relative_to(repository).as_posix() for file in folder.glob("*.yml")}
    wanted = read_required()
    assert {*wanted.pipelines, *wanted.optional_pipelines} == files


def test_service_connections_are_those_of_the_variables(folder: Path) -> None:
    assert {one.name for one in read_required().service_connections} == variables(folder, "connection")


def test_environments_are_those_of_the_variables(folder: Path) -> None:
    assert {one.name for one in read_required().environments} == variables(folder, "environment")


def test_each_is_for_a_pipeline_of_the_list() -> None:
    wanted = read_required()
    used = {one.pipeline for one in (*wanted.service_connections, *wanted.environments)}
    assert used <= {*wanted.pipelines, *wanted.optional_pipelines}


def test_the_table_of_the_page_has_the_same_rows_with_the_same_checks(folder: Path) -> None:
    wanted, documented = read_required(), rows(folder)
    guarded = [("service connection", one) for one in wanted.service_connections]
    guarded += [("environment", one) for one in wanted.environments]
    listed = {("pipeline", file) for file in (*wanted.pipelines, *wanted.optional_pipelines)} | {
        (what, one.name) for what, one in guarded
    }
    assert {key for key in documented if key[0] != "variable groups, secrets"} == listed
    for what, one in guarded:
        assert all(
            (f'"{check}"' in documented[what, one.name]) == (check in one.checks)
            for check in ("approvals", "branch control", "exclusive lock")
        )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("service_connections: []\n", "environments: field required"),
        (
            "environments: []\nservice_connections: [{name: a, pipeline: b, checks: [lock]}]\n",
            "checks.0: input",
        ),
    ],
    ids=["missing", "unknown-check"],
)
def test_a_list_of_another_form_is_refused_by_its_key(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "required.yaml").write_text(
        f"pipelines: []\noptional_pipelines: []\nkeep_runs_days: 30\n{text}", encoding="utf-8"
    )
    with pytest.raises(OperationError, match=message):
        read_required(tmp_path / "required.yaml")
