"""Read azure-pipelines/required.yaml: what must exist in Azure DevOps."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from operation.errors import OperationError
from operation.execution.configuration.section import Section
from operation.execution.configuration.sections import ROOT
from operation.execution.configuration.yaml_files import read_mapping

FILE = ROOT / "azure-pipelines" / "required.yaml"
Gate = Literal["approvals", "branch control", "exclusive lock"]


class Guarded(Section):
    """A service connection or an environment: the pipelines that may use it, and the checks it must have.

    It must exist if `pipeline` does; those in `also` may use it, too.
    """

    name: str
    pipeline: str
    also: Annotated[tuple[str, ...], Field(strict=False)] = ()
    checks: Annotated[tuple[Gate, ...], Field(strict=False)]  # not strict: YAML has lists, and no tuples


class Required(Section):
    """Everything in the file. Pipelines are named by their files; an absent optional one needs nothing else either."""

    pipelines: Annotated[tuple[str, ...], Field(strict=False)]
    optional_pipelines: Annotated[tuple[str, ...], Field(strict=False)]
    keep_runs_days: Annotated[int, Field(gt=0)]
    service_connections: Annotated[tuple[Guarded, ...], Field(strict=False)]
    environments: Annotated[tuple[Guarded, ...], Field(strict=False)]


def read_required(file: Path = FILE) -> Required:
    """Read the file.

    Raises:
        OperationError: a key or value is wrong; the message names it.
    """
    try:
        return Required.model_validate(read_mapping(file))
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(map(str, problem["loc"]))
        raise OperationError(f"{file}: {where}: {problem['msg'].lower()}.") from error
