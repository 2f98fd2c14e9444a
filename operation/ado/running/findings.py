"""What the checks of pipelines find in one that is to run."""

from collections.abc import Callable, Iterator
from pathlib import Path

from operation.ado.checks import artifacts, conditions, secrets, variables
from operation.ado.checks.cases import Case, Sources
from operation.ado.findings import Finding
from operation.ado.model import Pipeline
from operation.errors import OperationError

CHECKS: tuple[Callable[[Case], Iterator[Finding]], ...] = (  # of `invoke ado --check`, what would go wrong in any run
    variables.undefined_variables,
    conditions.bad_conditions,
    secrets.secrets_in_scripts,
    artifacts.artifacts_published_twice,
    artifacts.missing_artifacts,
)


def refuse_findings(pipeline: Pipeline, root: Path) -> None:
    """Raises OperationError if a check finds something; the message has a line for each."""
    case = Case(pipeline, Sources(root))
    findings = sorted({finding for check in CHECKS for finding in check(case)})
    if findings:
        lines = "\n".join(map(str, findings))
        raise OperationError(f"{lines}\nThe pipeline was not started: see the {len(findings)} above.")
