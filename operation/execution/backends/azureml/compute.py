"""Compute clusters: found, made, and compared with what the configuration asks for."""

import io
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Any

from operation.errors import OperationError
from operation.execution.backends.azureml.sdk_failures import call, is_missing
from operation.execution.backends.azureml.workspace import Connection
from operation.execution.configuration.sections import Compute

if TYPE_CHECKING:
    from azureml.core.compute import ComputeTarget


def require(connection: Connection) -> "ComputeTarget":
    """Find the compute target that the configuration names.

    Raises:
        OperationError: there is none; the message lists those there are.
    """
    found = find(connection)
    if found is None:
        workspace = connection.workspace
        known = (
            ", ".join(sorted(connection.call("list the compute targets", lambda: workspace.compute_targets))) or "none"
        )
        wanted = connection.settings.compute.name
        raise OperationError(
            f"The workspace {workspace.name} has no compute target {wanted} (it has: {known}). "
            "Name one of these in configuration/environments, or have it made: invoke setup --environment NAME"
        )
    return found


def find(connection: Connection) -> "ComputeTarget | None":
    """Find the compute target that the configuration names; None if there is none."""
    from azureml.core.compute import ComputeTarget

    name = connection.settings.compute.name
    try:
        return call(f"find the compute target {name}", lambda: ComputeTarget(connection.workspace, name))
    except OperationError as error:
        if error.__cause__ and is_missing(error.__cause__):
            return None
        raise


def ensure(connection: Connection) -> str:
    """Make the cluster unless it is there; return a line that says which.

    Raises:
        OperationError: it cannot be made, or there is another one of its name.
    """
    wanted, found = connection.settings.compute, find(connection)
    name = wanted.name
    if found is None:
        connection.call(f"make the cluster {name}", lambda: _make(connection, wanted))
        return f"{name} made: {_describe(wanted)}"
    if found.type != "AmlCompute":  # a machine of one's own has no size for us to compare
        return f"{name} is there: {found.type}"
    # Never changed from here: the size cannot be, and somebody may have set the rest on purpose.
    there = wanted.model_copy(update=_read(found))
    if there != wanted.model_copy(update={"vm_size": wanted.vm_size.upper()}):
        raise OperationError(
            f"The cluster {name} is {_describe(there)}, and the configuration asks for {_describe(wanted)}. Give one "
            f"of them another name, change {name} in the studio (its size and priority never change), or delete it."
        )
    return f"{name} is there: {_describe(wanted)}"


def _make(connection: Connection, wanted: Compute) -> None:
    from azureml.core.compute import AmlCompute, ComputeTarget

    definition = AmlCompute.provisioning_configuration(
        vm_size=wanted.vm_size,
        vm_priority=wanted.priority,
        min_nodes=wanted.least_nodes,
        max_nodes=wanted.most_nodes,
        idle_seconds_before_scaledown=wanted.idle_seconds,
        identity_type="SystemAssigned",  # its jobs read a default datastore that has no key as this
    )
    made = ComputeTarget.create(connection.workspace, wanted.name, definition)
    with redirect_stdout(io.StringIO()):  # it prints that it has finished, however it is asked
        made.wait_for_completion(show_output=False)


def _read(found: "ComputeTarget") -> dict[str, Any]:
    """Read what the workspace knows of it, by the configuration's keys."""
    scale = found.scale_settings
    return {
        "vm_size": found.vm_size.upper(),
        "priority": found.vm_priority.lower(),
        "least_nodes": scale.minimum_node_count,
        "most_nodes": scale.maximum_node_count,
        "idle_seconds": int(scale.idle_seconds_before_scaledown),
    }


def _describe(cluster: Compute) -> str:
    nodes = f"{cluster.least_nodes} to {cluster.most_nodes} nodes"
    return f"{cluster.vm_size} {cluster.priority}, {nodes}, idle for {cluster.idle_seconds} s at most"
