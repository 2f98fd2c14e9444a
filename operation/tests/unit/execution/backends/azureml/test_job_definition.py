from pathlib import Path, PurePosixPath

import pytest

from operation.errors import OperationError
from operation.execution.backends.azureml import job_definition
from operation.execution.configuration.sections import ROOT
from operation.execution.training import pipeline
from operation.execution.values import Step
from operation.tests.parcels import load

STEPS = pipeline.steps(load("dev"), champion=True)
SENT = job_definition.split(STEPS).sent


def step(name: str, script: str, takes: str, puts: str) -> Step:
    return Step(name, script, {}, {"--data": takes}, {"--output": puts})


def test_validation_runs_here_and_the_core_scripts_in_the_job() -> None:
    parts = job_definition.split(STEPS)
    assert [each.name for each in parts.before] == ["validate-raw"]
    assert [each.name for each in parts.sent] == ["prepare", "train", "evaluate"]
    assert [each.name for each in parts.after] == ["validate-prepared"]


def test_what_needs_a_step_after_the_job_comes_after_it_too() -> None:
    sent = step("prepare", "src/prepare.py", "raw", "prepared")
    checked = step("check", "operation/check", "prepared", "checked")
    parts = job_definition.split([sent, checked, step("report", "operation/report", "checked", "report")])
    assert [each.name for each in parts.after] == ["check", "report"]


def test_a_job_needs_what_none_of_its_steps_puts_out() -> None:
    assert job_definition.find_inputs(SENT) == ["raw", "champion"]


def test_the_same_files_go_to_the_same_place_and_others_elsewhere() -> None:
    first = job_definition.blob_prefix({"a.parquet": "1", "b.parquet": "2"})
    assert first == job_definition.blob_prefix({"b.parquet": "2", "a.parquet": "1"})
    assert first != job_definition.blob_prefix({"a.parquet": "1", "b.parquet": "3"})


def test_a_job_reads_inputs_and_writes_outputs_below_its_folder() -> None:
    job = job_definition.describe_job("::1", SENT, {"raw": "mlops/aa", "champion": "mlops/bb"}, threads=2)
    prepare, _, evaluate = job["steps"]
    assert prepare["argv"][:5] == ["prepare.py", "--data", "inputs/mlops/aa", "--output", "outputs/prepared"]
    assert evaluate["argv"][evaluate["argv"].index("--champion") + 1] == "inputs/mlops/bb"
    assert job["inputs"] == ["mlops/aa", "mlops/bb"]
    assert job["variables"]["OMP_NUM_THREADS"] == "2"


def test_a_job_names_no_path_of_this_machine() -> None:
    job = job_definition.describe_job("::1", SENT, {"raw": "mlops/aa", "champion": "mlops/bb"}, threads=1)
    words = [word for each in job["steps"] for word in each["argv"]]
    assert [word for word in words if PurePosixPath(word).is_absolute() or str(ROOT) in word] == []


def test_the_core_scripts_travel() -> None:
    files = {file.relative_to(ROOT / "src").as_posix() for file in job_definition.list_code(ROOT / "src")}
    assert {"prepare.py", "learning/features.py"} < files


@pytest.mark.parametrize("cache", ["parcels/__pycache__", ".mypy_cache"])
def test_caches_stay_here(cache: str, tmp_path: Path) -> None:
    (tmp_path / cache).mkdir(parents=True)
    (tmp_path / cache / "kept").write_text("", encoding="utf-8")
    (tmp_path / "train.py").write_text("", encoding="utf-8")
    assert job_definition.list_code(tmp_path) == [tmp_path / "train.py"]


@pytest.mark.parametrize("name", [".env", ".env.dev", "key.pem", "id_rsa", "Client_Secret.txt", "credentials.json"])
def test_a_file_that_looks_like_a_secret_does_not_travel(name: str, tmp_path: Path) -> None:
    (tmp_path / "parcels").mkdir()
    (tmp_path / "parcels" / name).write_text("", encoding="utf-8")
    with pytest.raises(OperationError, match="looks like a secret") as raised:
        job_definition.list_code(tmp_path)
    assert name in str(raised.value)


def test_too_much_code_does_not_travel(tmp_path: Path) -> None:
    with (tmp_path / "data.bin").open("wb") as stream:
        stream.truncate(job_definition.LIMIT_BYTES + 1)
    with pytest.raises(OperationError, match=r"100 MB of code at most.*data\.bin"):
        job_definition.list_code(tmp_path)


def test_the_environment_is_the_one_of_train_yml() -> None:
    file = ROOT / "operation" / "configuration" / "train.yml"
    assert job_definition.read_environment(file) == job_definition.EnvironmentDefinition("train", file)


@pytest.mark.parametrize("text", ["", "name: train", "[1, 2]", "{"], ids=["empty", "no packages", "a list", "no yaml"])
def test_a_file_that_defines_no_environment_is_named(text: str, tmp_path: Path) -> None:
    file = tmp_path / "train.yml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(OperationError, match="conda environment"):
        job_definition.read_environment(file)
