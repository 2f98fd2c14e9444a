"""What is known while a run, a job of it, and a step of that are at work."""

import errno
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from azure_pipelines_local.documents.nodes import Scalar
from azure_pipelines_local.model import Step
from azure_pipelines_local.rules.predefined_names import known
from azure_pipelines_local.running.machine import environment
from azure_pipelines_local.running.machine.artifact_store import Artifacts
from azure_pipelines_local.running.machine.masking import Secrets
from azure_pipelines_local.running.machine.processes import Processes
from azure_pipelines_local.running.machine.repository import Repository
from azure_pipelines_local.running.machine.runtime_variables import MACRO, Variables
from azure_pipelines_local.running.machine.step_log import Log
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
    artifacts: Artifacts
    keep: bool = False  # the folders of jobs, also of those that succeed
    secrets: Secrets = field(default_factory=Secrets)
    tags: list[str] = field(default_factory=list)
    number: str = ""
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

    @property
    def temporary(self) -> Path:
        """For files of the agent; no step finds those of another."""
        return self.folder / "_temp"

    @property
    def default_folder(self) -> Path:
        """Where scripts run that do not say it."""
        return Path(self.variables.get("System.DefaultWorkingDirectory") or self.folder)


@dataclass
class StepContext:
    """One step, with its inputs and its log; `result` is what a logging command has decided."""

    job: JobContext
    step: Step
    log: Log
    until: float
    extra: dict[str, str] = field(default_factory=dict)  # environment variables of the task
    result: Result | None = None
    complaints: list[str] = field(default_factory=list)  # of the agent itself

    @property
    def run(self) -> RunContext:
        """That of its job."""
        return self.job.run

    def input(self, *names: str, default: str = "") -> str:
        """The input under the first of the names that is given, with its variables replaced."""
        found = next((each for name in names if (each := self.step.input(name)) is not None), None)
        return default if found is None else self._expand(found)

    def _expand(self, text: Scalar) -> str:
        """The text; raises TaskError if Azure DevOps would replace more in it, which a shell would run as a command."""
        found = self.job.variables.expand(text.text)
        if missing := next(filter(known, MACRO.findall(found)), None):
            raise TaskError(f"{text.place}: $({missing}) has no value on this machine.")
        return found

    def required(self, *names: str) -> str:
        """As `input`; raises TaskError if it is not given, or empty."""
        found = self.input(*names).strip()
        if not found:
            raise TaskError(f"Input required: {names[0]}")
        return found

    def flag(self, *names: str, default: bool = False) -> bool:
        """A boolean input."""
        return self.input(*names, default=str(default)).strip().lower() == "true"

    def path(self, text: str, base: Path | None = None) -> Path:
        """The path, from the default folder or from `base` if it is relative."""
        return (base or self.job.default_folder) / text

    def folder(self, *names: str) -> Path:
        """The folder that an input names, else the default one; raises TaskError if it is not there."""
        found = self.path(self.input(*names).strip())
        if not found.is_dir():
            raise TaskError(f"Not found working folder: {found}")
        return found

    def environment(self) -> dict[str, str]:
        """What the step's process finds."""
        base = environment.of_step(self.run.machine, self.job.variables, self.job.prepended)
        mapped = {each.name.text: self._expand(each.value) for each in self.step.env}
        return base | self.extra | mapped

    def execute(self, command: Sequence[str], folder: Path, say: Callable[[str], None], fail_on_stderr: bool) -> None:
        """Run the command of the step; raises TaskError if it fails."""
        errors: list[str] = []

        def complain(line: str) -> None:
            errors.append(line)
            say(line)

        apart = complain if fail_on_stderr else None
        before, found = self.job.processes.seconds, self.environment()
        try:
            code = self.job.processes.run(command, folder, found, say, apart, self.until)
        except OSError as error:
            if error.errno != errno.E2BIG:
                raise
            raise TaskError(environment.too_large(found)) from error
        finally:
            self.run.seconds += self.job.processes.seconds - before
        if code:
            raise TaskError(f"Bash exited with code '{code}'.")
        if errors:
            raise TaskError("Bash wrote to the standard error stream, which `failOnStderr` forbids.")
