"""Lines that steps run in a shell, whatever the task."""

from collections.abc import Iterator
from dataclasses import dataclass

from azure_pipelines_local.documents.nodes import Scalar
from azure_pipelines_local.documents.places import Place
from azure_pipelines_local.model import Step
from azure_pipelines_local.rules.cases import Case, Scope

TEXTS = ("script", "inlineScript")
FILES = ("scriptPath", "filePath", "scriptPathOrFile", "arguments", "scriptArguments", "args")
SHELLS = ("cmdline", "bash", "powershell", "azurecli", "azurepowershell", "shellscript", "batchscript", "pythonscript")


@dataclass(frozen=True)
class Line:
    """One line of a script, without the white space around it."""

    text: str
    place: Place
    scope: Scope


def scripts(case: Case) -> Iterator[tuple[Scope, Step, Scalar]]:
    """Yield every script that stands in a step."""
    for scope, step in case.steps:
        for name in TEXTS:
            found = step.input(name)
            if found is not None and runs_shell(step):
                yield scope, step, found


def runs_shell(step: Step) -> bool:
    """Return whether the step is of a task that runs scripts."""
    return step.task.text.lower().partition("@")[0] in SHELLS


def script_lines(case: Case) -> Iterator[Line]:
    """Yield every line that is not empty."""
    for scope, _, script in scripts(case):
        for line, place in zip(script.text.splitlines(), case.sources.line_places(script), strict=True):
            if line.strip():
                yield Line(line.strip(), place, scope)
