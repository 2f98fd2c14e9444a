"""Handle logging commands that keep files: beside the logs, or as an artifact."""

import os.path
import shutil
from itertools import chain, count
from pathlib import Path

from azure_pipelines_local.running.machine.task_errors import TaskError
from azure_pipelines_local.running.work.contexts import StepContext
from azure_pipelines_local.running.work.logging_commands import Command


def upload_file(context: StepContext, command: Command) -> None:
    """Keep a file beside the logs, with a number behind its name if that is taken."""
    file = _absolute_path(command)
    if not os.path.isfile(file):  # noqa: PTH113  Path.is_file raises if the name is too long
        raise TaskError(f"File does not exist: {file}")
    folder = context.log.file.with_suffix("")
    folder.mkdir(exist_ok=True)
    target = _free_name(folder / file.name)
    # At once, not at the job's end: the step may change or remove the file after it said so.
    shutil.copy2(file, target)
    context.log.write(f"{file.name} is kept as {target}")


def upload_artifact(context: StepContext, command: Command) -> None:
    """Publish a file or a folder."""
    name = command.properties.get("artifactname", "")
    if not name:
        raise TaskError("Required field 'artifactname' is missing.")
    path = _absolute_path(command)
    if path.is_dir() and not any(each.is_file() for each in path.rglob("*")):  # a warning of an agent, and no failure
        context.log.write(f"##[warning]Directory '{path}' is empty. Nothing will be added to build artifact '{name}'.")
        return
    context.run.artifacts.publish(name, path)


def _absolute_path(command: Command) -> Path:
    """Return the path; an agent looks for a relative one in a folder of its own, not where the script runs."""
    if not command.text:
        raise TaskError("Required data, a path, is missing.")
    if not Path(command.text).is_absolute():
        raise TaskError(f"The path must be absolute, or an agent finds nothing: {command.text}. Put $PWD/ before it.")
    return Path(command.text)


def _free_name(file: Path) -> Path:
    numbered = (file.with_stem(f"{file.stem}-{number}") for number in count(2))
    return next(each for each in chain([file], numbered) if not each.exists())
