"""One call of each public method of azureml.core that asks the service, in an order in which they find what they need.

`test_sdk_surface` makes them against the offline workspace, and writes what is served into the README of the tool.
"""

# mypy: disable-error-code="no-any-return"
import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from azureml.core import Dataset, Datastore, Environment, Experiment, Model, Run, ScriptRunConfig, Webservice, Workspace
from azureml.core.compute import AksCompute, AmlCompute, ComputeInstance, ComputeTarget
from azureml.core.keyvault import Keyvault
from azureml.core.model import InferenceConfig
from azureml.core.webservice import AciWebservice, AksEndpoint, AksWebservice
from azureml.data.azure_storage_datastore import AzureBlobDatastore

CLASSES = (
    Workspace, Experiment, Run, Environment, Model, Webservice, AciWebservice, AksWebservice, AksEndpoint,
    ComputeTarget, AmlCompute, AksCompute, ComputeInstance, Keyvault, Datastore, AzureBlobDatastore, Dataset,
)  # fmt: skip
Call = Callable[[Any], Any]
AKS = "aks"


def methods(kind: type) -> Iterator[str]:
    """Yield the public methods and properties that a class defines itself."""
    for name, value in vars(kind).items():
        if not name.startswith("_") and not inspect.isclass(value) and (callable(value) or hasattr(value, "__get__")):
            yield f"{kind.__name__}.{name}"


def prepare(workspace: Workspace, folder: Path) -> SimpleNamespace:
    """Make what the calls need."""
    source = folder / "source"
    source.mkdir()
    (source / "script.py").write_text("print('hello')\ndef init(): pass\ndef run(body): return body", encoding="utf-8")
    x = SimpleNamespace(ws=workspace, folder=folder, source=str(source), file=str(source / "script.py"))
    x.experiment = Experiment(workspace, "surface")
    x.run = x.experiment.start_logging(snapshot_directory=None)
    x.environment = Environment("surface")
    x.job = ScriptRunConfig(x.source, "script.py", compute_target="cpu", environment=x.environment)
    x.cluster = ComputeTarget(workspace, "cpu")
    workspace.get_default_keyvault().set_secret("known", "value")
    x.vault = workspace.get_default_keyvault()
    x.store = workspace.get_default_datastore()
    x.inference = InferenceConfig("script.py", source_directory=x.source, environment=x.environment)
    return x


def keep(x: SimpleNamespace, name: str, value: Any) -> Any:
    """Remember a value for later calls."""
    setattr(x, name, value)
    return value


def tidy(workspace: Workspace) -> None:
    """Delete what still runs."""
    for service in Webservice.list(workspace):
        if service.name.startswith("surface-"):
            service.delete()


def _figure(x: Any) -> None:
    (x.folder / "plot.png").write_bytes(b"\x89PNG\r\n\x1a\n")  # the current folder
    x.run.log_image("plot", path="plot.png")


def _deploy(x: Any, name: str, configuration: Any) -> Any:
    service = Model.deploy(x.ws, f"surface-{name.replace('_', '-')}", [x.model], x.inference, configuration)
    service.wait_for_deployment()
    return keep(x, name, service)


def _document(kind: str, version: str) -> str:
    return f'{{"schema_type": "{kind}", "schema_version": "{version}", "data": {{}}}}'


def _create(x: Any, name: str, configuration: Any) -> Any:
    made = ComputeTarget.create(x.ws, f"of-{name}", configuration)
    made.wait_for_completion()
    return keep(x, name, made)


def _attach(x: Any) -> Any:
    wanted = AksCompute.attach_configuration(resource_group="group", cluster_name="cluster")
    return keep(x, "attached", ComputeTarget.attach(x.ws, "surface-attached", wanted))


def _change_wildly(x: Any) -> Any:
    from azureml.core.compute.aks import AksUpdateConfiguration

    return x.kubernetes.update(AksUpdateConfiguration())


