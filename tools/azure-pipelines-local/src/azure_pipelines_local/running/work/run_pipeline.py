"""Run a pipeline on this machine from what is committed."""

import json
import os
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from azure_pipelines_local.documents.nodes import Scalar
from azure_pipelines_local.errors import PipelinesLocalError
from azure_pipelines_local.expansion import entry
from azure_pipelines_local.project import Project
from azure_pipelines_local.queued import BY_HAND, Queued
from azure_pipelines_local.running.machine.artifact_store import ArtifactStore
from azure_pipelines_local.running.machine.console import pluralize, print_line
from azure_pipelines_local.running.machine.environment import machine_environment
from azure_pipelines_local.running.machine.interrupts import interrupt_on_signals
from azure_pipelines_local.running.machine.repository import read_repository
from azure_pipelines_local.running.machine.runtime_variables import Variables
from azure_pipelines_local.running.plan.choice import Choice
from azure_pipelines_local.running.plan.declared_variables import declare
from azure_pipelines_local.running.plan.predefined_values import values_for_run
from azure_pipelines_local.running.plan.prepare_pipeline import PreparedPipeline, prepare
from azure_pipelines_local.running.plan.resource_values import values_of_run
from azure_pipelines_local.running.plan.results import Result, is_good
from azure_pipelines_local.running.plan.run_name import name_run
from azure_pipelines_local.running.work.contexts import RunContext
from azure_pipelines_local.running.work.reporter import Reporter
from azure_pipelines_local.running.work.run_stages import StageRunner
from azure_pipelines_local.running.work.service_connections import Connections
from azure_pipelines_local.running.work.tasks import TASKS

NUMBER = "number.json"  # in the folder of a run
LIMITS = (
    "No offline run shows: service connections and roles, approvals, checks and locks of environments, variable "
    "groups, triggers and schedules, permissions, what hosted images have installed, or jobs that run at the same time."
)


def run_and_say(
    project: Project,
    file: str,
    stages: Sequence[str] = (),
    jobs: Sequence[str] = (),
    parameters: Mapping[str, str] = entry.NOTHING,
    keep: bool = False,
    queued: Queued = BY_HAND,
) -> None:
    """Execute the pipeline in the file, or the chosen stages and jobs of it, and show how it goes.

    Args:
        project: The repository, and what a run is given about it.
        file: The pipeline, a path in the repository.
        stages: Names of those to run; the others count as succeeded. Empty: all.
        jobs: Likewise.
        parameters: Values by name.
        keep: Whether the folders of jobs that succeed are kept, too.
        queued: What the run starts with, beside its parameters.

    Raises:
        PipelineError: the pipeline is refused.
        PipelinesLocalError: it has failed, or cannot start.
    """
    with interrupt_on_signals():
        repository, machine = read_repository(project.root), machine_environment(os.environ)
        choice, outputs = Choice(stages, jobs), _make_outputs(project.root / project.outputs)
        prepared = prepare(project, repository, file, choice, parameters, machine, outputs, TASKS, queued)
        folder = _make_run_folder(outputs)
        run = RunContext(
            repository=repository,
            folder=folder,
            caches=outputs / "cache",
            machine=machine,
            connections=Connections(project, machine),
            artifacts=ArtifactStore(folder / "artifacts"),
            keep=keep,
        )
        predefined = values_for_run(repository, prepared.entry, folder.name, folder, queued)
        _execute(run, prepared, choice, predefined, Reporter(project.root, run.secrets))


