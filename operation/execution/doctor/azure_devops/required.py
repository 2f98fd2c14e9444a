"""What must exist in Azure DevOps, as azure-pipelines/required.yaml lists it."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from operation.errors import OperationError
from operation.execution.configuration.sections import ROOT, Section
from operation.execution.configuration.yaml_files import read_mapping

FILE = ROOT / "azure-pipelines" / "required.yaml"
Gate = Literal["approvals", "branch control", "exclusive lock"]


class Guarded(Section):
    """A service connection or an environment: which pipeline alone may use it, and the checks that it has."""

    name: str
    pipeline: str
    checks: Annotated[tuple[Gate, ...], Field(strict=False)]


class Required(Section):
    """All of it; pipelines are named by their files. Where an optional one is not there, what is for it need not be."""

    pipelines: Annotated[tuple[str, ...], Field(strict=False)]
    optional_pipelines: Annotated[tuple[str, ...], Field(strict=False)]
    keep_runs_days: Annotated[int, Field(gt=0)]
    service_connections: Annotated[tuple[Guarded, ...], Field(strict=False)]
    environments: Annotated[tuple[Guarded, ...], Field(strict=False)]


def read(file: Path = FILE) -> Required:
    """The list.

    Raises:
        OperationError: the file is not of that form; the message names the key.
    """
    try:
        return Required.model_validate(read_mapping(file))
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(map(str, problem["loc"]))
        raise OperationError(f"{file}: {where}: {problem['msg'].lower()}.") from error
