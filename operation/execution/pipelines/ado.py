"""`invoke ado`: hands this project to azure-pipelines-local."""

from collections.abc import Sequence

from operation.errors import OperationError
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
        from azure_pipelines_local import command, flags
        from azure_pipelines_local.errors import PipelinesLocalError
    try:
        command.run(flags.Asked(check, expand, run, stage, job, parameter, keep))
    except PipelinesLocalError as error:
        raise OperationError(str(error)) from error