# What needs something that is not served, so that it cannot even be called: all else of a class, or a method.
NEEDS_REFUSED = (
    "ComputeInstance", "Dataset", "Datastore.register_azure_data_lake", "Datastore.register_azure_my_sql",
    "Datastore.register_azure_postgre_sql", "Datastore.register_azure_sql_database", "Datastore.register_dbfs",
    "Datastore.register_hdfs", "Model.add_dataset_references", "Model.profile", "Webservice.deploy",
    "Webservice.deploy_from_image", "Webservice.deploy_from_model", "Webservice.deploy_local_from_model",
    "Workspace.add_private_endpoint",
)  # fmt: skip
BROKEN = ("AksEndpoint.update", "AmlCompute.remove_identity")  # in azureml-core itself, before or when it asks
# What asks nothing, or what other methods of the table do under another class's name.
ASKS_NOTHING = (
    "AciWebservice.deploy_configuration", "AciWebservice.get_token", "AciWebservice.serialize", "AksCompute.attach",
    "AksCompute.attach_configuration", "AksCompute.deserialize", "AksCompute.serialize", "AksEndpoint.serialize",
    "AksWebservice.serialize", "AmlCompute.deserialize", "AmlCompute.detach", "AmlCompute.provisioning_configuration",
    "AmlCompute.serialize", "ComputeTarget.delete", "ComputeTarget.deserialize", "ComputeTarget.detach",
    "ComputeTarget.get_status", "ComputeTarget.refresh_state", "ComputeTarget.serialize",
    "ComputeTarget.wait_for_completion", "Environment.clone", "Environment.environment_variables",
    "Environment.from_conda_specification", "Environment.from_docker_build_context", "Environment.from_docker_image",
    "Environment.from_dockerfile", "Environment.from_existing_conda_environment", "Environment.from_pip_requirements",
    "Environment.load_from_directory", "Environment.save_to_directory", "Experiment.archived_time",
    "Experiment.from_directory", "Experiment.get_docs_url", "Experiment.id", "Experiment.name", "Experiment.tags",
    "Experiment.workspace", "Experiment.workspace_object", "Model.deserialize", "Model.print_configuration",
    "Model.serialize", "Run.add_type_provider", "Run.experiment", "Run.get_context", "Run.get_submitted_run", "Run.id",
    "Run.name", "Run.number", "Run.properties", "Run.tags", "Run.type", "Webservice.deserialize",
    "Webservice.get_token", "Webservice.run", "Webservice.serialize", "Webservice.update", "Workspace.discovery_url",
    "Workspace.get_mlflow_tracking_uri", "Workspace.location", "Workspace.name", "Workspace.resource_group",
    "Workspace.service_context", "Workspace.setup", "Workspace.sku", "Workspace.subscription_id", "Workspace.tags",
    "Workspace.write_config",
)  # fmt: skip
CALLS: dict[str, Call] = {
    "Workspace.get": lambda x: Workspace.get(x.ws.name, x.ws._auth, x.ws.subscription_id, x.ws.resource_group),
    "Workspace.list": lambda x: Workspace.list(x.ws.subscription_id, auth=x.ws._auth),
    "Workspace.from_config": lambda x: (
        x.ws.write_config(str(x.folder)),
        Workspace.from_config(str(x.folder), x.ws._auth),
    ),
    "Workspace.create": lambda x: Workspace.create(
        "new", x.ws._auth, x.ws.subscription_id, x.ws.resource_group, "westeurope", create_resource_group=False
    ),
    "Workspace.get_details": lambda x: x.ws.get_details(),
    "Workspace.compute_targets": lambda x: x.ws.compute_targets,
    "Workspace.datasets": lambda x: list(x.ws.datasets),
    "Workspace.datastores": lambda x: x.ws.datastores,
    "Workspace.environments": lambda x: x.ws.environments,
    "Workspace.experiments": lambda x: x.ws.experiments,
    "Workspace.images": lambda x: x.ws.images,
    "Workspace.linked_services": lambda x: x.ws.linked_services,
    "Workspace.models": lambda x: x.ws.models,
    "Workspace.private_endpoints": lambda x: x.ws.private_endpoints,
    "Workspace.webservices": lambda x: x.ws.webservices,
    "Workspace.diagnose_workspace": lambda x: x.ws.diagnose_workspace({"value": {}}),
    "Workspace.get_default_compute_target": lambda x: x.ws.get_default_compute_target("CPU"),
    "Workspace.get_default_datastore": lambda x: x.ws.get_default_datastore(),
    "Workspace.get_default_keyvault": lambda x: x.ws.get_default_keyvault(),
    "Workspace.get_run": lambda x: x.ws.get_run(x.run.id),
    "Workspace.get_connection": lambda x: x.ws.get_connection("a"),
    "Workspace.list_connections": lambda x: x.ws.list_connections(),
    "Workspace.set_connection": lambda x: x.ws.set_connection("a", "PythonFeed", "https://a", "PAT", "{}"),
    "Workspace.delete_connection": lambda x: x.ws.delete_connection("a"),
    "Workspace.list_keys": lambda x: x.ws.list_keys(),
    "Workspace.sync_keys": lambda x: x.ws.sync_keys(),
    "Workspace.set_default_datastore": lambda x: x.ws.set_default_datastore("workspaceblobstore"),
    "Workspace.update": lambda x: x.ws.update(description="new"),
    "Workspace.update_dependencies": lambda x: x.ws.update_dependencies(container_registry="/a", force=True),
    "Workspace.delete_private_endpoint_connection": lambda x: x.ws.delete_private_endpoint_connection("a"),
    "Workspace.delete": lambda x: x.ws.delete(),
    "Experiment.archive": lambda x: x.experiment.archive(),
    "Experiment.reactivate": lambda x: x.experiment.reactivate(),
    "Experiment.list": lambda x: Experiment.list(x.ws, tags={"a": "b"}),
    "Experiment.get_runs": lambda x: list(x.experiment.get_runs(type="a", tags="b", properties={"c": "d"})),
    "Experiment.set_tags": lambda x: x.experiment.set_tags({"a": "b"}),
    "Experiment.tag": lambda x: x.experiment.tag("c", "d"),
    "Experiment.remove_tags": lambda x: x.experiment.remove_tags(["a"]),
    "Experiment.refresh": lambda x: x.experiment.refresh(),
    "Experiment.start_logging": lambda x: keep(x, "other", x.experiment.start_logging(snapshot_directory=None)),
    "Experiment.submit": lambda x: keep(x, "done", x.experiment.submit(x.job)),
    "Experiment.delete": lambda x: Experiment.delete(x.ws, Experiment(x.ws, "empty").id),
    "Run.wait_for_completion": lambda x: x.done.wait_for_completion(),
    "Run.get": lambda x: Run.get(x.ws, x.run.id),
    "Run.list": lambda x: list(Run.list(x.experiment, status="Running")),
    "Run.list_by_compute": lambda x: list(Run.list_by_compute(x.cluster)),
    "Run.parent": lambda x: x.run.parent,
    "Run.status": lambda x: x.run.status,
    "Run.description": lambda x: x.run.description,
    "Run.display_name": lambda x: setattr(x.run, "display_name", "first"),
    "Run.start": lambda x: x.run.start(),
    "Run.child_run": lambda x: x.run.child_run("child"),
    "Run.create_children": lambda x: x.run.create_children(2),
    "Run.get_children": lambda x: list(x.run.get_children(recursive=True, tags="a")),
    "Run.submit_child": lambda x: x.run.submit_child(x.job).wait_for_completion(),
    "Run.log": lambda x: (x.run.log("a", 1), x.run.flush()),
    "Run.log_list": lambda x: (x.run.log_list("b", [1, 2]), x.run.flush()),
    "Run.log_row": lambda x: (x.run.log_row("c", y=1), x.run.flush()),
    "Run.log_table": lambda x: (x.run.log_table("d", {"y": [1, 2]}), x.run.flush()),
    "Run.log_image": _figure,
    "Run.log_accuracy_table": lambda x: x.run.log_accuracy_table("e", _document("accuracy_table", "1.0.1")),
    "Run.log_confusion_matrix": lambda x: x.run.log_confusion_matrix("f", _document("confusion_matrix", "1.0.0")),
    "Run.log_predictions": lambda x: x.run.log_predictions("g", _document("predictions", "1.0.0")),
    "Run.log_residuals": lambda x: x.run.log_residuals("h", _document("residuals", "1.0.0")),
    "Run.flush": lambda x: (x.run.log("i", 1), x.run.flush()),
    "Run.get_metrics": lambda x: x.run.get_metrics(recursive=True),
    "Run.add_properties": lambda x: x.run.add_properties({"a": "b"}),
    "Run.get_properties": lambda x: x.run.get_properties(),
    "Run.set_tags": lambda x: x.run.set_tags({"a": "b"}),
    "Run.tag": lambda x: x.run.tag("c", "d"),
    "Run.remove_tags": lambda x: x.run.remove_tags(["a"]),
    "Run.get_tags": lambda x: x.run.get_tags(),
    "Run.get_status": lambda x: x.run.get_status(),
    "Run.get_detailed_status": lambda x: x.run.get_detailed_status(),
    "Run.get_details": lambda x: x.run.get_details(),
    "Run.get_details_with_logs": lambda x: x.done.get_details_with_logs(),
    "Run.get_all_logs": lambda x: x.done.get_all_logs(str(x.folder / "logs")),
    "Run.get_environment": lambda x: x.done.get_environment(),
    "Run.get_snapshot_id": lambda x: x.done.get_snapshot_id(),
    "Run.get_secret": lambda x: x.run.get_secret("known"),
    "Run.get_secrets": lambda x: x.run.get_secrets(["known"]),
    "Run.upload_file": lambda x: x.run.upload_file("outputs/a", x.file),
    "Run.upload_files": lambda x: x.run.upload_files(["outputs/b"], [x.file]),
    "Run.upload_folder": lambda x: x.run.upload_folder("outputs/c", x.source),
    "Run.get_file_names": lambda x: x.run.get_file_names(),
    "Run.download_file": lambda x: x.run.download_file("outputs/a", str(x.folder / "a")),
    "Run.download_files": lambda x: x.run.download_files("outputs", str(x.folder / "files")),
    "Run.take_snapshot": lambda x: x.run.take_snapshot(x.source),
    "Run.restore_snapshot": lambda x: x.run.restore_snapshot(path=str(x.folder)),
    "Run.register_model": lambda x: x.run.register_model("of-run", "outputs/a"),
    "Run.cancel": lambda x: x.experiment.submit(x.job).cancel(),
    "Run.complete": lambda x: x.run.complete(),
    "Run.fail": lambda x: x.other.fail("no data"),
    "Run.clean": lambda x: x.done.clean(),
    "Environment.register": lambda x: x.environment.register(x.ws),
    "Environment.get": lambda x: Environment.get(x.ws, "surface"),
    "Environment.list": lambda x: Environment.list(x.ws),
    "Environment.build": lambda x: x.environment.build(x.ws),
    "Environment.build_local": lambda x: x.environment.build_local(x.ws),
    "Environment.get_image_details": lambda x: x.environment.get_image_details(x.ws),
    "Environment.label": lambda x: Environment.label(x.ws, "surface", "1", ["a"]),
    "Environment.add_private_pip_wheel": lambda x: Environment.add_private_pip_wheel(x.ws, x.file),
    "Model.register": lambda x: keep(x, "model", Model.register(x.ws, x.file, "surface")),
    "Model.list": lambda x: Model.list(x.ws, name="surface", latest=True),
    "Model.add_tags": lambda x: x.model.add_tags({"a": "b"}),
    "Model.remove_tags": lambda x: x.model.remove_tags(["a"]),
    "Model.add_properties": lambda x: x.model.add_properties({"a": "b"}),
    "Model.update": lambda x: x.model.update(description="new"),
    "Model.update_tags_properties": lambda x: x.model.update_tags_properties(add_tags={"c": "d"}),
    "Model.download": lambda x: x.model.download(str(x.folder / "model")),
    "Model.get_sas_urls": lambda x: x.model.get_sas_urls(),
    "Model.get_model_path": lambda x: Model.get_model_path("surface", _workspace=x.ws),
    "Model.package": lambda x: Model.package(x.ws, [x.model], x.inference),
    "Model.deploy": lambda x: _deploy(x, "aci", AciWebservice.deploy_configuration(auth_enabled=True)),
    "Webservice.wait_for_deployment": lambda x: x.aci.wait_for_deployment(),
    "Webservice.list": lambda x: Webservice.list(x.ws, compute_type="ACI", model_name="surface", tags=["a"]),
    "Webservice.check_for_existing_webservice": lambda x: Webservice.check_for_existing_webservice(x.ws, "surface-new"),
    "Webservice.update_deployment_state": lambda x: x.aci.update_deployment_state(),
    "Webservice.get_logs": lambda x: x.aci.get_logs(),
    "Webservice.get_keys": lambda x: x.aci.get_keys(),
    "Webservice.regen_key": lambda x: x.aci.regen_key("Primary"),
    "AciWebservice.run": lambda x: x.aci.run("{}"),
    "AciWebservice.update": lambda x: x.aci.update(description="new"),
    "AciWebservice.add_tags": lambda x: x.aci.add_tags({"a": "b"}),
    "AciWebservice.remove_tags": lambda x: x.aci.remove_tags(["a"]),
    "AciWebservice.add_properties": lambda x: x.aci.add_properties({"a": "b"}),
    "Webservice.delete": lambda x: x.aci.delete(),
    "AksWebservice.deploy_configuration": lambda x: _deploy(
        x, "cluster_service", AksWebservice.deploy_configuration(token_auth_enabled=True, compute_target_name=AKS)
    ),
    "AksWebservice.get_access_token": lambda x: x.cluster_service.get_access_token(),
    "AksWebservice.get_token": lambda x: x.cluster_service.get_token(),
    "AksWebservice.run": lambda x: x.cluster_service.run("{}"),
    "AksWebservice.update": lambda x: x.cluster_service.update(description="new"),
    "AksWebservice.add_tags": lambda x: x.cluster_service.add_tags({"a": "b"}),
    "AksWebservice.remove_tags": lambda x: x.cluster_service.remove_tags(["a"]),
    "AksWebservice.add_properties": lambda x: x.cluster_service.add_properties({"a": "b"}),
    "AksEndpoint.deploy_configuration": lambda x: _deploy(
        x,
        "endpoint",
        AksEndpoint.deploy_configuration(version_name="one", traffic_percentile=100, compute_target_name=AKS),
    ),
    "AksEndpoint.create_version": lambda x: (
        x.endpoint.create_version("two", models=[x.model], inference_config=x.inference, traffic_percentile=0),
        x.endpoint.wait_for_deployment(),
    ),
    "AksEndpoint.update_version": lambda x: x.endpoint.update_version("two", description="new"),
    "AksEndpoint.delete_version": lambda x: x.endpoint.delete_version("two"),
    "Model.delete": lambda x: Model.register(x.ws, x.file, "surface-gone").delete(),
    "ComputeTarget.create": lambda x: _create(
        x, "own", AmlCompute.provisioning_configuration("Standard_DS3_v2", max_nodes=2)
    ),
    "ComputeTarget.attach": _attach,
    "ComputeTarget.list": lambda x: ComputeTarget.list(x.ws),
    "AmlCompute.get": lambda x: x.own.get(),
    "AmlCompute.refresh_state": lambda x: x.own.refresh_state(),
    "AmlCompute.get_status": lambda x: x.own.get_status(),
    "AmlCompute.wait_for_completion": lambda x: x.own.wait_for_completion(min_node_count=0),
    "AmlCompute.update": lambda x: x.own.update(max_nodes=3),
    "AmlCompute.list_nodes": lambda x: x.own.list_nodes(),
    "AmlCompute.get_active_runs": lambda x: list(x.own.get_active_runs()),
    "AmlCompute.add_identity": lambda x: x.own.add_identity("SystemAssigned"),
    "AmlCompute.supported_vmsizes": lambda x: AmlCompute.supported_vmsizes(x.ws),
    "AmlCompute.list_quotas": lambda x: AmlCompute.list_quotas(x.ws),
    "AmlCompute.list_usages": lambda x: AmlCompute.list_usages(x.ws),
    "AmlCompute.update_quotas": lambda x: AmlCompute.update_quotas(x.ws, "/a", 1),
    "AmlCompute.delete": lambda x: x.own.delete(),
    "AksCompute.provisioning_configuration": lambda x: _create(
        x, "kubernetes", AksCompute.provisioning_configuration(agent_count=3)
    ),
    "AksCompute.refresh_state": lambda x: x.kubernetes.refresh_state(),
    "AksCompute.get_credentials": lambda x: x.kubernetes.get_credentials(),
    "AksCompute.update": _change_wildly,
    "AksCompute.detach": lambda x: x.attached.detach(),
    "AksCompute.delete": lambda x: x.kubernetes.delete(),
    "ComputeInstance.provisioning_configuration": lambda x: _create(
        x, "instance", ComputeInstance.provisioning_configuration("Standard_DS3_v2")
    ),
    "ComputeInstance.supported_vmsizes": lambda x: ComputeInstance.supported_vmsizes(x.ws),
    "Keyvault.set_secret": lambda x: x.vault.set_secret("a", "b"),
    "Keyvault.set_secrets": lambda x: x.vault.set_secrets({"c": "d"}),
    "Keyvault.get_secret": lambda x: x.vault.get_secret("a"),
    "Keyvault.get_secrets": lambda x: x.vault.get_secrets(["a", "c"]),
    "Keyvault.get_secret_content_type": lambda x: x.vault.get_secret_content_type("a"),
    "Keyvault.list_secrets": lambda x: x.vault.list_secrets(),
    "Keyvault.delete_secret": lambda x: x.vault.delete_secret("a"),
    "Keyvault.delete_secrets": lambda x: x.vault.delete_secrets(["c", "known"]),
    "Datastore.get": lambda x: Datastore.get(x.ws, "workspaceblobstore"),
    "Datastore.get_default": lambda x: Datastore.get_default(x.ws),
    "Datastore.set_as_default": lambda x: x.store.set_as_default(),
    "Datastore.unregister": lambda x: x.store.unregister(),
    "Datastore.register_azure_blob_container": lambda x: Datastore.register_azure_blob_container(
        x.ws, "a", "b", "c", account_key="d"
    ),
    "Datastore.register_azure_file_share": lambda x: Datastore.register_azure_file_share(
        x.ws, "a", "b", "c", account_key="d"
    ),
    "Datastore.register_azure_data_lake_gen2": lambda x: Datastore.register_azure_data_lake_gen2(x.ws, "a", "b", "c"),
    "AzureBlobDatastore.upload": lambda x: x.store.upload(x.source, "surface", show_progress=False),
    "AzureBlobDatastore.upload_files": lambda x: x.store.upload_files(
        [x.file], target_path="surface-2", show_progress=False
    ),
    "AzureBlobDatastore.download": lambda x: x.store.download(str(x.folder), "surface", show_progress=False),
    "Dataset.get_by_name": lambda x: Dataset.get_by_name(x.ws, "a"),
    "Dataset.get_by_id": lambda x: Dataset.get_by_id(x.ws, "a"),
    "Dataset.get_all": lambda x: list(Dataset.get_all(x.ws)),
}
