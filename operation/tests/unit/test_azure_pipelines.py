"""What the pipelines have in common with the rest of the project; `invoke ado --check` says what is wrong in them."""

import shutil
from pathlib import Path

import nox
import pytest
import yaml
from azure_pipelines_local.expansion.entry import expand
from azure_pipelines_local.model import read
from azure_pipelines_local.rules.cases import Case, Sources
from azure_pipelines_local.rules.script_lines import script_lines
from azure_pipelines_local.variants.kinds_of_run import BY_HAND

import noxfile
import tasks

ROOT = Path(tasks.__file__).parent
FOLDER = ROOT / "azure-pipelines"
CALL = "python noxfile.py -s "


def test_continuous_integration_runs_every_default_session_once() -> None:
    assert noxfile.__doc__  # importing it has set the options
    case = Case(read(expand(ROOT, "azure-pipelines/ci.yml", {}, BY_HAND.variables)), Sources(ROOT))
    calls = [line.text.removeprefix(CALL) for line in script_lines(case) if line.text.startswith(CALL)]
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
    stages = read(expand(tmp_path, "azure-pipelines/train.yml", {}, BY_HAND.variables)).stages
    (job,) = next(stage for stage in stages if stage.name == environment).jobs
    assert job.pool is not None
    assert [each and each.text for each in (job.pool.name, job.pool.image)] == pool
