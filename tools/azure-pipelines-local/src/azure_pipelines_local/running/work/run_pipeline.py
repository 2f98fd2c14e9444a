"""`invoke ado --run`: a pipeline, executed on this machine from what is committed."""

import os
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from azure_pipelines_local.errors import PipelinesLocalError
from azure_pipelines_local.expansion import entry
from azure_pipelines_local.running.machine import console, environment
from azure_pipelines_local.running.machine.artifact_store import ArtifactStore
from azure_pipelines_local.running.machine.interrupts import interrupt_on_signals
from azure_pipelines_local.running.machine.repository import read_repository
from azure_pipelines_local.running.plan import predefined_values
from azure_pipelines_local.running.plan.choice import Choice
from azure_pipelines_local.running.plan.prepare_pipeline import PreparedPipeline, prepare
from azure_pipelines_local.running.plan.results import Result, is_good
from azure_pipelines_local.running.work.contexts import RunContext
from azure_pipelines_local.running.work.reporter import Reporter
from azure_pipelines_local.running.work.run_stages import StageRunner
from azure_pipelines_local.running.work.service_connections import Connections
from azure_pipelines_local.running.work.tasks import TASKS

OUTPUTS = Path("outputs", "ado")
LIMITS = (
    "No offline run shows: service connections and roles, approvals, checks and locks of environments, variable "
    "groups, triggers and schedules, permissions, what hosted images have installed, or jobs that run at the same time."
)


def run_and_say(
    root: Path,
    file: str,
    stages: Sequence[str] = (),
    jobs: Sequence[str] = (),
    parameters: Mapping[str, str] = entry.NOTHING,
    keep: bool = False,
) -> None:
    """Execute the pipeline in the file, or the chosen stages and jobs of it, and tell how it goes.

    Args:
        root: The repository's folder.
        file: The pipeline, a path in the repository.
        stages: Names of those to run; the others count as succeeded. Empty: all.
        jobs: Likewise.
        parameters: Values by name.
        keep: Whether the folders of jobs that succeed are kept, too.

    Raises:
        PipelineError: the pipeline is refused.
        PipelinesLocalError: it has failed, or cannot start.
    """
    with interrupt_on_signals():
        looked, machine, choice = (
            read_repository(root),
            environment.machine_environment(os.environ),
            Choice(stages, jobs),
        )
        outputs = _outputs(root)
        prepared = prepare(looked, file, choice, parameters, machine, outputs, TASKS)
        folder = _fresh_folder(outputs)
        run = RunContext(
            looked, folder, outputs / "cache", machine, Connections(machine), ArtifactStore(folder / "artifacts"), keep
        )
        _execute(run, prepared, choice, Reporter(root, run.secrets))


def _execute(run: RunContext, prepared: PreparedPipeline, choice: Choice, reporter: Reporter) -> None:
    start = time.monotonic()
    _greet(run, prepared)
    system = predefined_values.values_for_run(run.repository, prepared.entry, run.folder.name, run.folder)
    Path(system["Agent.ToolsDirectory"]).mkdir()
    try:
        result = StageRunner(run, prepared.pipeline, system, reporter, choice).execute()
    finally:
        run.connections.close()
    _conclude(run, reporter, result, time.monotonic() - start)
    if not is_good(result):
        raise PipelinesLocalError(f"The run of {prepared.entry} has failed; see above.")
    if choice and result == "Skipped":
        raise PipelinesLocalError("Nothing of what was chosen has run: its conditions do not hold; see above.")


def _outputs(root: Path) -> Path:
    folder = root / OUTPUTS
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise PipelinesLocalError(f"{folder} cannot be made, for a file is in its place; remove that.") from error
    return folder


def _fresh_folder(outputs: Path) -> Path:
    """A new folder, called as Azure numbers runs: by the day, and which of the day it is."""
    day, number = f"{datetime.now(UTC):%Y%m%d}", 1
    while True:
        folder = outputs / f"{day}.{number}"
        try:
            folder.mkdir()
        except FileExistsError:  # another run's
            number += 1
        else:
            return folder


def _greet(run: RunContext, prepared: PreparedPipeline) -> None:
    looked, count = run.repository, run.repository.uncommitted
    console.print_line(f"{prepared.entry} at {looked.commit[:8]} ({looked.ref}), in {run.folder}")
    if count:
        console.print_line(
            f"Not in it: {console.pluralize(count, 'file')} of the work tree with changes that are not committed."
        )
    for finding in prepared.warnings:
        console.print_line(f"Warning: {finding}")
    console.print_line(
        "Jobs run one after another. Steps get this machine's PATH, home and downloads of uv, no sign-in."
    )


def _conclude(run: RunContext, reporter: Reporter, result: Result, seconds: float) -> None:
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
