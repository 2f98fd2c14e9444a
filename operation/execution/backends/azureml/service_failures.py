"""Explain why a web service does not come up or does not answer: Azure ML's own words and the end of its log."""

from typing import TYPE_CHECKING

from operation.errors import OperationError
from operation.execution.backends.azureml.sdk_failures import call

if TYPE_CHECKING:
    from azureml.core import Webservice

SHOWN = 20  # lines of the log
PATIENCE = 1800  # seconds for a service to come up, the build of its image among them


def wait(service: "Webservice") -> None:
    """Wait until the service has come up.

    Raises:
        OperationError: it has failed, and will not.
    """
    try:
        call(f"start the service {service.name}", lambda: service.wait_for_deployment(timeout_sec=PATIENCE))
    except OperationError as error:
        if service.state not in ("Failed", "Unhealthy"):  # the wait failed, not the service: it may come up yet
            raise
        said = (service.error or {}).get("message", "")
        raise OperationError(f"The service {service.name} did not come up. {said}{end_of_log(service)}") from error


def end_of_log(service: "Webservice") -> str:
    """Return lines that go below a message; none if there is no log, as before the service's image was built."""
    try:
        lines = call("read the log", service.get_logs, pauses=()).splitlines()
    except OperationError:
        return ""
    return "".join(f"\n  {line}" for line in ["Its log ends:", *lines[-SHOWN:]] if lines)
