"""What the pipelines have in common with the rest of the project; `invoke ado --check` says what is wrong in them."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nox
import pytest
import yaml
from azure_pipelines_local import Project, expand

import noxfile
import tasks

pytestmark = pytest.mark.unmeasured

ROOT = Path(tasks.__file__).parent
FOLDER = ROOT / "azure-pipelines"
CALL = "python noxfile.py -s "


def expanded(root: Path, name: str) -> Any:
    return yaml.safe_load(expand(Project(root), f"{FOLDER.name}/{name}"))


def scripts(node: Any) -> Iterator[str]:
    """Every script of the pipeline, wherever its steps stand."""
    for key, value in node.items() if isinstance(node, dict) else ():
        if key == "script":
            yield value
        else:
            yield from scripts(value)
    for each in node if isinstance(node, list) else ():
        yield from scripts(each)


def test_continuous_integration_runs_every_default_session_once() -> None:
    assert noxfile.__doc__  # importing it has set the options
    lines = [line.strip() for script in scripts(expanded(ROOT, "ci.yml")) for line in script.splitlines()]
    calls = [line.removeprefix(CALL).partition(" -- ")[0] for line in lines if line.startswith(CALL)]
    assert sorted(" ".join(calls).split()) == sorted(nox.options.sessions or ())


def test_every_name_in_azure_devops_stands_in_the_list_of_what_must_exist() -> None:
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    for environment in ("dev", "prd"):
        names = yaml.safe_load((FOLDER / "variables" / f"{environment}.yml").read_text(encoding="utf-8"))["variables"]
        assert (ROOT / "configuration" / "environments" / f"{environment}.yaml").is_file()
        assert [name for name in names.values() if name and f"`{name}`" not in page] == []


@pytest.mark.parametrize(
    ("environment", "pool"), [("dev", [None, "$(image)"]), ("prd", ["closed", None])], ids=["Microsoft's", "own"]
)
def test_each_environment_trains_on_the_agents_that_its_variables_name(
    environment: str, pool: list[str | None], tmp_path: Path
) -> None:
    shutil.copytree(FOLDER, tmp_path / FOLDER.name)
    variables = tmp_path / FOLDER.name / "variables" / "prd.yml"
    text = variables.read_text(encoding="utf-8")
    variables.write_text(text.replace("agent_pool: ''", "agent_pool: closed"), encoding="utf-8")
    stages = expanded(tmp_path, "train.yml")["stages"]
    (job,) = next(stage for stage in stages if stage["stage"] == environment)["jobs"]
    assert [job["pool"].get(key) for key in ("name", "vmImage")] == pool
