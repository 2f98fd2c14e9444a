"""`invoke emulator`: an offline workspace that stays until Ctrl-C."""

from operation.errors import OperationError
from operation.tools import required


def serve(port: int, folder: str | None, reuse_environment: bool, identity_based: bool) -> None:
    """Serve a workspace, and print what a shell needs to use it.

    Raises:
        OperationError: the tool is not installed, or the port or the folder cannot be used.
    """
    with required("azureml-offline"):
        import azureml_offline
    try:
        azureml_offline.serve(port, folder, reuse_environment, identity_based)
    except azureml_offline.OfflineError as error:
        raise OperationError(str(error)) from error
