"""What a web service is made of: the registered model, the script with all that it imports, and its environment."""

import io
import shutil
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from operation.errors import OperationError
from operation.execution.backends.azureml import job_definition
from operation.execution.backends.azureml.environments import register
from operation.execution.backends.azureml.sdk_failures import call, is_missing
from operation.execution.backends.azureml.workspace import Connection
from operation.execution.temporary import temporary_folder
from operation.execution.values import Command, ModelVersion

if TYPE_CHECKING:
    from azureml.core import Environment, Model
    from azureml.core.model import InferenceConfig

SCRIPT = "score.py"
MODEL = "model"  # the tag that says what a service, or a version of an endpoint, serves: NAME:VERSION
RUN = "run"


@dataclass(frozen=True)
class Parts:
    """What the SDK is given of one version."""

    version: int
    model: "Model"
    code: "InferenceConfig"
    tags: Mapping[str, str]


class ScoringCode:
    """Collects the parts of web services. `source` is the folder of the script; `command` writes commands."""

    def __init__(self, connection: Connection, source: Path, command: Command) -> None:
        """Touch nothing yet."""
        self._connection, self._source, self._command = connection, source, command

    def register(self, environment: Path, variables: Mapping[str, str]) -> "Environment":
        """Register the environment of a conda file; return it with the variables, which are of one service alone."""
        registered = register(self._connection, job_definition.read_environment(environment))
        registered.environment_variables = {**(registered.environment_variables or {}), **variables}
        return registered

    @contextmanager
    def parts(self, service: str, model: ModelVersion, environment: "Environment") -> Iterator[Parts]:
        """Yield the parts of that version for the service, for as long as the copy of the code that they name is there.

        Raises:
            OperationError: there is no such version, the script cannot be read, or the code holds a secret.
        """
        from azureml.core import Model
        from azureml.core.model import InferenceConfig

        workspace, asked = self._connection.workspace, f"{model.name} version {model.version}"
        found = find(f"find {asked}", lambda: Model(workspace, model.name, version=model.version))
        if found is None:
            raise OperationError(f"The workspace has no {asked}. See: {self._command('models')}")
        with temporary_folder() as folder, quiet():
            source = self._copy(folder)
            given = {"entry_script": SCRIPT, "source_directory": str(source), "environment": environment}
            code = call(f"deploy the service {service}", lambda: InferenceConfig(**given))
            tags = {MODEL: f"{model.name}:{model.version}", RUN: model.run}
            yield Parts(model.version, found, code, tags)

    def _copy(self, folder: Path) -> Path:
        """Copy the files that travel: the SDK would take all."""
        for file in job_definition.list_code(self._source):
            copy = folder / self._source.name / file.relative_to(self._source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, copy)
        return folder / self._source.name


def model_of(tags: Mapping[str, str] | None) -> ModelVersion | None:
    """Read back which version is served; None if somebody else has made the service."""
    name, _, version = (tags or {}).get(MODEL, "").rpartition(":")
    return ModelVersion(name, int(version), (tags or {}).get(RUN, "")) if version.isdecimal() else None


def find(doing: str, do: Callable[[], Any]) -> Any:
    """Call `do`; return None if there is no such thing."""
    try:
        return call(doing, do)
    except OperationError as error:
        if error.__cause__ and is_missing(error.__cause__):
            return None
        raise


@contextmanager
def quiet() -> Iterator[None]:
    """Silence the SDK: it prints dots, and warns at each deployment that it will not be maintained for ever."""
    with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore", FutureWarning)
        warnings.simplefilter("ignore", UserWarning)  # "experimental", of endpoints
        yield
