"""The verb `ado`: what it does with its flags."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from azure_pipelines_local.check import FOLDER, LIMITS, Judges, check
from azure_pipelines_local.documents.yaml_printer import printed
from azure_pipelines_local.errors import PipelinesLocalError
from azure_pipelines_local.expansion.entry import entry_within, expand
from azure_pipelines_local.flags import Asked, action_of, names, pairs
from azure_pipelines_local.linters import installed
from azure_pipelines_local.linters.language_service import language_service
from azure_pipelines_local.linters.task_schema import Schema
from azure_pipelines_local.model import read
from azure_pipelines_local.project import Project
from azure_pipelines_local.rules.script_commands import commands_of
from azure_pipelines_local.variants.kinds_of_run import BY_HAND

ROOT = Path.cwd()


@dataclass(frozen=True)
class Chosen:
    """What to run: a pipeline's file, and of it the stages and jobs, all where none is named."""

    file: str
    stages: Sequence[str]
    jobs: Sequence[str]
    keep: bool

    @classmethod
    def of(cls, file: str, stages: str | None, jobs: str | None, keep: bool) -> "Chosen":
        """As the command line has it, with commas between the names."""
        return cls(file, names("--stage", stages), names("--job", jobs), keep)


def run(asked: Asked, project: Project) -> None:
    """Check the pipelines, print an expanded one, or run one.

    Raises:
        PipelinesLocalError: flags that do not go together, or what they ask for cannot be done.
    """
    action = action_of(asked)
    if action == "check":
        check_and_say()
    elif action == "expand":
        expand_and_print(str(asked.expand), asked.parameter)
    else:
        execute_and_say(Chosen.of(str(asked.run), asked.stage, asked.job, asked.keep), asked.parameter, project)


def execute_and_say(chosen: Chosen, parameters: Sequence[str], project: Project) -> None:
    """Run the pipeline on this machine.

    Raises:
        PipelinesLocalError: it is refused, or has failed.
    """
    from azure_pipelines_local.running.work.run_pipeline import run_and_say

    run_and_say(project, chosen.file, chosen.stages, chosen.jobs, pairs(parameters), keep=chosen.keep)


def check_and_say(root: Path = ROOT) -> None:
    """Check all pipelines and print what was found.

    Raises:
        PipelinesLocalError: there are findings, or a tool is missing.
    """
    with judges(root) as found:
        report = check(root, found)
    if not report.checked:
        raise PipelinesLocalError(f"There is no pipeline to check: {FOLDER}/*.yml is expected in {root}.")
    for line in report.checked:
        print(line)
    for finding in report.findings:
        print(finding)
    print(LIMITS)
    if report.findings:
        count = len(report.findings)
        raise PipelinesLocalError(f"The pipelines have {count} fault{'s' * (count != 1)}: see the lines above.")


@contextmanager
def judges(root: Path) -> Iterator[Judges]:
    """The tools at work; the tasks and sessions are this project's, its environments those below `root`."""
    tools = installed.find(ROOT)
    schema = Schema(tools.schema)
    with language_service(tools, schema) as service:
        yield Judges(tools, schema, service, commands_of(root))


def expand_and_print(file: str, parameters: Sequence[str], root: Path = ROOT) -> None:
    """Print the pipeline as Azure DevOps would run it.

    Raises:
        PipelinesLocalError: it cannot be expanded, or is no pipeline then.
    """
    expanded = expand(root, entry_within(root, file), pairs(parameters), BY_HAND.variables)
    read(expanded)
    print(printed(expanded), end="")