def _execute(
    run: RunContext, prepared: PreparedPipeline, choice: Choice, predefined: dict[str, str], reporter: Reporter
) -> None:
    start = time.monotonic()
    _show_beginning(run, prepared)
    if prepared.pipeline.name is not None and prepared.pipeline.name.text.strip():
        run.number = predefined["Build.BuildNumber"] = _take_number(run, prepared, prepared.pipeline.name, predefined)
        print_line(f"Its number: {run.secrets.mask(run.number)}")
    Path(predefined["Agent.ToolsDirectory"]).mkdir()
    try:
        result = StageRunner(run, prepared.pipeline, predefined, reporter, choice).execute()
    finally:  # also after Ctrl-C: offline workspaces are processes of their own
        run.connections.close()
        reporter.show_logs(run.folder / "logs")
    _show_end(run, reporter, result, time.monotonic() - start)
    if not is_good(result):
        raise PipelinesLocalError(f"The run of {prepared.entry} has failed; see above.")
    if choice and result == "Skipped":
        raise PipelinesLocalError("Nothing of what was chosen has run: its conditions do not hold; see above.")


def _make_outputs(folder: Path) -> Path:
    """Make the folder of all runs, which git ignores wherever it is."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".gitignore").write_text("*\n", encoding="utf-8")
    except (FileExistsError, NotADirectoryError) as error:
        raise PipelinesLocalError(f"{folder} cannot be made, for a file is in its place; remove that.") from error
    return folder


def _make_run_folder(outputs: Path) -> Path:
    """Make a new folder, named as Azure numbers runs: by the day, and which of the day it is."""
    day, number = f"{datetime.now(UTC):%Y%m%d}", 1
    while True:  # making it is what takes the number: a look at what exists could give two runs the same
        folder = outputs / f"{day}.{number}"
        try:
            folder.mkdir()
        except FileExistsError:
            number += 1
        else:
            return folder


def _take_number(run: RunContext, prepared: PreparedPipeline, name: Scalar, predefined: Mapping[str, str]) -> str:
    """Make the number that `name` says, and keep it for `$(Rev:r)` of the runs to come.

    Raises:
        PipelineError: it is none that Azure DevOps takes.
    """
    variables = Variables(predefined)
    declare(
        variables,
        prepared.pipeline.variables,
        values_of_run(prepared.pipeline, predefined, run.started),
        run.secrets,
    )
    found = (_read_number(each, prepared.entry) for each in run.folder.parent.glob(f"*/{NUMBER}"))
    number = name_run(name, variables, run.started, [each for each in found if each])
    kept = {"pipeline": prepared.entry, "number": number}
    (run.folder / NUMBER).write_text(json.dumps(kept), encoding="utf-8")
    return number


def _read_number(file: Path, entry: str) -> str:
    """Read the number of a run before; empty if it was one of another pipeline."""
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # of a run that was ended while it wrote
        return ""
    return str(kept["number"]) if kept.get("pipeline") == entry else ""


def _show_beginning(run: RunContext, prepared: PreparedPipeline) -> None:
    repository = run.repository
    print_line(f"{prepared.entry} at {repository.commit[:8]} ({repository.ref}), in {run.folder}")
    if repository.uncommitted:
        files = pluralize(repository.uncommitted, "file")
        print_line(f"Not in it: {files} of the work tree with changes that are not committed.")
    for warning in prepared.warnings:
        print_line(f"Warning: {warning}")
    print_line("Jobs run one after another. Steps get this machine's PATH, home and downloads of uv, no sign-in.")


def _show_end(run: RunContext, reporter: Reporter, result: Result, seconds: float) -> None:
    reporter.show_table(f"Run {run.number or run.folder.name}: {result}")
    for call in run.az_calls:
        reporter.show_line(f"Recorded: {call}")
    if run.az_calls:
        reporter.show_line("This az is a stand-in: Azure was asked nothing, and its answers prove nothing about Azure.")
    if run.artifacts.names:
        reporter.show_line(f"Artifacts: {', '.join(run.artifacts.names)}, in {run.artifacts.folder}")
    if run.tags:
        reporter.show_line(f"Tags: {', '.join(run.tags)}")
    if not run.keep:
        reporter.show_line("The folders of jobs that succeeded are removed; with --keep they stay.")
    ratio = f", {seconds / run.seconds:.2f} times as long" if run.seconds >= 1 else ""
    reporter.show_line(f"Commands took {run.seconds:.1f} s, the whole run {seconds:.1f} s{ratio}.")
    reporter.show_line(LIMITS)
