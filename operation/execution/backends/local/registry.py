"""The model registry: MLflow's, with files as models and the alias `champion`."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlparse
from urllib.request import url2pathname
from uuid import uuid4

from operation.errors import OperationError
from operation.execution.backends.local.store import Store
from operation.execution.values import ModelVersion, Run

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion as MlflowVersion
    from mlflow.entities.model_registry import RegisteredModel

CHAMPION = "champion"
RUN = "run"


class Registry:
    """Versions are never changed once they are named; only the alias moves."""

    def __init__(self, store: Store) -> None:
        """Touch nothing yet."""
        self._store = store

    def register(self, run: Run, name: str, files: Path, tags: Mapping[str, str]) -> ModelVersion:
        """The files are copied before the version is named, so a death in between leaves the registry as it was.

        Raises:
            OperationError: MLflow does not know the run.
        """
        client, mlflow_run = self._store.client, self._store.find_run(run)
        if mlflow_run is None:
            raise OperationError(f"MLflow has no run {run.id}. Train again: invoke train.")
        self._name(name)
        place = f"model-{uuid4().hex[:8]}"  # a second version of the run must not overwrite the first one's files
        client.log_artifacts(mlflow_run, str(files), place)
        source = f"{client.get_run(mlflow_run).info.artifact_uri}/{place}"
        made = client.create_model_version(name, source, mlflow_run, tags={**tags, RUN: run.id})
        return _version(made, champion=None)

    def find(self, name: str, version: int | None) -> ModelVersion | None:
        """That version of the model; without one, its champion."""
        found = self.versions(name)
        return next((one for one in found if (one.champion if version is None else one.version == version)), None)

    def versions(self, name: str) -> list[ModelVersion]:
        """Every version of the model, newest first."""
        if not self._store.database.exists():  # so that a look into an empty registry stays quick
            return []
        model = self._model(name)
        if model is None:
            return []
        champion = model.aliases.get(CHAMPION)
        found = [_version(one, champion) for one in self._store.client.search_model_versions(f"name = '{name}'")]
        return sorted(found, key=lambda one: one.version, reverse=True)

    def fetch(self, model: ModelVersion, folder: Path) -> None:
        """Copy the model's files into a new folder.

        Raises:
            OperationError: the files are gone.
        """
        uri = self._store.client.get_model_version(model.name, str(model.version)).source
        files = Path(url2pathname(unquote(urlparse(uri).path)))
        if not files.is_dir():
            raise OperationError(
                f"The files of {model.name} version {model.version} are gone: {files}. Restore them, or make another "
                "version the champion: invoke promote --version N."
            )
        shutil.copytree(files, folder)

    def promote(self, model: ModelVersion) -> None:
        """Set the alias `champion`, which moves in one transaction."""
        self._store.client.set_registered_model_alias(model.name, CHAMPION, str(model.version))

    def _name(self, name: str) -> None:
        """Make the model's entry, unless somebody else has, perhaps at this moment."""
        from mlflow.exceptions import MlflowException

        try:
            self._store.client.create_registered_model(name)
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise

    def _model(self, name: str) -> "RegisteredModel | None":
        found = self._store.client.search_registered_models(f"name = '{name}'")
        return found[0] if found else None


def _version(found: "MlflowVersion", champion: str | int | None) -> ModelVersion:
    tags = dict(found.tags)
    run = tags.pop(RUN, "")
    return ModelVersion(found.name, int(found.version), run, tags, str(found.version) == str(champion))
