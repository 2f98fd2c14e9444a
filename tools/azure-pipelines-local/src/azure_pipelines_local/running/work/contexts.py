"""Hold the state of a run, of a job in it, and of a step in that."""

import errno
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from azure_pipelines_local.documents.nodes import Scalar
from azure_pipelines_local.model import Step
from azure_pipelines_local.rules import predefined_names
from azure_pipelines_local.running.machine.artifact_store import ArtifactStore
from azure_pipelines_local.running.machine.environment import describe_too_large, step_environment
from azure_pipelines_local.running.machine.masking import Secrets
from azure_pipelines_local.running.machine.processes import Processes
from azure_pipelines_local.running.machine.repository import Repository
from azure_pipelines_local.running.machine.runtime_variables import MACRO, Variables
from azure_pipelines_local.running.machine.step_log import StepLog
from azure_pipelines_local.running.machine.task_errors import TaskError
from azure_pipelines_local.running.plan.results import Result
from azure_pipelines_local.running.work.service_connections import Connections


@dataclass
class RunContext:
    """One run; `folder` is its own, `caches` is shared with other runs."""

    repository: Repository
    folder: Path
    caches: Path
    machine: Mapping[str, str]  # the environment variables that steps get
    connections: Connections
    artifacts: ArtifactStore
    keep: bool = False  # the folders of jobs, also of those that succeed
    secrets: Secrets = field(default_factory=Secrets)
    tags: list[str] = field(default_factory=list)
    number: str = ""  # that `name` or a step gave the run
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    az_calls: list[str] = field(default_factory=list)
    seconds: float = 0.0  # spent in commands


@dataclass
class JobContext:
    """One job in its folder."""

    run: RunContext
    folder: Path
    variables: Variables
    until: float  # of time.monotonic
    cancel_minutes: int  # for the steps that still run when it is cancelled
    status: Result = "Succeeded"
    outputs: dict[str, str] = field(default_factory=dict)  # by "step.variable"
    prepended: list[str] = field(default_factory=list)  # to PATH
    at_end: list[Callable[[], str]] = field(default_factory=list)  # what tasks do after the last step, if it succeeded
    processes: Processes = field(default_factory=Processes)

    def recalculate_variables(self) -> None:
        """Replace `$(name)` in the values of variables, and hide those that have become secrets by that."""
        for secret in self.variables.recalculate():
            self.run.secrets.add(secret)

    @property
    def temporary(self) -> Path:
        """Return the folder for files of the agent: scripts, the stand-in for `az`, programs that start a Python."""
        return self.folder / "_temp"

    @property
    def default_folder(self) -> Path:
        """Return the folder of scripts that name none."""
        return Path(self.variables.get("System.DefaultWorkingDirectory") or self.folder)


@dataclass
class StepContext:
    """One attempt at a step, with its inputs and its log; `result` is what a logging command decided."""

    job: JobContext
    step: Step
    log: StepLog
    until: float  # of time.monotonic
    extra: dict[str, str] = field(default_factory=dict)  # environment variables of the task
    result: Result | None = None
    complaints: list[str] = field(default_factory=list)  # of the agent itself, about logging commands

    @property
    def run(self) -> RunContext:
        """Return the run of its job."""
        return self.job.run

    def input(self, *names: str, default: str = "") -> str:
        """Return the input under the first of the names that is given, with its variables replaced."""
        value = next((each for name in names if (each := self.step.input(name)) is not None), None)
        return default if value is None else self.expand(value)

    def expand(self, text: Scalar) -> str:
        """Replace the variables in the text.

        Raises:
            TaskError: Azure DevOps would replace more in it: a shell would run the name as a command. Any other name
                may be a command, and is left to the shell.
        """
        expanded = self.job.variables.expand(text.text)
        if missing := next(filter(predefined_names.known, MACRO.findall(expanded)), None):
            raise TaskError(f"{text.place}: $({missing}) has no value on this machine.")
        return expanded

    def required(self, *names: str) -> str:
        """Return it as `input` does; raises TaskError if it is not given, or empty."""
        value = self.input(*names).strip()
        if not value:
            raise TaskError(f"Input required: {names[0]}")
        return value

    def flag(self, *names: str, default: bool = False) -> bool:
        """Return a boolean input; any text but "true" is false."""
        return self.input(*names, default=str(default)).strip().lower() == "true"

    def path(self, text: str, base: Path | None = None) -> Path:
        """Return the path, from the default folder or from `base` if it is relative."""
        return (base or self.job.default_folder) / text

    def folder(self, *names: str) -> Path:
        """Return the folder that an input names, else the default one; raises TaskError if it does not exist."""
        folder = self.path(self.input(*names).strip())
        if not folder.is_dir():
            raise TaskError(f"Not found working folder: {folder}")
        return folder

    def environment(self) -> dict[str, str]:
        """Return the environment variables of the step's process, the values of `env:` without blanks around them."""
        mapped = {each.name.text.strip(): self.expand(each.value).strip() for each in self.step.env}
        return step_environment(self.run.machine, mapped, self.job.variables, self.job.prepended) | self.extra

    def execute(self, command: Sequence[str], folder: Path, take_line: Callable[[str], None], strict: bool) -> None:
        """Run the command of the step, and pass on each line it prints.

        Raises:
            TaskError: it fails, or `strict` and it writes to stderr.
            TimedOutError: it takes longer than it may.
        """
        errors: list[str] = []

        def take_error(line: str) -> None:
            errors.append(line)
            take_line(line)

        # Apart only where it matters: in two pipes, lines of stdout and stderr lose their order.
        take_stderr = take_error if strict else None
        seconds_before, environment = self.job.processes.seconds, self.environment()
        try:
            code = self.job.processes.run(command, folder, environment, take_line, take_stderr, self.until)
        except OSError as error:
            if error.errno != errno.E2BIG:
                raise
            raise TaskError(describe_too_large(environment)) from error
        finally:
            self.run.seconds += self.job.processes.seconds - seconds_before
        if code:
            raise TaskError(f"Bash exited with code '{code}'.")
        if errors:
            raise TaskError("Bash wrote to the standard error stream, which `failOnStderr` forbids.")
