"""`invoke train` as a newcomer meets it: from raw data to a registered champion, and what comes after."""

import json
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from operation.errors import OperationError
from operation.execution.backends import Backend, connect
from operation.execution.configuration.sections import Configuration
from operation.execution.json_files import read_json
from operation.execution.monitoring import monitor
from operation.execution.monitoring.registered import read_registered
from operation.execution.registration import promote, register
from operation.execution.steps.recipe import hash_folder
from operation.execution.training import evaluate, train
from operation.execution.values import ModelVersion
from operation.monitoring.performance import UNKNOWN, clustering_of
from operation.tests.integration.conftest import Invoke, configured
from operation.tests.integration.test_reuse import ran

Result = subprocess.CompletedProcess[str]
BEFORE, CHAIN, CHECKS = ["data", "champion"], ["prepare", "train", "evaluate"], {"validate-raw", "validate-prepared"}
AFTER = ["record", "gate", "register"]


@pytest.fixture(scope="module")
def configuration(sample: Path, reused: str, tmp_path_factory: pytest.TempPathFactory) -> Configuration:
    """Two runs that differ by a tree, the larger model first."""
    configuration = configured(sample, tmp_path_factory.mktemp("outputs"), reused)
    train.train(configuration)
    train.train(configured(sample, configuration.common_outputs, reused, "training.trees=29"))
    return configuration


@pytest.fixture(scope="module")
def backend(configuration: Configuration) -> Backend:
    return connect(configuration)


@pytest.fixture(scope="module")
def versions(configuration: Configuration, backend: Backend) -> list[ModelVersion]:
    """The first run's, then the second's."""
    return sorted(backend.registry.versions(configuration.model), key=lambda model: model.version)


def test_the_first_model_becomes_champion(versions: list[ModelVersion]) -> None:
    first, _ = versions
    assert first.champion
    assert first.tags["verdict"] == "promote"
    assert float(first.tags["metric.roc_auc"]) > 0.65


def test_a_model_that_is_not_better_is_registered_and_no_champion(versions: list[ModelVersion]) -> None:
    _, second = versions
    assert (second.tags["verdict"], second.champion) == ("register", False)
    assert second.tags["reason"].startswith("not better")
    assert second.tags["compared_with"] == "1"


def test_force_runs_everything_again_to_the_same_bytes_and_no_new_version(
    invoke: Invoke,
    configuration: Configuration,
    backend: Backend,
    versions: list[ModelVersion],
    reused: str,
    tmp_path: Path,
) -> None:
    first = backend.runs.find(versions[0].run)
    result = invoke("train", configuration.common_outputs, "--force", "--explain", sets=[reused])
    assert result.returncode == 0, result.stderr
    assert ran(result.stdout) == {*CHAIN, *CHECKS}
    assert "ran because: it was asked for" in result.stdout
    assert "parcel-delays version 1 is this model, byte for byte: no new version" in result.stdout
    assert "parcel-delays version 1, the champion\n" in result.stdout
    assert "Comparisons  2 so far on this test part (2013-11-01 to 2013-12-31)" in result.stdout
    assert backend.registry.versions(configuration.model) == versions[::-1]
    run = backend.runs.find()
    assert first is not None
    assert run is not None
    assert run.id != first.id
    assert hash_folder(run.folder / "prepared") == hash_folder(first.folder / "prepared")
    backend.registry.fetch(versions[0], tmp_path / "first")
    for name in ("model.onnx", "features.json"):
        assert (run.folder / "model" / name).read_bytes() == (tmp_path / "first" / name).read_bytes()


def test_a_version_carries_its_whole_lineage(configuration: Configuration, versions: list[ModelVersion]) -> None:
    tags = versions[0].tags
    for name in ("data_sha256", "configuration_sha256", "lock_sha256"):
        assert re.fullmatch("[0-9a-f]{64}", tags[name])
    assert tags["configuration_sha256"] == configuration.sha256()
    assert {"git_commit", "git_dirty", "seed", "python", "verdict", "reason", "metric.log_loss"} <= set(tags)
    assert (tags["train_first_date"], tags["train_last_date"]) == ("2013-01-01", "2013-10-31")
    assert (tags["test_first_date"], tags["test_last_date"]) == ("2013-11-01", "2013-12-31")
    assert (tags["event"], tags["target"]) == ("overdue", "overdue")
    assert "overdue_after_hours=48" in tags["preparation"]


