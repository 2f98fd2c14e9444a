"""Azure ML without an account: the backend for Azure ML, and an offline workspace (tools/azureml-offline) for it.

The workspace is the one that `invoke emulator` has announced to this shell; where there is none, one is started for
this command and forgotten at its end.
"""

import atexit
import os
from contextlib import ExitStack
from typing import TYPE_CHECKING

from operation import console
from operation.errors import OperationError
from operation.execution.backends.azureml import AzureMLBackend, compute
from operation.execution.backends.azureml.workspace import require_sdk
from operation.execution.configuration.sections import AzureMLSettings, Configuration, EmulatorSettings
from operation.execution.values import Run
from operation.tools import required

if TYPE_CHECKING:
    from azureml_offline import Place


class EmulatorBackend(AzureMLBackend):
    """The Azure ML backend against an offline workspace, which gets the cluster of the configuration."""

    def __init__(self, configuration: Configuration) -> None:
        """Start a workspace, unless one is announced to this process; ask it nothing yet.

        Raises:
            OperationError: the tool or the SDK is not installed, or the workspace cannot start.
        """
        settings = configuration.backend
        if not isinstance(settings, EmulatorSettings):
            raise TypeError(f"{settings.kind} is another backend")
        with required("azureml-offline"):
            from azureml_offline import ANNOUNCED, Place
        self._own = ANNOUNCED not in os.environ
        place = _started(settings) if self._own else Place.announced(os.environ)
        super().__init__(configuration.model_copy(update={"backend": _named(settings, place)}))

    def check(self) -> None:
        """Raise if the workspace cannot be reached; make its cluster if it is new."""
        super().check()
        compute.ensure(self._connection)

    def can_detach(self, run: Run) -> bool:
        """Whether the run goes on without this process: not in a workspace that ends with this command."""
        return not self._own and super().can_detach(run)


def _started(settings: EmulatorSettings) -> "Place":
    """Start a workspace for the rest of this process, whose environment now leads the SDK to it and nowhere else."""
    from azureml_offline import OfflineError, running

    require_sdk()
    stack = ExitStack()
    try:
        workspace = stack.enter_context(running(reuse_environment=settings.reuse_environment))
    except OfflineError as error:
        raise OperationError(str(error)) from error
    atexit.register(stack.close)
    os.environ.update(workspace.environment)
    console.say(f"Offline workspace {workspace.name}, for this command only. To keep one for several: invoke emulator")
    return workspace.place


def _named(settings: EmulatorSettings, place: "Place") -> AzureMLSettings:
    return AzureMLSettings(
        kind="azureml",
        outputs=settings.outputs,
        cache=settings.cache,
        subscription_id=place.subscription,
        resource_group=place.resource_group,
        workspace=place.workspace,
        compute=settings.compute,
    )
