"""`invoke ado`: hands this project to azure-pipelines-local."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azure_pipelines_local import Project

from operation.errors import OperationError
from operation.execution.pipelines.workspaces import OfflineWorkspaces
from operation.tools import required


def run(
    check: bool,
    expand: str | None,
    run: str | None,
    stage: str | None,
    job: str | None,
    parameter: Sequence[str],
    keep: bool,
) -> None:
    """Check the pipelines, print an expanded one, or run one.

    Raises:
        OperationError: flags that do not go together, or what they ask for cannot be done.
    """
    with required("azure-pipelines-local"):
        from azure_pipelines_local import PipelinesLocalError, Project, command, flags
    try:
        command.run(flags.Asked(check, expand, run, stage, job, parameter, keep), _project(Project))
    except PipelinesLocalError as error:
        raise OperationError(str(error)) from error


def _project(project: type["Project"]) -> "Project":
    return project(Path.cwd(), outputs=Path("outputs", "ado"), workspaces=OfflineWorkspaces())