def test_a_version_holds_the_model_its_card_and_its_plots(
    backend: Backend, versions: list[ModelVersion], tmp_path: Path
) -> None:
    backend.registry.fetch(versions[1], tmp_path / "fetched")
    card = (tmp_path / "fetched" / "model_card.md").read_text(encoding="utf-8")
    for part in (
        versions[1].tags["data_sha256"],
        "## By courier",
        "roc_auc differs by ",
        "Comparisons: 1 so far on",
        "## Limits",
    ):
        assert part in card
    linked = re.findall(r"\]\((.*?)\)", card)
    assert len(linked) == 3
    assert all((tmp_path / "fetched" / plot).is_file() for plot in linked)
    assert read_json(tmp_path / "fetched" / "prepared.json")["test"]["first_date"] == "2013-11-01"


def test_the_run_shows_in_mlflow_with_parameters_metrics_and_plots(
    configuration: Configuration, versions: list[ModelVersion]
) -> None:
    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{configuration.outputs / 'mlflow' / 'mlflow.db'}")
    experiment = client.get_experiment_by_name(configuration.experiment)
    assert experiment is not None
    runs = client.search_runs([experiment.experiment_id])
    found = {run.info.run_name: run for run in runs}
    assert found.keys() >= {model.run for model in versions}
    run = found[versions[1].run]
    assert run.data.params["train.trees"] == "29"
    assert run.data.metrics["evaluation/metrics.roc_auc"] == float(versions[1].tags["metric.roc_auc"])
    plots = [file.path for file in client.list_artifacts(run.info.run_id, "evaluation")]
    assert len(plots) == 3
    assert (run.data.tags["kind"], run.data.tags["use_case"]) == ("train", "parcels")
    assert run.data.tags["verdict"] == versions[1].tags["verdict"]
    (logged,) = json.loads(run.data.tags["mlflow.log-model.history"])
    assert "python_function" in logged["flavors"]
    assert client.list_artifacts(run.info.run_id, logged["artifact_path"])
    data = {one.dataset.name: one.dataset.digest for one in run.inputs.dataset_inputs}
    assert data.keys() == {"parcels", "parcels-train", "parcels-test"}
    assert versions[1].tags["data_sha256"].startswith(data["parcels"])


def test_mlflow_shows_the_times_of_the_run_and_no_experiment_but_ours(
    configuration: Configuration, versions: list[ModelVersion]
) -> None:
    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{configuration.outputs / 'mlflow' / 'mlflow.db'}")
    (experiment,) = client.search_experiments()
    assert experiment.name == configuration.experiment
    (run,) = client.search_runs([experiment.experiment_id], f"attributes.run_name = '{versions[1].run}'")
    started = datetime.strptime(versions[1].run, "%Y%m%d-%H%M%S-%f").replace(tzinfo=UTC)
    assert run.info.start_time == int(started.timestamp() * 1000)
    last = configuration.outputs / "runs" / versions[1].run / "evaluation" / "metrics.json"
    assert run.info.end_time >= int(
        last.stat().st_mtime * 1000
    )  # the run ends after its last step, however fast that is


def test_the_card_of_a_version_says_what_rows_of_a_day_share(
    backend: Backend, versions: list[ModelVersion], tmp_path: Path
) -> None:
    backend.registry.fetch(versions[0], tmp_path / "model")
    found = clustering_of(read_registered(tmp_path / "model", "binary"))
    assert found.effect != UNKNOWN.effect
    assert found.daily > 0


def test_a_version_is_described_in_mlflow(configuration: Configuration, versions: list[ModelVersion]) -> None:
    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{configuration.outputs / 'mlflow' / 'mlflow.db'}")
    described = client.get_model_version(configuration.model, str(versions[1].version)).description
    assert versions[1].tags["reason"] in described
    assert f"Run {versions[1].run}" in described


def test_a_registered_run_is_not_registered_twice(
    invoke: Invoke, configuration: Configuration, versions: list[ModelVersion]
) -> None:
    result = invoke("register", configuration.common_outputs, "--run", versions[1].run)
    assert result.returncode == 1
    assert "is registered already, as parcel-delays version 2" in result.stderr


