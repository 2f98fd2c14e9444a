"""A sweep as a user meets it: real processes, prepared once, resumable, and blind to the test part."""

import json
import shutil
import signal
import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.compute
import pyarrow.parquet
import pytest

from operation.execution.sweep import sweep
from operation.tests.integration.conftest import Invoke, configured
from operation.tests.integration.verbs_at_work import at_work, wait_for
from operation.tests.processes import are_gone, children

SELECT_FROM, TEST_FROM = date(2013, 9, 1), date(2013, 11, 1)
ONE_VALUE_EACH = "{trees: [5], leaves: [7], learning_rate: [0.1], min_rows_per_leaf: [20]}"
ENOUGH, TOO_LITTLE = "1.0e-5", "1.0e-12"  # of a difference between the native model and ONNX, to agree
Record = Mapping[str, Any]


def grid(**parameters: str) -> list[str]:
    """Settings of a grid over these parameters, and one value of every other that the configuration names."""
    varied = [f"sweep.parameters.{name}={values}" for name, values in parameters.items()]
    others = [
        f"sweep.parameters.{name}=[{values[0]}]"
        for name, values in configured(Path("nowhere"), Path("nowhere")).sweep.parameters.items()
    ]
    return ["sweep.search=grid", *others, f"sweep.parameters={ONE_VALUE_EACH}", *varied]


def words(settings: list[str]) -> list[str]:
    return [word for setting in settings for word in ("--set", setting)]


def read(path: Path) -> Record:
    held: Record = json.loads(path.read_text(encoding="utf-8"))
    return held


def latest(outputs: Path) -> Record:
    return read(max((outputs / "parcels" / "sweeps").glob("*/sweep.json")))


def runs_of(outputs: Path) -> list[Path]:
    return sorted((outputs / "parcels" / "runs").iterdir())


