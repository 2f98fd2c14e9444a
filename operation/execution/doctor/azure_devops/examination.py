"""All of required.yaml, looked for in one project."""

from operation import console
from operation.execution.azure_cli import AzureCli
from operation.execution.doctor.azure_devops.checks import Look, looks
from operation.execution.doctor.azure_devops.project import find_project
from operation.execution.doctor.azure_devops.required import read
from operation.execution.doctor.azure_devops.service import Service
from operation.execution.doctor.doctor import Check, report


def examine(named: str | None = None) -> None:
    """Look for everything, and print what is there; `named` is "organisation/project".

    Raises:
        OperationError: something is missing, or nobody can be asked.
    """
    wanted, project = read(), find_project(named)
    look = Look(Service(AzureCli.found(), project))
    console.say(f"Project {project}")
    report(Check(name, each) for name, each in looks(wanted, look))
    console.say("Not looked at: approvers, rights in Azure, branch policies, and whatever only a run can show.")
