"""What Microsoft's own samples call, written anew: Azure/MachineLearningNotebooks, a test for each notebook.

Their data, models and pictures are left out, and so are HyperDrive, pipelines and data sets, which the offline
workspace refuses by name: `test_application.py` of the tool.
"""

import json
from pathlib import Path

import pytest
import requests
from azureml.core import ComputeTarget, Environment, Experiment, Model, Run, ScriptRunConfig, Webservice, Workspace
from azureml.core.compute import AmlCompute
from azureml.core.compute_target import ComputeTargetException
from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.model import InferenceConfig
from azureml.core.webservice import AciWebservice

pytestmark = [
    pytest.mark.filterwarnings("ignore:(?s).*CLI/SDK v2:FutureWarning"),
    pytest.mark.usefixtures("hasty"),
]
TRAIN = """
import argparse, os
from azureml.core.run import Run
parser = argparse.ArgumentParser()
parser.add_argument("--alpha", type=float)
run, asked = Run.get_context(), parser.parse_args()
os.makedirs("outputs", exist_ok=True)
with open("outputs/ridge.txt", "w") as file:
    file.write(str(asked.alpha))
run.log("alpha", asked.alpha)
run.log("mse", (asked.alpha - 0.4) ** 2)
run.tag("kind", "ridge")
run.flush()
"""
SCORE = """
import json, os
def init():
    global alpha
    with open(os.path.join(os.environ["AZUREML_MODEL_DIR"], "ridge.txt")) as file:
        alpha = float(file.read())
def run(raw):
    try:
        return [alpha * one for one in json.loads(raw)["data"]]
    except Exception as error:
        return {"error": str(error)}
"""


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("source")
    (made / "train.py").write_text(TRAIN, encoding="utf-8")
    (made / "score.py").write_text(SCORE, encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def trained(hasty: None, workspace: Workspace, source: Path) -> Run:
    """The run of the training script with an alpha, once for all samples that go on from there."""
    environment = Environment("sample")
    environment.python.conda_dependencies = CondaDependencies.create(pip_packages=[])
    job = ScriptRunConfig(
        str(source), script="train.py", arguments=["--alpha", 0.5], compute_target="cpu", environment=environment
    )
    run = Experiment(workspace, "samples").submit(config=job)
    run.wait_for_completion(show_output=False)
    return run


def test_train_within_notebook(workspace: Workspace, folder: Path) -> None:
    """Source: how-to-use-azureml/training/train-within-notebook."""
    experiment = Experiment(workspace=workspace, name="within-notebook")
    parent = experiment.start_logging(snapshot_directory=None)
    for alpha in (0.1, 0.4, 0.9):
        with parent.child_run() as child:
            (folder / "model.txt").write_text(str(alpha), encoding="utf-8")
            child.log(name="alpha", value=alpha)
            child.log(name="mse", value=(alpha - 0.4) ** 2)
            child.upload_file(name="outputs/model.txt", path_or_stream="model.txt")
    parent.complete()
    metrics = {child.id: child.get_metrics() for child in parent.get_children()}
    best = min(metrics, key=lambda one: metrics[one]["mse"])
    model = Run(experiment, best).register_model(model_name="best", model_path="outputs/model.txt", tags={"area": "x"})
    assert (metrics[best]["alpha"], model.version, model.tags) == (0.4, 1, {"area": "x"})
    assert parent.get_status() == "Completed"


def test_train_on_amlcompute(workspace: Workspace, trained: Run, folder: Path) -> None:
    """Source: how-to-use-azureml/training/train-on-amlcompute."""
    name = "cpu-sample"
    with pytest.raises(ComputeTargetException, match="ComputeTargetNotFound"):
        ComputeTarget(workspace=workspace, name=name)
    configuration = AmlCompute.provisioning_configuration(vm_size="STANDARD_D2_V2", max_nodes=4)
    cluster = ComputeTarget.create(workspace, name, configuration)
    cluster.wait_for_completion(show_output=False, min_node_count=None, timeout_in_minutes=20)
    assert cluster.get_status().serialize()["scaleSettings"]["maxNodeCount"] == 4
    assert trained.get_metrics()["alpha"] == 0.5
    assert "outputs/ridge.txt" in trained.get_file_names()
    trained.download_file("outputs/ridge.txt", output_file_path=str(folder / "back.txt"))
    assert (folder / "back.txt").read_text(encoding="utf-8") == "0.5"
    cluster.delete()


def test_manage_runs(workspace: Workspace, trained: Run) -> None:
    """Source: how-to-use-azureml/track-and-monitor-experiments/manage-runs."""
    run, experiment = trained, Experiment(workspace, "samples")
    run.tag("quality", "fantastic run")
    run.add_properties({"author": "somebody"})
    assert run.get_tags() == {"kind": "ridge", "quality": "fantastic run"}
    assert [one.id for one in experiment.get_runs(tags={"quality": "fantastic run"})] == [run.id]
    assert [one.id for one in experiment.get_runs(properties={"author": "somebody"})] == [run.id]
    assert not list(experiment.get_runs(tags="worst run"))
    local = experiment.start_logging(snapshot_directory=None)
    local.fail(error_details="Let's fail")
    assert local.get_status() == "Failed"
    assert run.get_details()["runDefinition"]["script"] == "train.py"


def test_logging_api(workspace: Workspace) -> None:
    """Source: how-to-use-azureml/track-and-monitor-experiments/logging-api."""
    run = Experiment(workspace, "logging-api").start_logging(snapshot_directory=None)
    run.log(name="message", value="Hello from run!")
    run.log_list(name="Fibonacci", value=[0, 1, 1, 2, 3], description="a list")
    for angle in range(3):
        run.log_row(name="Cosine Wave", angle=angle, cos=angle / 2)
    run.log_table(name="Sine Wave", value={"angle": [0, 1], "sine": [0.0, 0.8]})
    run.complete()
    metrics = run.get_metrics()
    assert metrics["message"] == "Hello from run!"
    assert metrics["Fibonacci"] == [0, 1, 1, 2, 3]
    assert metrics["Cosine Wave"] == {"angle": [0, 1, 2], "cos": [0.0, 0.5, 1.0]}
    assert run.get_metrics(name="Sine Wave")["Sine Wave"]["sine"] == [0.0, 0.8]


def test_register_model_deploy_service(workspace: Workspace, trained: Run, source: Path) -> None:
    """Source: how-to-use-azureml/deployment/deploy-to-cloud/model-register-and-deploy."""
    trained.register_model("ridge", model_path="outputs/ridge.txt")
    model = Model(workspace, "ridge")
    inference = InferenceConfig(
        entry_script="score.py", source_directory=str(source), environment=Environment("my-environment")
    )
    configuration = AciWebservice.deploy_configuration(cpu_cores=1, memory_gb=1, auth_enabled=True)
    service = Model.deploy(workspace, "sample-service", [model], inference, configuration, overwrite=True)
    service.wait_for_deployment(show_output=False)
    assert service.run(json.dumps({"data": [1, 2]})) == [0.5, 1.0]
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {service.get_keys()[0]}"}
    answer = requests.post(service.scoring_uri, data=json.dumps({"data": [3]}), headers=headers, timeout=60)
    assert (answer.status_code, answer.json()) == (200, [1.5])
    service.update(tags={"a": "b"})
    assert Webservice(workspace, "sample-service").tags == {"a": "b"}
    service.delete()
    assert "sample-service" not in workspace.webservices


def test_secrets_in_a_job(workspace: Workspace, source: Path) -> None:
    """Source: how-to-use-azureml/manage-azureml-service/authentication-in-azureml and its use of the key vault."""
    workspace.get_default_keyvault().set_secret(name="project-name", value="weather")
    code = "from azureml.core import Run\nrun = Run.get_context()\n"
    code += "run.tag('found', str(len(run.get_secret(name='project-name'))))"
    (source / "secret.py").write_text(code, encoding="utf-8")
    job = ScriptRunConfig(str(source), script="secret.py", compute_target="cpu", environment=Environment("sample"))
    run = Experiment(workspace, "samples").submit(job)
    run.wait_for_completion()
    assert run.get_tags()["found"] == str(len("weather"))


def test_using_environments(workspace: Workspace) -> None:
    """Source: how-to-use-azureml/training/using-environments."""
    environment = Environment(name="myenv-sample")
    dependencies = CondaDependencies()
    dependencies.add_pip_package("pillow==12.0.0")
    environment.python.conda_dependencies = dependencies
    environment.environment_variables = {"MESSAGE": "Hello from Azure Machine Learning"}
    environment.register(workspace=workspace)
    again = Environment.get(workspace=workspace, name="myenv-sample")
    assert "pillow==12.0.0" in again.python.conda_dependencies.pip_packages
    assert again.environment_variables["MESSAGE"].startswith("Hello")
    assert [name for name in Environment.list(workspace) if name == "myenv-sample"] == ["myenv-sample"]
