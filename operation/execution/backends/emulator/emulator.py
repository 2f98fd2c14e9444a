"""`invoke emulator`: an offline workspace that stays until Ctrl-C."""

from collections.abc import Sequence

from operation.errors import OperationError
from operation.tools import required


def serve(port: int, folder: str | None, reuse_environment: bool, identity_based: bool, curated: Sequence[str]) -> None:
    """Serve a workspace, and print what a shell needs to use it.

    Raises:
        OperationError: the tool is not installed, or the port, the folder or a file of `curated` cannot be used.
    """
    with required("azureml-offline"):
        import azureml_offline
    try:
        given = azureml_offline.curated_files(curated)
        azureml_offline.serve(port, folder, reuse_environment, identity_based, given)
    except azureml_offline.OfflineError as error:
        raise OperationError(str(error)) from error
