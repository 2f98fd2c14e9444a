"""`invoke setup`: check this machine, install the git hooks, and create what the environment's runs need."""

from collections.abc import Sequence

from operation import console
from operation.execution.configuration.loading import load
from operation.execution.configuration.sections import ROOT
from operation.execution.doctor.checklist import NAME_WIDTH, Check, report
from operation.execution.doctor.machine import find_git, machine_checks
from operation.execution.outputs import hold
from operation.housekeeping.hooks import install_hooks


def set_up(environment: str = "local", settings: Sequence[str] = (), use_case: str | None = None) -> None:
    """Check this machine, install the git hooks, and create what is missing in the environment's workspace.

    Raises:
        OperationError: something is missing that only a person can fix.
    """
    configuration = load(environment, settings, use_case)
    report([*machine_checks(), Check("git hooks", _install_hooks)])
    # Imported here, because a backend may need a package that the checks above find missing.
    from operation.execution.backends import connect

    with hold(configuration.outputs):
        for line in connect(configuration).set_up():
            console.say(f"{configuration.backend.kind:<{NAME_WIDTH}} ok       {line}")


def _install_hooks() -> str:
    find_git()
    return str(install_hooks(ROOT))