def test_an_evaluation_is_a_run_of_its_own_whose_model_is_no_new_version(
    invoke: Invoke, configuration: Configuration, backend: Backend, versions: list[ModelVersion]
) -> None:
    evaluated = invoke("evaluate", configuration.common_outputs, "--run", versions[0].run)
    assert evaluated.returncode == 0, evaluated.stderr
    run = re.search(r"invoke register --run (\S+)", evaluated.stdout)
    assert run
    registered = invoke("register", configuration.common_outputs, "--run", run[1])
    assert registered.returncode == 0, registered.stderr
    assert "parcel-delays version 1 is this model, byte for byte: no new version" in registered.stdout
    assert backend.registry.find(configuration.model, 3) is None


def test_a_person_promotes_another_version_and_goes_back(
    configuration: Configuration, backend: Backend, capsys: pytest.CaptureFixture[str]
) -> None:
    for version, before in ((2, 1), (1, 2)):
        promote.promote(configuration, version)
        assert f"version {version} is the champion now, in place of version {before}" in capsys.readouterr().out
        champion = backend.registry.find(configuration.model)
        assert champion is not None
        assert champion.version == version


def test_a_run_compared_with_a_former_champion_is_evaluated_again_before_it_is_judged(
    configuration: Configuration, backend: Backend, versions: list[ModelVersion]
) -> None:
    evaluate.evaluate(configuration, versions[0].run)
    promote.promote(configuration, 2)
    before = backend.registry.versions(configuration.model)
    with pytest.raises(OperationError, match=r"was compared with version 1, and the champion is now version 2"):
        register.register_run(configuration, None)
    assert backend.registry.versions(configuration.model) == before
    promote.promote(configuration, 1)


