"""The model registry of the workspace: files that belong to a run, versions with tags, and one tag that moves."""

import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

from operation.errors import OperationError
from operation.execution.backends.azureml import champion_tag
from operation.execution.backends.azureml.sdk_failures import is_missing
from operation.execution.backends.azureml.workspace import Connection
from operation.execution.file_hashes import require_signed
from operation.execution.values import Command, ModelVersion, Run

if TYPE_CHECKING:
    from azureml.core import Model
    from azureml.core import Run as AzureRun

T = TypeVar("T")

RECEIVED = "received"  # the experiment with a run for each model that another registry gave
RUN = "run"
# Of the folder in which the command runs. Unless told so, the SDK uploads ./outputs when the run ends: with us, every
# run of the clone, and the requests that its services have logged.
NOTHING_SENT = {"outputs": False, "snapshot_directory": None}
PLACE = "place"  # a property, which never changes: the folder of the version's files among the run's artifacts


class Registry:
    """Versions are never changed once they are named; only the tag moves."""

    def __init__(self, connection: Connection, command: Command) -> None:
        """Touch nothing yet; `command` writes the commands that messages name."""
        self._connection, self._command = connection, command

    def register(self, run: Run, name: str, files: Path, tags: Mapping[str, str]) -> ModelVersion:
        """Upload the files beside the run, then name them: a death in between leaves the registry as it was.

        Raises:
            OperationError: the workspace does not know the run.
        """
        try:
            of_run = self._connection.call(f"find run {run.id}", lambda: self._workspace.get_run(run.id))
        except OperationError as error:
            if error.__cause__ and is_missing(error.__cause__):
                again = self._command("train")
                raise OperationError(f"The workspace has no run {run.id}. Train again: {again}.") from error
            raise
        return self._keep(of_run, run.id, name, files, tags)

    def receive(self, run_id: str, name: str, files: Path, tags: Mapping[str, str]) -> ModelVersion:
        """Keep files of another registry, beside a new run of the workspace that stands for the one there."""
        from azureml.core import Experiment

        def start() -> "AzureRun":
            return Experiment(self._workspace, RECEIVED).start_logging(display_name=run_id, **NOTHING_SENT)

        of_run = self._connection.call("start a run for the model", start)
        made = self._keep(of_run, run_id, name, files, tags)
        self._connection.call("end the run of the model", of_run.complete)
        return made

    def _keep(self, of_run: "AzureRun", run_id: str, name: str, files: Path, tags: Mapping[str, str]) -> ModelVersion:
        place = self._connection.call("upload the model", lambda: _upload(of_run, files))

        def name_it() -> "Model":
            """Name it once, though tried twice: an answer that got lost on the way leaves a version all the same."""
            labels = {"tags": {**tags, RUN: run_id}, "properties": {PLACE: place}}
            made = self._list(name, place) or [of_run.register_model(name, place, **labels)]
            first, *others = sorted(self._list(name, place) or made, key=lambda one: int(one.version))
            # The SDK tries again by itself without looking whether the first attempt arrived, so there may be two. The
            # lower number stays: somebody may have seen it already.
            for other in others:
                other.delete()
            return first

        return _version(self._connection.call(f"register {name}", name_it), None)

    def find(self, name: str, version: int | None = None) -> ModelVersion | None:
        """Find that version of the model; without one, its champion."""
        found = self.versions(name)
        return next((one for one in found if (one.champion if version is None else one.version == version)), None)

    def versions(self, name: str) -> list[ModelVersion]:
        """List every version of the model, newest first."""
        models = self._models(name)
        best = champion_tag.champion(_tags(models))
        return [_version(models[version], best) for version in sorted(models, reverse=True)]

    def fetch(self, model: ModelVersion, folder: Path) -> None:
        """Copy the model's files into a new folder: all of them, or none; raises OperationError for a damaged one."""
        found = self._models(model.name).get(model.version)
        if found is None:
            see = self._command("models")
            raise OperationError(f"The workspace has no {model.name} version {model.version}. See: {see}")
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".fetched-") as part:
            doing = f"fetch {model.name} version {model.version}"
            self._connection.call(doing, lambda: found.download(part, exist_ok=True))
            fetched = next(Path(part).iterdir())
            require_signed(fetched, model, self._command)
            shutil.move(fetched, folder)

    def promote(self, model: ModelVersion) -> None:
        """Write the tag on the version, then take it from all others; `champion_tag` says why in this order."""
        models = self._models(model.name)
        if champion_tag.champion(_tags(models)) != model.version:
            # First the new tag, then away with the old ones: killed in between, there are two, and the higher wins.
            mark = {champion_tag.TAG: str(champion_tag.next_number(_tags(models)))}
            self._change(model, lambda: models[model.version].update_tags_properties(add_tags=mark))
            models = self._models(model.name)
        for version in champion_tag.outdated(_tags(models)):
            self._change(model, lambda old=models[version]: old.update_tags_properties(remove_tags=[champion_tag.TAG]))  # type: ignore[misc]

    def annotate(self, model: ModelVersion, tag: str, text: str) -> None:
        """Write a tag of the version, or overwrite it."""
        found = self._models(model.name)[model.version]
        doing = f"write the tag {tag} of {model.name} version {model.version}"
        self._connection.call(doing, lambda: found.update_tags_properties(add_tags={tag: text}))

    def _change(self, model: ModelVersion, do: Callable[[], object]) -> None:
        again = self._command(f"promote --version {model.version}")
        self._connection.call(f"promote {model.name} (again: {again})", do)

    def _models(self, name: str) -> "dict[int, Model]":
        listed = self._connection.call(f"list the versions of {name}", lambda: self._list(name))
        return {int(one.version): one for one in listed}

    def _list(self, name: str, place: str = "") -> "list[Model]":
        """List the versions, of these files alone if a place is given."""
        from azureml.core import Model

        properties = [[PLACE, place]] if place else None
        found: list[Model] = Model.list(self._workspace, name, properties=properties, expand=False)
        return found

    @property
    def _workspace(self) -> Any:
        return self._connection.workspace


def _upload(of_run: "AzureRun", files: Path) -> str:
    """Send the files to a new folder among the run's, for nothing there is ever overwritten, and return that."""
    place = f"model-{uuid4().hex}"
    of_run.upload_folder(place, str(files))
    return place


def _tags(models: "Mapping[int, Model]") -> dict[int, Mapping[str, str]]:
    return {version: one.tags or {} for version, one in models.items()}


def _version(found: "Model", best: int | None) -> ModelVersion:
    tags = {name: value for name, value in (found.tags or {}).items() if name != champion_tag.TAG}
    run = tags.pop(RUN, "")
    return ModelVersion(found.name, int(found.version), run, tags, int(found.version) == best)
