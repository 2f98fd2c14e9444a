"""The model registry: MLflow's, with files as models and the alias `champion`.

What it holds is written beside the database with the database's hash, and read from there for as long as that is the
same: asking MLflow takes seconds, most of them its import.
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlparse
from urllib.request import url2pathname
from uuid import uuid4

from operation.errors import OperationError
from operation.execution.backends.local.store import Store
from operation.execution.json_files import read_json, write_json
from operation.execution.values import ModelVersion, Run

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion as MlflowVersion

CHAMPION = "champion"
RUN = "run"


@dataclass(frozen=True)
class Registered:
    """A version and the address of its files."""

    model: ModelVersion
    source: str


class Registry:
    """Versions are never changed once they are named; only the alias moves."""

    def __init__(self, store: Store) -> None:
        """Touch nothing yet."""
        self._store = store
        self._memory = store.folder / "versions.json"

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
        self.remember()
        return _version(made, champion=None)

    def find(self, name: str, version: int | None) -> ModelVersion | None:
        """That version of the model; without one, its champion."""
        found = self.versions(name)
        return next((one for one in found if (one.champion if version is None else one.version == version)), None)

    def versions(self, name: str) -> list[ModelVersion]:
        """Every version of the model, newest first."""
        return [one.model for one in self._registered(name)]

    def fetch(self, model: ModelVersion, folder: Path) -> None:
        """Copy the model's files into a new folder.

        Raises:
            OperationError: the files are gone.
        """
        uri = next(one.source for one in self._registered(model.name) if one.model.version == model.version)
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
        self.remember()

    def remember(self) -> None:
        """Write down what the registry holds now; to be called after every change of the database."""
        before = self._store.state()
        models = {name: [asdict(one) for one in versions] for name, versions in self._ask().items()}
        if self._store.state() == before:  # else somebody is changing it, and will write it down after us
            write_json(self._memory, {"database": before, "models": models})

    def _registered(self, name: str) -> list[Registered]:
        if not self._store.database.exists():
            return []
        known = self._remembered()
        if known.get("database") != self._store.state():
            return self._ask().get(name, [])
        return [Registered(ModelVersion(**one["model"]), one["source"]) for one in known["models"].get(name, [])]

    def _remembered(self) -> dict[str, Any]:
        try:
            return read_json(self._memory)
        except OperationError:  # missing or damaged: MLflow knows
            return {}

    def _ask(self) -> dict[str, list[Registered]]:
        """Every model's versions, newest first, from MLflow itself."""
        client = self._store.client
        return {
            model.name: [
                Registered(_version(one, model.aliases.get(CHAMPION)), one.source)
                for one in _newest_first(client.search_model_versions(f"name = '{model.name}'"))
            ]
            for model in client.search_registered_models()
        }

    def _name(self, name: str) -> None:
        """Make the model's entry, unless somebody else has, perhaps at this moment."""
        from mlflow.exceptions import MlflowException

        try:
            self._store.client.create_registered_model(name)
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise


def _newest_first(found: "Sequence[MlflowVersion]") -> "list[MlflowVersion]":
    return sorted(found, key=lambda one: int(one.version), reverse=True)


def _version(found: "MlflowVersion", champion: str | int | None) -> ModelVersion:
    tags = dict(found.tags)
    run = tags.pop(RUN, "")
    return ModelVersion(found.name, int(found.version), run, tags, str(found.version) == str(champion))
