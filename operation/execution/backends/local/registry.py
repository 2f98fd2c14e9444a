"""The model registry: MLflow's, with files as models and the alias `champion`."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

from operation.errors import OperationError
from operation.execution.backends.local.database import Database
from operation.execution.backends.local.relocation import ARTIFACTS, path_of
from operation.execution.backends.local.runs import Runs
from operation.execution.backends.local.shown import describe_version, model_history
from operation.execution.backends.local.versions import CHAMPION, RUN, Versions, as_version
from operation.execution.file_hashes import require_signed
from operation.execution.values import Command, ModelVersion, Run

RECEIVED = "received"  # the experiment with a run for each model that another registry gave
# What MLflow and Python write beside a model's files when they load it from where it is registered.
WRITTEN_BY_LOADING = ("registered_model_meta", "__pycache__")


class Registry:
    """Versions are never changed once they are named; only the alias moves."""

    def __init__(self, database: Database, versions: Versions, runs: Runs, command: Command) -> None:
        """Touch nothing yet; `command` writes the commands that messages name."""
        self._database, self._versions, self._runs, self._command = database, versions, runs, command

    def register(self, run: Run, name: str, files: Path, tags: Mapping[str, str]) -> ModelVersion:
        """Copy the files beside the run in MLflow, then name them in its registry in one transaction.

        A death between the two leaves the registry as it was.

        Raises:
            OperationError: MLflow does not know the run.
        """
        mlflow_run = self._runs.mlflow_id(run)
        if mlflow_run is None:
            raise OperationError(f"MLflow has no run {run.id}. Train again: {self._command('train')}.")
        return self._keep(mlflow_run, run.id, name, files, tags)

    def receive(self, run_id: str, name: str, files: Path, tags: Mapping[str, str]) -> ModelVersion:
        """Keep files of another registry, in a run of MLflow that stands for the one there."""
        client = self._database.client
        there = client.get_experiment_by_name(RECEIVED)
        place = (self._database.folder / ARTIFACTS).absolute().as_uri()
        experiment = there.experiment_id if there else client.create_experiment(RECEIVED, artifact_location=place)
        mlflow_run = client.create_run(experiment, run_name=run_id).info.run_id
        made = self._keep(mlflow_run, run_id, name, files, tags)
        client.set_terminated(mlflow_run, "FINISHED")
        return made

    def _keep(self, mlflow_run: str, run_id: str, name: str, files: Path, tags: Mapping[str, str]) -> ModelVersion:
        client = self._database.client
        self._add_model(name)
        place = f"model-{uuid4().hex[:8]}"  # a second version of the run must not overwrite the first one's files
        client.log_artifacts(mlflow_run, str(files), place)
        if history := model_history(files, place, mlflow_run):
            client.set_tag(mlflow_run, "mlflow.log-model.history", history)
        source = f"{client.get_run(mlflow_run).info.artifact_uri}/{place}"
        made = client.create_model_version(
            name, source, mlflow_run, {**tags, RUN: run_id}, description=describe_version(run_id, tags)
        )
        self._versions.remember()
        return as_version(made, champion=None)

    def find(self, name: str, version: int | None = None) -> ModelVersion | None:
        """Find that version of the model; without one, its champion."""
        found = self.versions(name)
        return next((one for one in found if (one.champion if version is None else one.version == version)), None)

    def versions(self, name: str) -> list[ModelVersion]:
        """List every version of the model, newest first."""
        return [one.model for one in self._versions.of(name)]

    def fetch(self, model: ModelVersion, folder: Path) -> None:
        """Copy the model's files into a new folder.

        Raises:
            OperationError: the files are gone or damaged.
        """
        shutil.copytree(self._whole(model), folder, ignore=shutil.ignore_patterns(*WRITTEN_BY_LOADING))

    def _whole(self, model: ModelVersion) -> Path:
        """Return the folder of the files as they were registered; raises OperationError as `fetch`."""
        uri = next(one.source for one in self._versions.of(model.name) if one.model.version == model.version)
        files = path_of(uri)
        if not files.is_dir():
            raise OperationError(
                f"The files of {model.name} version {model.version} are gone: {files}. Restore them, or make another "
                f"version the champion: {self._command('promote --version N')}."
            )
        require_signed(files, model, self._command)
        return files

    def promote(self, model: ModelVersion) -> None:
        """Set the alias `champion`, which moves in one transaction.

        Raises:
            OperationError: the files are gone or damaged: such a champion stops every training and every deployment.
        """
        self._whole(model)
        self._database.client.set_registered_model_alias(model.name, CHAMPION, str(model.version))
        self._versions.remember()

    def annotate(self, model: ModelVersion, tag: str, text: str) -> None:
        """Write a tag of the version, or overwrite it."""
        self._database.client.set_model_version_tag(model.name, str(model.version), tag, text)
        self._versions.remember()

    def _add_model(self, name: str) -> None:
        """Make the model's entry, unless somebody else has, perhaps at this moment."""
        from mlflow.exceptions import MlflowException

        try:
            self._database.client.create_registered_model(name)
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