@pytest.fixture(scope="module")
def swept(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Outputs of a sweep of three good trials, and of three whose models never agree closely enough."""
    outputs = tmp_path_factory.mktemp("swept")
    settings = grid(leaves="[7, 15, 31]", onnx_tolerance=f"[{ENOUGH}, {TOO_LITTLE}]")
    sweep.sweep(configured(sample, outputs, *settings), settings)
    return outputs


@pytest.fixture
def outputs(swept: Path, tmp_path: Path) -> Path:
    """A copy of them, for the test to change."""
    return Path(shutil.copytree(swept, tmp_path / "outputs"))


def good(record: Record) -> list[Record]:
    return [trial for trial in record["trials"] if trial["parameters"]["onnx_tolerance"] == float(ENOUGH)]


def test_each_trial_is_a_run_and_all_of_them_are_prepared_once(swept: Path) -> None:
    preparing, *trials = runs_of(swept)
    assert len(trials) == 6
    assert {run.name for run in trials} == {trial["run"] for trial in latest(swept)["trials"]}
    assert (preparing / "validate-raw.log").is_file()
    assert [run.name for run in runs_of(swept) if (run / "prepare.log").exists()] == [preparing.name]
    assert all((run / "prepared" / "train.parquet").is_file() for run in trials)


def test_no_trial_trains_or_is_compared_on_the_test_months(swept: Path) -> None:
    for trial in good(latest(swept)):
        days = {}
        for part in ("train", "test"):
            table = pyarrow.parquet.read_table(
                swept / "parcels" / "runs" / trial["run"] / "prepared" / f"{part}.parquet"
            )
            days[part] = pyarrow.compute.min_max(table["sent_date"]).as_py()
        assert days["train"]["max"] < SELECT_FROM == days["test"]["min"]
        assert days["test"]["max"] < TEST_FROM


def test_trials_that_fail_are_told_and_the_others_go_on(swept: Path) -> None:
    record = latest(swept)
    assert [trial["result"] for trial in record["trials"]] == ["done"] * 3 + ["failed"] * 3
    assert all("more than --onnx-tolerance 1e-12" in trial["failure"] for trial in record["trials"][3:])


def test_the_best_values_are_those_of_the_best_metric_that_the_runs_themselves_hold(swept: Path) -> None:
    record = latest(swept)
    found = {
        read(swept / "parcels" / "runs" / trial["run"] / "evaluation" / "metrics.json")["metrics"]["roc_auc"]: trial[
            "parameters"
        ]
        for trial in good(record)
    }
    assert record["best"] == found[max(found)]
    assert f"--set training.leaves={record['best']['leaves']}" in record["command"]
    (picture,) = (swept / "parcels" / "sweeps").glob("*/sweep.png")
    assert picture.stat().st_size > 10_000


def test_nothing_of_a_sweep_is_registered(swept: Path) -> None:
    assert read(swept / "parcels" / "mlflow" / "versions.json")["models"] == {}


def test_trials_stand_below_their_sweep_and_their_metrics_are_called_selection(swept: Path) -> None:
    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{swept / 'parcels' / 'mlflow' / 'mlflow.db'}")
    runs = client.search_runs([one.experiment_id for one in client.search_experiments()])
    (parent,) = [run for run in runs if run.data.tags["kind"] == "sweep"]
    trials = [run for run in runs if run.data.tags["kind"] == "trial"]
    assert len(trials) == 6
    assert {run.data.tags["mlflow.parentRunId"] for run in runs if run is not parent} == {parent.info.run_id}
    measured = [run.data.metrics for run in trials if run.info.status == "FINISHED"]
    best = max(metrics["selection/metrics.roc_auc"] for metrics in measured)
    assert parent.data.metrics["selection/metrics.roc_auc"] == best
    assert not any(name.startswith("evaluation/") for metrics in measured for name in metrics)
    assert parent.info.start_time == min(run.info.start_time for run in runs)
    assert {file.path for file in client.list_artifacts(parent.info.run_id)} == {"sweep.json", "sweep.png"}


def test_a_sweep_that_was_done_is_reused_without_a_step(invoke: Invoke, outputs: Path) -> None:
    before = runs_of(outputs)
    again = invoke("sweep", outputs, sets=grid(leaves="[7, 15, 31]", onnx_tolerance=f"[{ENOUGH}]"))
    assert again.returncode == 0, again.stderr
    assert runs_of(outputs) == before
    assert [trial["result"] for trial in latest(outputs)["trials"]] == ["reused"] * 3
    assert "none of the test part" in again.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="this signal is POSIX's")
def test_an_interrupted_sweep_goes_on_where_it_was(invoke: Invoke, sample: Path, outputs: Path) -> None:
    settings = grid(leaves="[7, 15, 31]", trees="[6]")
    with at_work("sweep", sample, outputs, *words(settings)) as process:
        wait_for(process, "trial")
        steps = children(process.pid)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
        assert process.stdout is not None
        assert "To go on from there, give the same command again." in process.stdout.read()
        assert are_gone(*steps)
    again = invoke("sweep", outputs, sets=settings)
    assert again.returncode == 0, again.stderr
    results = [trial["result"] for trial in latest(outputs)["trials"]]
    assert len(results) == 3
    assert 1 <= results.count("reused") < 3
    assert set(results) == {"reused", "done"}


def test_a_sweep_in_which_every_trial_fails_ends_with_an_error(invoke: Invoke, outputs: Path) -> None:
    failed = invoke("sweep", outputs, sets=grid(onnx_tolerance=f"[{TOO_LITTLE}]"))
    assert failed.returncode == 1
    assert "None of the 1 trials succeeded" in failed.stderr
    assert "more than --onnx-tolerance" in failed.stdout


def test_a_sweep_on_bad_data_is_refused_before_any_trial(invoke: Invoke, sample: Path, tmp_path: Path) -> None:
    source, outputs = tmp_path / "bad", tmp_path / "outputs"
    shutil.copytree(sample, source)
    parcels = pyarrow.parquet.read_table(source / "parcels.parquet")
    column = parcels.column_names.index("distance")
    negative = pyarrow.compute.negate(parcels["distance"])
    pyarrow.parquet.write_table(parcels.set_column(column, "distance", negative), source / "parcels.parquet")
    refused = invoke("sweep", outputs, sets=[f"data.source={source}"])
    assert refused.returncode == 1
    assert "distance" in refused.stdout
    assert "trial" not in refused.stdout
