"""`invoke emulator`: an offline workspace that stays until Ctrl-C."""

from operation.errors import OperationError
from operation.tools import required


def serve(port: int, folder: str | None, reuse_environment: bool, identity_based: bool) -> None:
    """Serve, and print what a shell needs to use it.

    Raises:
        OperationError: the port is taken.
    """
    with required("azureml-offline"):
        from azureml_offline import OfflineError
        from azureml_offline import serve as serve_offline
    try:
        serve_offline(port, folder, reuse_environment, identity_based)
    except OfflineError as error:
        raise OperationError(str(error)) from error