def test_the_card_describes_the_run_whatever_the_configuration_says_now(
    configuration: Configuration, backend: Backend, reused: str, sample: Path, tmp_path: Path
) -> None:
    too_high = "gate.at_least.roc_auc=0.95"
    trained = configured(sample, configuration.common_outputs, reused, "training.trees=28", too_high)
    with pytest.raises(OperationError, match=r"is below 0\.95"):
        train.train(trained)
    register.register_run(configuration, None)
    newest, *_ = backend.registry.versions(configuration.model)
    backend.registry.fetch(newest, tmp_path / "fetched")
    assert "| trees | 28 |" in (tmp_path / "fetched" / "model_card.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["model/model.onnx", "evaluation/metrics.json"])
@pytest.mark.parametrize("lost", [True, False], ids=["lost", "changed"])
def test_a_run_with_a_damaged_output_is_not_registered_and_done_again(
    configuration: Configuration,
    backend: Backend,
    reused: str,
    sample: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    lost: bool,
) -> None:
    too_high = "gate.at_least.roc_auc=0.95"
    refused = configured(sample, configuration.common_outputs, reused, "training.trees=27", too_high)
    with pytest.raises(OperationError, match=r"is below 0\.95"):
        train.train(refused)
    run = backend.runs.find()
    assert run is not None
    file = run.folder / name
    file.unlink() if lost else file.write_bytes(file.read_bytes() + b" ")
    before = backend.registry.versions(configuration.model)
    with pytest.raises(OperationError, match=f"{name} is (missing|damaged)"):
        register.register_run(configuration, run.id)
    assert backend.registry.versions(configuration.model) == before
    with pytest.raises(OperationError, match=r"is below 0\.95"):
        train.train(refused)
    assert f"Run {run.id} did this before and is passed over: " in capsys.readouterr().out
    again = backend.runs.find()
    assert again is not None
    assert again.id != run.id
    assert (again.folder / name).is_file()


def test_a_champion_that_was_trained_on_the_test_days_is_not_compared(
    sample: Path, reused: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train.train(configured(sample, tmp_path, reused, "split.test=last 17 days"))
    train.train(configured(sample, tmp_path, reused))
    printed = capsys.readouterr().out
    seen = "the champion has seen the test days 2013-11-01 to 2013-12-14: it was trained on them"
    assert f"register: cannot be compared: {seen}" in printed
    train.train(configured(sample, tmp_path, reused, "preparation.overdue_after_hours=45", "split.test=last 16 days"))
    assert "cannot be compared: the champion's rows prepared with " in (printed := capsys.readouterr().out)
    assert "overdue_after_hours=48" in printed


def test_many_rows_after_the_test_part_are_a_warning_that_names_the_key(
    sample: Path, reused: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    easier = ["gate.at_least.average_precision=0.2", "gate.at_least.roc_auc=0.55"]
    train.train(configured(sample, tmp_path, reused, "split.test=2013-11-01 to 2013-12-01", *easier))
    printed = capsys.readouterr().out
    assert re.search(r"^Warning +[\d,]+ rows, 8%, come after the test part .*split\.test", printed, re.M)


def test_a_registered_file_with_one_bit_flipped_stops_the_next_training_by_name(
    invoke: Invoke, configuration: Configuration
) -> None:
    contents = {
        file: file.read_bytes()
        for file in configuration.outputs.glob("mlflow/artifacts/*/artifacts/model-*/model.onnx")
    }
    for file, content in contents.items():  # the champion's is among them
        file.write_bytes(content[:1000] + bytes([content[1000] ^ 1]) + content[1001:])
    result = invoke("train", configuration.common_outputs, "--force")
    for file, content in contents.items():
        file.write_bytes(content)
    assert result.returncode == 1
    assert "model.onnx is damaged: its SHA-256 is not the one in sha256.json" in result.stderr


def test_models_lists_every_version(invoke: Invoke, configuration: Configuration, versions: list[ModelVersion]) -> None:
    printed = invoke("models", configuration.common_outputs).stdout
    assert "champion" in printed
    for model in versions:
        assert model.run in printed


@pytest.fixture(scope="module")
def watched(invoke: Invoke, tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, Path]:
    """A first training, and the folder where each of its Python processes reports itself, and where it connects to."""
    folder = tmp_path_factory.mktemp("watched")
    (folder / "sitecustomize.py").write_text(
        "import json, sys\n"
        "def hook(event, arguments):\n"
        "    if event in ('socket.connect', 'socket.getaddrinfo'):\n"
        f"        open({str(folder / 'calls')!r}, 'a').write(json.dumps([event, str(arguments)]) + '\\n')\n"
        "sys.addaudithook(hook)\n"
        f"open({str(folder / 'processes')!r}, 'a').write('x')\n"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(folder))
        return invoke("train", folder / "outputs"), folder


def test_in_a_pipe_each_step_is_a_plain_line(watched: tuple[Result, Path]) -> None:
    result, _ = watched
    assert result.returncode == 0, result.stderr
    assert "\x1b" not in result.stdout
    steps = re.findall(r"^([\w-]+) +done +\d+\.\d s", result.stdout, re.MULTILINE)
    assert [step for step in steps if step not in CHECKS] == [*BEFORE, *CHAIN, *AFTER]
    assert set(steps[2:-3]) == {*CHAIN, *CHECKS}
    assert "parcel-delays version 1, the champion now" in result.stdout
    assert result.stderr == ""


def test_a_plan_touches_nothing(invoke: Invoke, tmp_path: Path) -> None:
    result = invoke("train", tmp_path / "outputs", "--plan")
    assert result.returncode == 0
    assert "--learning-rate" in result.stdout  # and its value, perhaps on the next line of the cell
    assert not (tmp_path / "outputs").exists()


def test_nothing_is_sent_anywhere(watched: tuple[Result, Path]) -> None:
    _, folder = watched
    assert len((folder / "processes").read_text()) >= 4
    calls = (folder / "calls").read_text().splitlines() if (folder / "calls").exists() else []
    assert [call for call in map(json.loads, calls) if "localhost" not in call[1] and "127.0.0.1" not in call[1]] == []


def test_the_champion_is_monitored_by_the_rows_of_its_run(configuration: Configuration) -> None:
    monitor.monitor(configuration)
    look = next((configuration.outputs / "monitoring").glob("2*"))
    found = read_json(look / "decision.json")
    prepared = read_json(next(configuration.outputs.glob("runs/*/prepared/metrics.json")))
    assert found["window"]["rows"] == prepared["train"]["rows"] + prepared["test"]["rows"]
    assert found["decision"] == "wait"
    assert (look / "report.html").stat().st_size < 500_000
