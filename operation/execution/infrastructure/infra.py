"""`invoke infra`: show, deploy or delete the workspace and what belongs to it."""

from collections.abc import Sequence

from operation.errors import OperationError


def run(
    environment: str, settings: Sequence[str], plan: bool, yes: bool, destroy: bool, use_case: str | None = None
) -> None:
    """Deploy, or do what the flags ask for; raises OperationError if they contradict each other."""
    from operation.execution.infrastructure import deployment, destruction

    if destroy and (plan or yes):
        raise OperationError("--destroy goes with neither --plan nor --yes: the group's name has to be typed.")
    if plan and yes:
        raise OperationError("--plan deploys nothing, so --yes has no effect: leave one of them out.")
    if destroy:
        destruction.destroy(environment, settings, use_case)
    elif plan:
        deployment.show_plan(environment, settings, use_case)
    else:
        deployment.deploy(environment, settings, yes, use_case)
