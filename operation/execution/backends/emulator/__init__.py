"""Azure ML without an account: the backend for Azure ML, and an offline workspace (tools/azureml-offline) for it.

The workspace is the one that `invoke emulator` has announced to this shell; where there is none, one is started for
this command and forgotten at its end.
"""

import atexit
import os
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

from operation import console
from operation.errors import OperationError
from operation.execution.backends import Backend
from operation.execution.backends.azureml import compute, connect_to
from operation.execution.backends.azureml.workspace import Connection, require_sdk
from operation.execution.configuration.sections import AzureMLSettings, Configuration, EmulatorSettings
from operation.tools import required

if TYPE_CHECKING:
    from azureml_offline import Place


def connect(configuration: Configuration) -> Backend:
    """Start a workspace, unless one is announced to this process, and make the backend for it; ask it nothing yet.

    Raises:
        OperationError: the tool or the SDK is not installed, or the workspace cannot start.
    """
    settings = configuration.backend
    if not isinstance(settings, EmulatorSettings):
        raise TypeError(f"{settings.kind} is another backend")
    with required("azureml-offline"):
        from azureml_offline import ANNOUNCED, Place
    announced = ANNOUNCED in os.environ
    place = Place.announced(os.environ) if announced else _start(settings)
    connection = Connection(_settings_of(settings, place), has_pages=False)
    backend = connect_to(connection, configuration, stays=announced)

    def check() -> None:
        """Raise if the workspace cannot be reached; make its cluster, which a new workspace lacks."""
        backend.check()
        compute.ensure(connection)

    return replace(backend, check=check)


def _start(settings: EmulatorSettings) -> "Place":
    """Start a workspace for the rest of this process, whose environment now leads the SDK to it and nowhere else."""
    from azureml_offline import OfflineError, running

    require_sdk()

    require_sdk()
    stack = ExitStack()
    try:
        workspace = stack.enter_context(running(reuse_environment=settings.reuse_environment))
    except OfflineError as error:
        raise OperationError(str(error)) from error
    # Not a context of the command: the verbs know nothing of a workspace, and whatever ends them must end it as well.
    atexit.register(stack.close)
    os.environ.update(workspace.environment)
    console.say(f"Offline workspace {workspace.name}, for this command only. To keep one for several: invoke emulator")
    return workspace.place


def _settings_of(settings: EmulatorSettings, place: "Place") -> AzureMLSettings:
    return AzureMLSettings(
        kind="azureml",
        outputs=settings.outputs,
        cache=settings.cache,
        subscription_id=place.subscription,
        resource_group=place.resource_group,
        workspace=place.workspace,
        compute=settings.compute,
        hosting=settings.hosting,
    )
